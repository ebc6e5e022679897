import { describe, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { type Check, checkRecord } from '../../functions/backup/check-record.ts';
import type { BackupRequest } from '../../functions/backup/request.ts';
import { takeSafetyBackup } from '../../functions/backup/take-safety-backup.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { rejectionOf } from '../rejection.ts';
import { memoryTenant } from './memory-tenant.ts';

/** A schedule that stores no backup twice: real sealing, exports from memory. A Tuesday. */

const CHECKS = 'checks/acme/daily.json';
// biome-ignore lint/suspicious/noExplicitAny: tests reach into documents that have no closed type
type Any = any;

function lookedAt() {
  const tenant = memoryTenant('2026-01-27T00:00:00Z');
  const { tools, enrolment, vault, clock } = tenant;
  const looking = async (time: string, changes: Partial<BackupRequest> = {}, isLast = false) => {
    await clock.sleep(Math.max(0, Date.parse(time) - clock.now().getTime()));
    const request: BackupRequest = {
      tenant: 'acme',
      tier: 'daily',
      scheduledTime: time,
      storeUnchanged: false,
      ...changes,
    };
    return backUpTenant(request, tenant.enrolment, tools, isLast);
  };
  const stored = async () => (await vault.listVersions('daily', 'acme')).length;
  return { ...tenant, enrolment, looking, stored };
}

const [FIRST, SECOND, THIRD] = [
  '2026-01-27T00:00:00Z',
  '2026-01-27T00:05:00Z',
  '2026-01-27T00:10:00Z',
] as const;

describe('an unchanged tenant', () => {
  test('is stored once, and each check says which version it equals', async () => {
    const { looking, stored, entries } = lookedAt();
    expect(await looking(FIRST)).toMatchObject({ outcome: 'stored', versionId: 'version-1' });
    for (const time of [SECOND, THIRD]) {
      expect(await looking(time)).toMatchObject({ outcome: 'unchanged', versionId: 'version-1' });
      expect(entries.get(CHECKS)).toMatchObject({
        scheduledTime: time,
        checkedAt: time.replace('Z', '.000Z'),
        versionId: 'version-1',
        storedFor: FIRST,
      });
    }
    expect(await stored()).toBe(1);
  });

  test.each<[string, (live: Any) => void]>([
    ['a time that the server stamps', ({ hub }) => (hub.servers.main.clients.shop.updated_at = THIRD)],
    ['the order of a dump', ({ system }) => system.servers.reverse()],
    ['codes that are pending', ({ identity }) => (identity.codes = [{ id: 'c' }])],
    ['lists that are empty', ({ identity }) => (identity.groups = [])],
  ])('is one that differs by %s', async (_, change) => {
    const { live, looking, stored } = lookedAt();
    (live.system as Any).servers.push({ id: 'other', secret: 'of other' });
    await looking(FIRST);
    change(live);
    expect(await looking(SECOND)).toMatchObject({ outcome: 'unchanged' });
    expect(await stored()).toBe(1);
  });

  test.each<[string, (live: Any) => void]>([
    ['the configuration', ({ hub }) => (hub.servers.main.name = 'Other')],
    ['a credential of the tree', ({ hub }) => (hub.servers.main.clients.shop.client_secret = 'rotated')],
    ['a credential of the system', ({ system }) => (system.servers[0].secret = 'rotated')],
    ['a person', ({ identity }) => (identity.users[0].payload = { name: 'Somebody' })],
    ['a member that no release knows', ({ system }) => (system.future = [{ id: 'f' }])],
    ['an empty part', (live) => (live.identity = {})],
  ])('is none that differs in %s: one version for the change', async (_, change) => {
    const { live, looking, stored } = lookedAt();
    await looking(FIRST);
    change(live);
    expect(await looking(SECOND)).toMatchObject({ outcome: 'stored', versionId: 'version-2' });
    expect(await looking(THIRD)).toMatchObject({ outcome: 'unchanged', versionId: 'version-2' });
    expect(await stored()).toBe(2);
  });

  test('has a version for each change of a day of checks every five minutes, and one to begin with', async () => {
    const { live, looking, stored } = lookedAt();
    const outcomes: string[] = [];
    for (let check = 0; check < 288; check++) {
      if ([50, 51, 120, 287].includes(check)) (live.hub as Any).name = `change before check ${check}`;
      const time = new Date(Date.parse(FIRST) + check * 300_000).toISOString().replace('.000', '');
      outcomes.push((await looking(time)).outcome);
    }
    expect(outcomes.flatMap((outcome, check) => (outcome === 'stored' ? check : []))).toEqual([
      0, 50, 51, 120, 287,
    ]);
    expect(outcomes.filter((outcome) => outcome === 'unchanged')).toHaveLength(283);
    expect(await stored()).toBe(5);
  });

  test('tells nothing of its secrets in the record', async () => {
    const { looking, entries } = lookedAt();
    await looking(FIRST);
    const { digests, mac } = entries.get(CHECKS) as Any;
    expect(Object.keys(digests).sort()).toEqual(['hub', 'identity', 'settings', 'system']);
    for (const digest of [...Object.values(digests), mac]) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a request', () => {
  test('that is delivered again finds its check, and exports nothing', async () => {
    const { looking, live, stored } = lookedAt();
    await looking(FIRST);
    await looking(SECOND);
    live.hub = 'the tenant is not asked';
    expect(await looking(SECOND)).toMatchObject({ outcome: 'unchanged', scheduledTime: SECOND });
    expect(await looking(FIRST)).toMatchObject({ outcome: 'found', versionId: 'version-1' });
    expect(await stored()).toBe(1);
  });

  test.each([
    { tier: 'manual', storeUnchanged: undefined },
    { tier: 'daily', storeUnchanged: undefined },
  ] as Partial<BackupRequest>[])('of a person or another schedule is always stored: %j', async (changes) => {
    const { looking, vault } = lookedAt();
    await looking(FIRST);
    expect(await looking(SECOND, changes)).toMatchObject({ outcome: 'stored' });
    expect(await vault.findScheduled(changes.tier ?? 'daily', 'acme', SECOND)).not.toBeNull();
  });

  test.each([
    ['week', ['weekly'], '2026-01-31T23:55:00Z', '2026-02-02T00:00:00Z'],
    ['month', ['monthly'], '2026-01-31T23:55:00Z', '2026-02-01T00:00:00Z'],
    ['year', ['yearly'], '2026-12-31T23:55:00Z', '2027-01-01T00:00:00Z'],
  ])('is stored in a new %s, and promoted', async (_, promote, before, after) => {
    const { looking, tools } = lookedAt();
    Object.assign(tools, { retention: { promote } });
    expect(await looking(FIRST)).toMatchObject({ promoted: promote });
    expect(await looking(before)).toMatchObject({ outcome: 'unchanged' });
    expect(await looking(after)).toMatchObject({ outcome: 'stored', promoted: promote });
  });

  test('is stored on the last day of the lock of the newest version', async () => {
    const { looking, tools, vault } = lookedAt();
    Object.assign(tools, { retention: { promote: [], objectLock: { days: { daily: 3 } } } });
    await looking(FIRST);
    const [version] = await vault.listVersions('daily', 'acme');
    const lastDay = (version?.storedAt.getTime() ?? 0) + 2 * 86_400_000;
    const at = (time: number) => new Date(time).toISOString().replace('.000', '');
    expect(await looking(at(lastDay - 1000))).toMatchObject({ outcome: 'unchanged' });
    expect(await looking(at(lastDay))).toMatchObject({ outcome: 'stored' });
  });
});

type Stage = ReturnType<typeof lookedAt>;
const edited = ({ entries }: Stage, change: Partial<Record<keyof Check | 'mac', unknown>>) =>
  entries.set(CHECKS, { ...(entries.get(CHECKS) as object), ...change });

/** As a check of the function itself, under the key of a tenant. */
const authentic = async ({ entries, tools }: Stage, change: Partial<Check>, of = 'acme') => {
  const { mac: _, ...check } = entries.get(CHECKS) as Any;
  entries.set(CHECKS, checkRecord({ ...check, ...change }, await tools.fingerprintKeys.derive(of)));
};

describe('a tenant is stored although it is unchanged', () => {
  test.each<[string, (stage: Stage) => unknown]>([
    ['missing', ({ entries }) => entries.delete(CHECKS)],
    ['no JSON', ({ entries }) => entries.set(CHECKS, undefined)],
    ['empty', ({ entries }) => entries.set(CHECKS, {})],
    ['edited', (stage) => edited(stage, { versionId: 'version-9' })],
    ['without authentication', (stage) => edited(stage, { mac: '0'.repeat(64) })],
    ['extended', ({ entries }) => entries.set(CHECKS, { ...(entries.get(CHECKS) as object), more: 1 })],
    ['made under the key of another tenant', (stage) => authentic(stage, {}, 'globex')],
    ['of another tenant', (stage) => authentic(stage, { tenant: 'globex' })],
    ['of another tier', (stage) => authentic(stage, { tier: 'weekly' })],
    ['of another version', (stage) => authentic(stage, { versionId: 'version-0' })],
    ['without a part', (stage) => authentic(stage, { digests: {} })],
    [
      'unreadable',
      ({ tools }) =>
        Object.assign(tools.ledger, {
          read: async () => Promise.reject(new TenantBackupError('AWS_ACCESS_DENIED', 'denied')),
        }),
    ],
  ])('where its record is %s', async (_, damage) => {
    const stage = lookedAt();
    await stage.looking(FIRST);
    await damage(stage);
    expect(await stage.looking(SECOND)).toMatchObject({ outcome: 'stored' });
    expect(await stage.stored()).toBe(2);
  });

  test.each<[string, (stage: Stage) => Promise<unknown>]>([
    ['the tier', ({ vault }) => vault.put('daily', 'acme', Buffer.from('x'), SECOND)],
    [
      'the tier, incomplete',
      ({ vault }) => vault.put('daily', 'acme', Buffer.from('x'), SECOND, 'incomplete'),
    ],
    [
      'the tier of manual backups',
      ({ looking }) => looking(SECOND, { tier: 'manual', storeUnchanged: undefined as never }),
    ],
    ['a longer tier', ({ vault }) => vault.put('monthly', 'acme', Buffer.from('x'), SECOND)],
  ])('where %s has a newer version', async (_, add) => {
    const stage = lookedAt();
    await stage.looking(FIRST);
    await add(stage);
    expect(await stage.looking(THIRD)).toMatchObject({ outcome: 'stored' });
    expect(await stage.looking('2026-01-27T00:15:00Z')).toMatchObject({ outcome: 'unchanged' });
  });

  test.each<[string, (stage: Stage) => unknown]>([
    [
      'another key',
      ({ enrolment, keys }) => Object.assign(enrolment, { keys: { credentials: keys.kms.createKey() } }),
    ],
    ['another key of the deployment', ({ tools, keys }) => (tools.keys.configuration = keys.kms.createKey())],
    ['an escrow key', ({ tools }) => Object.assign(tools, { sealer: { ...tools.sealer, escrow: 'abc' } })],
    ['fewer parts', ({ enrolment }) => Object.assign(enrolment, { parts: ['hub', 'identity'] })],
    ['other workspaces', ({ enrolment }) => Object.assign(enrolment, { workspaces: ['system'] })],
  ])('where the next backup has %s', async (_, change) => {
    const stage = lookedAt();
    await stage.looking(FIRST);
    change(stage);
    expect(await stage.looking(SECOND)).toMatchObject({ outcome: 'stored' });
    expect(await stage.looking(THIRD)).toMatchObject({ outcome: 'unchanged' });
  });

  test('but not for a safety backup, which holds another state', async () => {
    const { looking, tools, enrolment, apis } = lookedAt();
    await looking(FIRST);
    await takeSafetyBackup(
      { tenant: 'acme', scheduledTime: FIRST, enrolment, apis },
      new Set(['hub']),
      tools,
    );
    expect(await looking(SECOND)).toMatchObject({ outcome: 'unchanged' });
  });
});

test('a part that cannot be exported makes no unchanged tenant', async () => {
  const { looking, live, stored } = lookedAt();
  await looking(FIRST);
  live.identity = 'no dump';
  expect(await rejectionOf(looking(SECOND, {}, true))).toMatchObject({ code: 'EXPORT_MALFORMED' });
  expect(await stored()).toBe(2);
});

describe('a ledger that takes no record', () => {
  const full = async () => Promise.reject(new TenantBackupError('AWS_UNAVAILABLE', 'full'));

  test('keeps no backup from being stored', async () => {
    const { looking, tools, stored } = lookedAt();
    Object.assign(tools.ledger, { write: full });
    expect(await looking(FIRST)).toMatchObject({ outcome: 'stored' });
    expect(await looking(SECOND)).toMatchObject({ outcome: 'stored' });
    expect(await stored()).toBe(2);
  });

  test('fails a check, which the queue delivers again', async () => {
    const { looking, tools, stored } = lookedAt();
    await looking(FIRST);
    Object.assign(tools.ledger, { write: full });
    expect(await rejectionOf(looking(SECOND))).toMatchObject({
      code: 'AWS_UNAVAILABLE',
      disposition: 'retry',
    });
    expect(await stored()).toBe(1);
  });
});
