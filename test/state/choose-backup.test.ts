import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import { parseRestoreRequest } from '../../functions/restore/source/request.ts';
import { TIERS, type Tier } from '../../functions/runtime/names.ts';
import { chooseAmong } from '../../functions/state/choose-backup.ts';
import type { Manifest } from '../../functions/vault/format/manifest.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { rejectionOf } from '../rejection.ts';

const version = (versionId: string, tier: Tier, storedAt: string): VaultVersion => ({
  tier,
  tenant: 'acme',
  versionId,
  etag: '"e"',
  sizeBytes: 1,
  storedAt: new Date(storedAt),
});

const VERSIONS = [
  version('safety', 'safety', '2026-01-31T09:00:00Z'),
  version('monday', 'daily', '2026-01-26T02:00:05Z'),
  version('manual', 'manual', '2026-01-28T12:00:00Z'),
  version('friday', 'daily', '2026-01-30T02:00:05Z'),
];

type Resealed = NonNullable<Manifest['resealed']>;

/** Chooses among versions of which some were sealed again.
 * @param resealed what the manifests say, by version id; an error where one cannot be read */
async function choose(
  request: object,
  versions: readonly VaultVersion[] = VERSIONS,
  resealed: Readonly<Record<string, Resealed | TenantBackupError>> = {},
): Promise<string> {
  const manifest = async ({ versionId }: VaultVersion): Promise<Manifest> => {
    const found = resealed[versionId];
    if (found instanceof TenantBackupError) throw found;
    return { resealed: found ?? null } as Manifest;
  };
  const choice = parseRestoreRequest({ tenant: 'acme', ...request }, new Date('2026-02-01T00:00:00Z'));
  return (await chooseAmong(versions, choice, { manifest })).versionId;
}

const from = (versionId: string, storedAt: string): Resealed => ({ versionId, etag: '"e"', storedAt });

describe('the backup that is meant', () => {
  test.each<[request: object, chosen: string]>([
    [{}, 'friday'],
    [{ asOf: '2026-01-30T02:00:05Z' }, 'friday'],
    [{ asOf: '2026-01-30T02:00:04Z' }, 'manual'],
    [{ asOf: '2026-01-30T03:00:04+01:00' }, 'manual'],
    [{ asOf: '2026-01-26T02:00:05Z' }, 'monday'],
    [{ asOf: '2026-02-01T00:00:00Z' }, 'friday'],
    [{ versionId: 'monday' }, 'monday'],
    [{ versionId: 'safety' }, 'safety'],
    [{ tier: 'safety' }, 'safety'],
  ])('chooses for %j the version %s', async (request, chosen) => {
    // A tier narrows what is listed; here as in `restore`.
    const { tier } = request as { tier?: string };
    expect(
      await choose(
        request,
        VERSIONS.filter((each) => tier === undefined || each.tier === tier),
      ),
    ).toBe(chosen);
  });

  test('says when the tenant has no backup, or only safety backups', async () => {
    expect(await rejectionOf(() => choose({}, []))).toMatchObject({
      code: 'NO_BACKUP',
      message: 'tenant "acme" has no backup',
    });
    expect(await rejectionOf(() => choose({}, VERSIONS.slice(0, 1)))).toMatchObject({ code: 'NO_BACKUP' });
    expect(await rejectionOf(() => choose({ tier: 'yearly' }, []))).toMatchObject({
      message: 'tenant "acme" has no backup in tier yearly',
    });
  });

  test('says which version id there is none of', async () => {
    expect(await rejectionOf(() => choose({ versionId: 'sunday' }))).toMatchObject({
      code: 'VERSION_NOT_FOUND',
      message: 'versionId: tenant "acme" has no version sunday',
      facts: { tenant: 'acme', versionId: 'sunday', versions: 4 },
    });
  });

  test('names the first backup to whoever asks for an earlier time', async () => {
    expect(await rejectionOf(() => choose({ asOf: '2026-01-26T02:00:04Z' }))).toMatchObject({
      code: 'BEFORE_FIRST_BACKUP',
      message:
        'asOf must not be before the first backup of "acme" (2026-01-26T02:00:05.000Z), got 2026-01-26T02:00:04Z',
    });
  });

  test('chooses the newest that was there at the time, and never a safety backup, in any order of listing', async () => {
    const seconds = fc.integer({ min: 1_760_000_000, max: 1_760_000_100 });
    const listings = fc.uniqueArray(fc.tuple(fc.constantFrom(...TIERS), seconds), {
      selector: ([, at]) => at,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(listings, seconds, async (listing, at) => {
        const versions = listing.map(([tier, second]) =>
          version(`${second}`, tier, new Date(second * 1000).toISOString()),
        );
        const asOf = new Date(at * 1000).toISOString();
        const backups = listing.filter(([tier]) => tier !== 'safety').map(([, second]) => second);
        const eligible = backups.filter((second) => second <= at);
        if (eligible.length > 0) expect(await choose({ asOf }, versions)).toBe(`${Math.max(...eligible)}`);
        else {
          expect((await rejectionOf(() => choose({ asOf }, versions))).code).toBe(
            backups.length > 0 ? 'BEFORE_FIRST_BACKUP' : 'NO_BACKUP',
          );
        }
      }),
    );
  });
});

describe('a backup that was sealed again', () => {
  // As S3 lists them where its times have milliseconds; a manifest has whole seconds.
  const monday = version('monday', 'daily', '2026-01-26T02:00:05.900Z');
  const friday = version('friday', 'daily', '2026-01-30T02:00:05.900Z');
  const mondayAgain = version('monday-again', 'daily', '2026-01-31T08:00:01Z');
  const fridayAgain = version('friday-again', 'daily', '2026-01-31T08:00:00Z');
  const copies = {
    'monday-again': from('monday', '2026-01-26T02:00:05Z'),
    'friday-again': from('friday', '2026-01-30T02:00:05Z'),
  };
  const all = [monday, friday, mondayAgain, fridayAgain];

  test.each<[request: object, versions: VaultVersion[], chosen: string, why: string]>([
    [{}, all, 'friday-again', 'the newer seal of the newest content, whichever copy S3 took last'],
    [{ asOf: '2026-01-30T12:00:00Z' }, all, 'friday-again', 'the newer seal, though it was not there then'],
    [{ asOf: '2026-01-28T12:00:00Z' }, all, 'monday-again', 'the newer seal of the content of that time'],
    [{}, [monday, friday, mondayAgain], 'friday', 'an old backup sealed again is no new one'],
    [{}, [friday, mondayAgain], 'friday', 'nor if what it was sealed from is gone'],
    [{}, [mondayAgain], 'monday-again', 'and is what there is, if it is all there is'],
    [{ versionId: 'monday' }, all, 'monday', 'who names a version gets it'],
  ])('for %j of %# is %s', async (request, versions, chosen) => {
    for (const listed of [versions, versions.toReversed()]) {
      expect(await choose(request, listed, copies)).toBe(chosen);
    }
  });

  test('sealed a third time is still as old as the first', async () => {
    const third = version('third', 'daily', '2026-01-31T09:00:00Z');
    const more = { ...copies, third: from('monday', '2026-01-26T02:00:05Z') };
    expect(await choose({}, [...all, third], more)).toBe('friday-again');
    expect(await choose({ asOf: '2026-01-26T03:00:00Z' }, [...all, third], more)).toBe('third');
  });

  test('is no newer than S3 says, whatever its manifest says', async () => {
    const lies = { monday: from('gone', '2099-01-01T00:00:00Z') };
    expect(await choose({}, [monday, friday], lies)).toBe('friday');
  });

  test('is as old as it is stored where its manifest cannot be read', async () => {
    const archived = new TenantBackupError('BACKUP_ARCHIVED', 'in an archive of S3');
    expect(await choose({}, [monday, friday], { friday: archived })).toBe('friday');
    const silent = new TenantBackupError('AWS_UNAVAILABLE', 'S3 does not answer');
    expect(await rejectionOf(choose({}, [monday, friday], { friday: silent }))).toBe(silent);
  });

  test('costs one look where nothing was sealed again', async () => {
    const looked: string[] = [];
    const manifest = async ({ versionId }: VaultVersion) => {
      looked.push(versionId);
      return { resealed: null } as Manifest;
    };
    await chooseAmong([monday, friday], { tenant: 'acme' }, { manifest });
    expect(looked).toEqual(['friday']);
  });
});

describe('an adopted backup', () => {
  const chooseWith = async (exportedAt: string, request: object, versions = VERSIONS) => {
    const manifest = async ({ versionId }: VaultVersion) =>
      ({
        ...(versionId === 'adopted' ? { trigger: 'adopted', exportedAt } : { trigger: 'schedule' }),
        resealed: null,
      }) as Manifest;
    const stored = [...versions, version('adopted', 'manual', '2026-01-31T10:00:00Z')];
    const choice = parseRestoreRequest({ tenant: 'acme', ...request }, new Date('2026-02-01T00:00:00Z'));
    return (await chooseAmong(stored, choice, { manifest })).versionId;
  };

  test.each<[what: string, exportedAt: string, request: object, chosen: string]>([
    ['older than all', '2025-06-01T00:00:00Z', {}, 'friday'],
    ['older than the newest', '2026-01-30T02:00:04Z', {}, 'friday'],
    ['newer than all', '2026-01-30T02:00:06Z', {}, 'adopted'],
    ['of the time that is asked for', '2026-01-27T00:00:00Z', { asOf: '2026-01-28T00:00:00Z' }, 'adopted'],
    ['after the time that is asked for', '2026-01-29T00:00:00Z', { asOf: '2026-01-28T13:00:00Z' }, 'manual'],
    ['before the first one', '2025-06-01T00:00:00Z', { asOf: '2025-07-01T00:00:00Z' }, 'adopted'],
    ['that is named', '2025-06-01T00:00:00Z', { versionId: 'adopted' }, 'adopted'],
    // Its time is not verified yet.
    ['that says to be of the future', '2027-01-01T00:00:00Z', { asOf: '2026-01-31T09:59:59Z' }, 'friday'],
  ])('is as old as its export: %s', async (_what, exportedAt, request, chosen) => {
    expect(await chooseWith(exportedAt, request)).toBe(chosen);
  });

  test('is the newest if there is no other', async () => {
    expect(await chooseWith('2025-06-01T00:00:00Z', {}, [])).toBe('adopted');
  });
});
