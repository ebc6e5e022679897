import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRestoreRequest } from '../../functions/restore/request.ts';
import { TIERS, type Tier } from '../../functions/runtime/names.ts';
import { chooseVersion } from '../../functions/vault/choose-version.ts';
import type { VaultVersion } from '../../functions/vault/vault.client.ts';
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

const choose = (request: object, versions: readonly VaultVersion[] = VERSIONS) =>
  chooseVersion(
    versions,
    parseRestoreRequest({ tenant: 'acme', ...request }, new Date('2026-02-01T00:00:00Z')),
  ).versionId;

describe('chooseVersion', () => {
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
  ])('chooses for %j the version %s', (request, chosen) => {
    // A tier narrows what is listed; here as in `restore`.
    const { tier } = request as { tier?: string };
    expect(
      choose(
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
        if (eligible.length > 0) expect(choose({ asOf }, versions)).toBe(`${Math.max(...eligible)}`);
        else {
          expect((await rejectionOf(() => choose({ asOf }, versions))).code).toBe(
            backups.length > 0 ? 'BEFORE_FIRST_BACKUP' : 'NO_BACKUP',
          );
        }
      }),
    );
  });
});
