import { describe, expect, test } from 'vitest';
import type { TenantHistory, VersionRecord } from '../../../../functions/audit/history.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { Tier } from '../../../../functions/runtime/names.ts';
import type { VaultVersion } from '../../../../functions/vault/storage/vault.client.ts';
import { type FindingTools, findBackup } from '../../../../scripts/cli/aws/find-backup.ts';
import { findRestorable, refuseFlagged } from '../../../../scripts/cli/aws/flagged-backup.ts';
import { hintFor } from '../../../../scripts/cli/ui/hints.ts';
import { rejectionOf } from '../../../rejection.ts';

interface Known extends Pick<VaultVersion, 'versionId'> {
  readonly tier?: Tier;
  readonly flags?: string[];
  readonly verdict?: VersionRecord['verdict'];
  /** Whether the audit has no record of it. */
  readonly isNew?: boolean;
}

/** Tools on a vault with these backups, the newest last. */
function toolsWith(all: readonly Known[], history: FindingTools['history'] | null = null): FindingTools {
  const versions = all.map(
    ({ versionId, tier = 'daily' }, night): VaultVersion => ({
      tier,
      tenant: 'acme',
      versionId,
      etag: `"${versionId}"`,
      sizeBytes: 1,
      storedAt: new Date(Date.UTC(2026, 0, night + 1)),
    }),
  );
  const records = all.flatMap(({ versionId, tier = 'daily', flags, verdict = 'ok', isNew = false }) =>
    isNew ? [] : [{ tier, versionId, verdict, ...(flags && { flags }) } as unknown as VersionRecord],
  );
  return {
    vault: {
      listVersions: async (tier) =>
        versions.filter((version) => version.tier === tier).toReversed() as VaultVersion[],
    },
    kept: { manifest: async () => ({ resealed: null, trigger: 'schedule' }) as never },
    history: history ?? (async () => ({ versions: records }) as unknown as TenantHistory),
  };
}

const GOOD: Known = { versionId: 'fine', flags: [] };
const SHRANK: Known = { versionId: 'shrank', flags: ['BACKUP_SHRANK'] };
const BLANK: Known = { versionId: 'blank', flags: ['CREDENTIALS_BLANK', 'CREDENTIALS_MISSING'] };
const CHANGED: Known = { versionId: 'changed', flags: ['MASS_CHANGE'] };
const EMPTIED: Known = { versionId: 'emptied', flags: ['PART_EMPTIED'] };
const BROKEN: Known = { versionId: 'broken', verdict: 'broken' };
const NEW: Known = { versionId: 'new', isNew: true };
const UNOPENED: Known = { versionId: 'unopened', verdict: 'unopened' };

describe('acme@good', () => {
  test.each<[what: string, all: Known[]]>([
    ['is the newest of all', [{ versionId: 'older', flags: [] }, GOOD]],
    ['is older than one that shrank', [GOOD, SHRANK]],
    ['is older than one with blank secrets', [GOOD, BLANK]],
    ['is older than several flagged ones', [GOOD, CHANGED, EMPTIED, SHRANK]],
    ['is older than a broken one', [GOOD, BROKEN]],
    ['is older than one that no audit has seen', [GOOD, NEW]],
    ['is older than one that no audit has opened', [GOOD, UNOPENED]],
    ['is newer than a flagged one', [SHRANK, GOOD]],
    ['is no safety backup', [GOOD, { versionId: 'saved', tier: 'safety', flags: [] }]],
  ])('%s', async (_, all) => {
    const tools = toolsWith(all);
    expect(await findBackup({ tenant: 'acme', id: 'good' }, tools)).toMatchObject({ versionId: 'fine' });
    expect(await findRestorable({ tenant: 'acme', id: 'good' }, tools)).toEqual({
      fields: { versionId: 'fine' },
      flags: [],
    });
  });

  test.each<[what: string, all: Known[], history?: FindingTools['history']]>([
    ['all are flagged', [SHRANK, BLANK]],
    ['no audit has run', [GOOD], async () => null],
    ['only a safety backup is', [SHRANK, { versionId: 'saved', tier: 'safety', flags: [] }]],
  ])('is refused where none is: %s', async (_, all, history) => {
    expect(
      await rejectionOf(findBackup({ tenant: 'acme', id: 'good' }, toolsWith(all, history))),
    ).toMatchObject({
      code: 'NO_BACKUP',
      message: expect.stringMatching(/^no audit has found one of the \d backups of "acme" good$/),
    });
  });
});

describe('the newest backup, where no id names one', () => {
  test.each([SHRANK, BLANK, CHANGED, EMPTIED])(
    'is refused without a question if flagged: $versionId',
    async (bad) => {
      const name = { tenant: 'acme' };
      const found = await findRestorable(name, toolsWith([GOOD, bad]));
      expect(found).toEqual({ fields: { versionId: bad.versionId }, flags: bad.flags });
      const refusal = (await rejectionOf(() => refuseFlagged(name, found))) as TenantBackupError;
      expect(refusal).toMatchObject({ code: 'BACKUP_FLAGGED' });
      expect(refusal.message).toContain(
        `${bad.versionId} of "acme": ${bad.flags?.join(', ')}; nothing was written`,
      );
      expect(hintFor(refusal)).toMatch(/acme@good.*--allow-flagged/);
    },
  );

  test('is refused as well if a time or a tier leads to it', async () => {
    const tools = toolsWith([SHRANK, GOOD]);
    const asOf = new Date('2026-01-01T12:00:00Z');
    expect((await findRestorable({ tenant: 'acme', asOf }, tools)).flags).toEqual(SHRANK.flags);
    const weekly = toolsWith([GOOD, { ...SHRANK, tier: 'weekly' }, { versionId: 'last', flags: [] }]);
    expect((await findRestorable({ tenant: 'acme', tier: 'weekly' }, weekly)).flags).toEqual(SHRANK.flags);
  });

  test.each([GOOD, NEW, UNOPENED])('is taken if the audit says nothing of it: $versionId', async (newest) => {
    const found = await findRestorable({ tenant: 'acme' }, toolsWith([SHRANK, newest]));
    expect(found).toEqual({ fields: { versionId: newest.versionId }, flags: [] });
    expect(() => refuseFlagged({ tenant: 'acme' }, found)).not.toThrow();
  });

  test('is left to the function if the ledger cannot be read, and that is told', async () => {
    const tools = toolsWith([SHRANK], async () => {
      throw new TenantBackupError('AWS_ACCESS_DENIED', 'no');
    });
    expect(await findRestorable({ tenant: 'acme', tier: 'daily' }, tools)).toEqual({
      fields: { tier: 'daily' },
      flags: [],
      unknown: 'AWS_ACCESS_DENIED',
    });
  });
});

test('a flagged backup is taken if its id names it', async () => {
  expect(await findRestorable({ tenant: 'acme', id: 'shr' }, toolsWith([SHRANK, GOOD]))).toEqual({
    fields: { versionId: 'shrank' },
    flags: [],
  });
});
