import { expect, test } from 'vitest';
import {
  isNight,
  sameContent,
  type TenantHistory,
  type VersionRecord,
} from '../../functions/audit/history.ts';
import { markReplays } from '../../functions/audit/mark-replays.ts';
import { newestState } from '../../functions/audit/newest-state.ts';
import { versionRecord } from './version-record.ts';

const record = (night: number, storedAt: string, changes: Partial<VersionRecord> = {}): VersionRecord =>
  versionRecord(
    { versionId: `${night} of ${storedAt}`, etag: `"${night}"`, storedAt, ...changes },
    {
      backupId: `2026013${night}T020000Z-00000000`,
      scheduledTime: `2026-01-3${night}T02:00:00Z`,
      exportedAt: `2026-01-3${night}T02:00:01Z`,
    },
  );

const [FIRST, LAST] = [record(0, '2026-01-30T02:00:05.000Z'), record(1, '2026-01-31T02:00:05.000Z')];
const REPLAYED = record(0, '2026-02-01T02:00:05.000Z');

const historyOf = (...versions: VersionRecord[]): TenantHistory => ({
  formatVersion: 1,
  tenant: 'acme',
  versions,
  failures: [],
  checks: [],
  enrolments: [],
  events: [],
});

const mark = (versions: VersionRecord[], uploadedBy: string | null = null) =>
  markReplays(historyOf(...versions), { vault: { uploadedBy: async () => uploadedBy } });

test('names old bytes in the place of the newest night, and takes them for no backup of it', async () => {
  const history = await mark([REPLAYED, LAST, FIRST]);
  expect(history.versions).toEqual([
    {
      ...REPLAYED,
      verdict: 'broken',
      problem: { code: 'BACKUP_REPLAYED', message: expect.stringContaining(REPLAYED.versionId) },
    },
    LAST,
    FIRST,
  ]);
  expect(newestState(history)).toMatchObject({ record: LAST });
});

test('tells what a person uploaded, and takes that for no backup of the night either', async () => {
  const history = await mark([REPLAYED, LAST, FIRST], 'arn:aws:sts::111122223333:assumed-role/Operator/she');
  const [uploaded] = history.versions;
  expect(uploaded).toMatchObject({ verdict: 'ok', uploadedBy: expect.stringContaining('Operator/she') });
  expect(uploaded && isNight(uploaded)).toBe(false);
  expect(newestState(history)).toMatchObject({ record: LAST });
});

test('asks for the mark of no version that agrees with S3, and of none that is gone', async () => {
  const asked: string[] = [];
  const vault = {
    uploadedBy: async ({ versionId }: { versionId: string }) => {
      asked.push(versionId);
      return null;
    },
  };
  await markReplays(historyOf({ ...REPLAYED, gone: true }, LAST, FIRST), { vault });
  expect(asked).toEqual([]);
});

test.each([
  ['2026-01-30T02:00:20.000Z', '2026-01-30T02:01:00.000Z'],
  ['2026-01-30T02:59:50.000Z', '2026-01-30T02:59:59.000Z'],
  ['2026-01-30T02:30:00.000Z', '2026-01-30T03:00:00.000Z'],
])(
  'names old bytes after a later backup of %s, within the hour and beyond the full one: %s',
  async (later, again) => {
    const manual = record(1, later, { tier: 'manual' });
    const exportedAt = new Date(Date.parse(later) - 5_000).toISOString();
    const following = { ...manual, manifest: manual.manifest && { ...manual.manifest, exportedAt } };
    const replayed = record(0, again);
    const { versions } = await mark([replayed, following, FIRST]);
    expect(versions.map(({ verdict }) => verdict)).toEqual(['broken', 'ok', 'ok']);
  },
);

test('lets no upload of the same bytes inherit that a replay is broken', async () => {
  const upload = record(0, '2026-02-02T12:00:00.000Z', { verdict: 'unopened', manifest: null });
  const { versions } = await mark([REPLAYED, LAST, FIRST]);
  expect(sameContent(historyOf(upload, ...versions), upload)).toBe(FIRST);
  expect(sameContent(historyOf(upload, ...versions.slice(0, 2)), upload)).toBe(undefined);
});
