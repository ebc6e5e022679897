import { describe, expect, it } from 'vitest';
import type { TenantHistory, VersionRecord } from '../../functions/audit/history.ts';
import { flagsOfVersion, markFlags } from '../../functions/audit/mark-flags.ts';
import { parseAuditSettings } from '../../functions/audit/settings.ts';
import { type Facts, versionRecord } from './version-record.ts';

const SETTINGS = parseAuditSettings('{"stack":"S","schedules":{}}', 'settings');
const CALM = {
  from: 'before',
  compared: 100,
  added: 0,
  removed: 0,
  changed: 0,
  secrets: 0,
  replaced: 0,
  missing: 0,
};

function night(day: number, facts: Facts = {}, changes: Partial<VersionRecord> = {}): VersionRecord {
  const date = `2026-01-${String(day).padStart(2, '0')}`;
  return versionRecord(
    {
      versionId: `v${day}`,
      etag: `"e${day}"`,
      storedAt: `${date}T02:00:05.000Z`,
      change: { ...CALM, differences: [] },
      ...changes,
    },
    {
      backupId: `${date.replaceAll('-', '')}T020000Z-00000000`,
      scheduledTime: `${date}T02:00:00Z`,
      exportedAt: `${date}T02:00:01Z`,
      objects: { client: 80, server: 20 },
      credentials: 50,
      ...facts,
    },
  );
}
const historyOf = (...versions: VersionRecord[]): TenantHistory => ({
  formatVersion: 1,
  tenant: 'acme',
  versions: versions.toSorted((a, b) => (a.storedAt < b.storedAt ? 1 : -1)),
  failures: [],
  checks: [],
  enrolments: [],
  events: [],
});
const flagsAfter = (...versions: VersionRecord[]) => {
  const history = markFlags(historyOf(...versions), SETTINGS);
  return Object.fromEntries(history.versions.map(({ versionId, flags }) => [versionId, flags]));
};

const changed = (counts: Partial<typeof CALM>): Partial<VersionRecord> => ({
  change: { ...CALM, ...counts, differences: [] },
});
const BAD: readonly (readonly [what: string, code: string, record: VersionRecord])[] = [
  ['has lost objects', 'BACKUP_SHRANK', night(3, { objects: { client: 10, server: 20 } })],
  ['has lost credentials', 'BACKUP_SHRANK', night(3, { credentials: 5 })],
  ['has no workspaces any more', 'PART_EMPTIED', night(3, { objects: { client: 80 } })],
  ['changed much', 'MASS_CHANGE', night(3, {}, changed({ changed: 90 }))],
  ['lacks credentials of unchanged objects', 'CREDENTIALS_MISSING', night(3, {}, changed({ missing: 3 }))],
];

describe.each(BAD)('a backup that %s', (_, code, bad) => {
  const good = [night(1), night(2)];

  it('is flagged, and those before are not', () => {
    const flags = flagsAfter(...good, bad);
    expect(flags).toMatchObject({ v1: [], v2: [] });
    expect(flags['v3']).toContain(code);
  });

  it('keeps its flags when later ones are as before', () => {
    const history = markFlags(historyOf(...good, bad), SETTINGS);
    const later = markFlags({ ...history, versions: [night(28), night(20), ...history.versions] }, SETTINGS);
    expect(flagsOfVersion(later, bad)).toContain(code);
    expect(flagsOfVersion(later, night(28))).toEqual([]);
  });

  it('gives its flags to its copy in another tier', () => {
    const copy = { ...bad, tier: 'weekly' as const, versionId: 'copy' };
    expect(flagsAfter(...good, bad, copy)['copy']).toContain(code);
  });
});

it('a later backup with the same loss is flagged as well', () => {
  const lost = { objects: { client: 10, server: 20 } };
  expect(flagsAfter(night(1), night(3, lost), night(4, lost))).toMatchObject({
    v3: ['BACKUP_SHRANK'],
    v4: ['BACKUP_SHRANK'],
  });
});

it('a backup after a large change is flagged for as long as the audit reports the change', () => {
  const flags = flagsAfter(night(1), night(3, {}, changed({ changed: 90 })), night(4), night(28));
  expect(flags).toMatchObject({ v3: ['MASS_CHANGE'], v4: ['MASS_CHANGE'], v28: [] });
});

it('waits for older backups that no audit has opened', () => {
  const waiting = night(2, {}, { verdict: 'unopened', manifest: null });
  expect(flagsAfter(night(1), waiting, night(3))).toEqual({ v1: [], v2: undefined, v3: undefined });
  const refused = { ...waiting, problem: { code: 'KEY_UNAVAILABLE', message: 'no' } };
  expect(flagsAfter(night(1), refused, night(3))).toMatchObject({ v3: [] });
});

it('a broken backup counts as flagged, an unknown one as neither', () => {
  const history = markFlags(historyOf(night(1), night(2, {}, { verdict: 'broken' })), SETTINGS);
  expect(flagsOfVersion(history, night(2))).toEqual(['BACKUP_BROKEN']);
  expect(flagsOfVersion(history, night(3))).toBeNull();
});
