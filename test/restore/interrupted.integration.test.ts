import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import { isEnd, type OperationRecord, type Phase } from '../../functions/restore/record/operation.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { at, differences, later, never, openStage, type Stage, withHub } from './stage.ts';

/** A restore whose process was killed: its record is true, it holds up nobody for long, and following the advice ends in a
 * proved tenant. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** The lease of whoever was killed has run out. */
const AFTERWARDS = later(130);

/** A process that is killed once a phase is in the ledger.
 * @returns its clients, and when it was killed */
function killedIn(phase: Phase, others: Partial<Clients> = {}) {
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  const { ledger } = stage.clients;
  const changes: Partial<Clients> = {
    ...others,
    ledger: {
      ...ledger,
      async replace(kind, tenant, id, document, etag) {
        const written = await ledger.replace(kind, tenant, id, document, etag);
        if ((document as OperationRecord).phase !== phase) return written;
        die();
        return never();
      },
    },
  };
  return { changes, death };
}

/** A process that is killed while a write is under way: the tenant does it, and nobody hears the answer. */
function killedWhile(method: 'importTree' | 'patchTree') {
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  const changes = withHub(stage.clients, (hub) => ({
    async [method](document: string, options: never) {
      await hub[method](document, options);
      die();
      return never();
    },
  }));
  return { changes, death };
}

/** Something to create, to update and to delete. */
const damage = (tenant: string) => {
  stage.damageBadly(tenant);
  stage.sandbox.changeTenant(tenant, (tree) => {
    at(tree, 'servers', 'partners', 'policies')['added-since'] = { policy_name: 'Added', type: 'user' };
  });
};

const SAFE: readonly Phase[] = ['locked', 'planned', 'saving', 'saved'];

type Kill = readonly [when: string, kill: () => ReturnType<typeof killedIn>, phase: Phase, wrote: boolean];

const KILLS: readonly Kill[] = [
  ...SAFE.map((phase): Kill => [`in phase ${phase}`, () => killedIn(phase), phase, false]),
  ['before the import was sent', () => killedIn('importing'), 'importing', true],
  ['before the import was answered', () => killedWhile('importTree'), 'importing', true],
  ['before the deletion was sent', () => killedIn('pruning'), 'pruning', true],
  ['before the deletion was answered', () => killedWhile('patchTree'), 'pruning', true],
  ['in phase verifying', () => killedIn('verifying'), 'verifying', true],
];

let count = 0;

/** @returns a tenant that a killed restore left behind */
async function leftBehind(kill: Kill[1]): Promise<{ tenant: string; good: JsonObject; before: JsonObject }> {
  const { tenant, good } = await stage.backedUp(`killed-${count++}`);
  damage(tenant);
  const before = stage.sandbox.tenant(tenant);
  const { changes, death } = kill();
  void stage.restoring(tenant, { prune: true, requestedBy: 'on call' }, changes);
  await death;
  return { tenant, good, before };
}

describe.each(KILLS)('a restore that was killed %s', (_, kill, phase, wrote) => {
  test('is running as far as anybody knows, then interrupted, and done again as advised is proved', async () => {
    const { tenant, good } = await leftBehind(kill);
    const running = await stage.statusOf(tenant);
    expect(running).toMatchObject({ activity: 'running', phase, outcome: null, requestedBy: 'on call' });
    expect(await rejectionOf(stage.restoring(tenant))).toMatchObject({
      code: 'TENANT_LOCKED',
      facts: { operationId: running.operationId },
    });

    const found = await stage.statusOf(tenant, undefined, AFTERWARDS);
    expect(found).toMatchObject({
      operationId: running.operationId,
      activity: 'interrupted',
      phase,
      outcome: wrote ? 'unknown' : 'untouched',
    });
    expect(found.next.say).toMatch(wrote ? /restore the safety backup/ : /before anything was written/);
    expect(await stage.restoring(tenant, found.next.requests.again, AFTERWARDS)).toMatchObject({
      verdict: 'verified',
    });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(await stage.statusOf(tenant, undefined, AFTERWARDS)).toMatchObject({
      activity: 'ended',
      outcome: 'restored',
      lockedBy: null,
    });
    expect(await stage.statusOf(tenant, running.operationId, AFTERWARDS)).toMatchObject({
      activity: 'interrupted',
    });
  });
});

describe.each(KILLS.filter(([, , , wrote]) => wrote))('a restore that was killed %s', (_, kill) => {
  test('is undone as advised', async () => {
    const { tenant, before } = await leftBehind(kill);
    const { next } = await stage.statusOf(tenant, undefined, AFTERWARDS);
    expect(await stage.restoring(tenant, next.requests.back, AFTERWARDS)).toMatchObject({
      verdict: 'verified',
    });
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

describe('a roll back that was killed', () => {
  test.each(['again', 'back'] as const)('can be followed by what the advice calls %s', async (choice) => {
    const { tenant, good } = await stage.backedUp(`killed-rolling-${choice}`);
    damage(tenant);
    const before = stage.sandbox.tenant(tenant);
    stage.sandbox.setFault(tenant, {
      kind: 'skip-import',
      pointer: '/servers/customers/clients/portal',
      times: 1,
    });
    const { changes, death } = killedIn('rolling-back');
    void stage.restoring(tenant, { prune: true }, changes);
    await death;
    const { phase, activity, next } = await stage.statusOf(tenant, undefined, AFTERWARDS);
    expect({ phase, activity }).toEqual({ phase: 'rolling-back', activity: 'interrupted' });
    await stage.restoring(tenant, next.requests[choice], AFTERWARDS);
    expect(differences(choice === 'again' ? good : before, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

describe('two restores that race', () => {
  test('do not both write: one is refused, and told of the other', async () => {
    const { tenant, good } = await stage.backedUp('raced');
    damage(tenant);
    const outcomes = await Promise.allSettled([
      stage.restoring(tenant, { prune: true }),
      stage.restoring(tenant, { prune: true }),
    ]);
    const won = outcomes.find((outcome) => outcome.status === 'fulfilled');
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({
      code: 'TENANT_LOCKED',
      facts: { operationId: won?.value.operationId },
    });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

describe('status', () => {
  test('tells phases and times, and no object', async () => {
    const { tenant } = await stage.backedUp('told');
    damage(tenant);
    const { operationId, safetyBackup } = await stage.restoring(tenant, { prune: true });
    const told = await stage.statusOf(tenant, operationId);
    expect(told.phases.map(({ phase }) => phase)).toEqual([
      'locked',
      'planned',
      'saving',
      'saved',
      'importing',
      'pruning',
      'verifying',
      'verified',
    ]);
    expect(told).toMatchObject({ safetyBackup, counts: { deleted: 1 }, requestedBy: null });
    expect(told.counts?.created).toBeGreaterThan(0);
    expect(told.counts?.compared).toBe(told.counts?.equal);
    expect(JSON.stringify(told)).not.toContain('/servers/');
  });

  test('knows nothing of a tenant that was never restored, or of an operation that was not', async () => {
    const { tenant } = await stage.backedUp('unknown-operation');
    expect((await rejectionOf(stage.statusOf(tenant))).code).toBe('OPERATION_NOT_FOUND');
    await stage.restoring(tenant);
    const other = '0d990263-018e-4e65-a703-eff731de951e';
    expect((await rejectionOf(stage.statusOf(tenant, other))).code).toBe('OPERATION_NOT_FOUND');
  });
});

describe('a record', () => {
  test('that somebody else wrote stops the operation before it writes to the tenant', async () => {
    const { tenant } = await stage.backedUp('overwritten');
    damage(tenant);
    const before = stage.sandbox.tenant(tenant);
    const { ledger } = stage.clients;
    const changes: Partial<Clients> = {
      ledger: {
        ...ledger,
        async replace(kind, of, id, document, etag) {
          const { phase } = document as OperationRecord;
          if (phase === 'importing') await ledger.write(kind, of, id, { ...document, phase: 'failed' });
          return ledger.replace(kind, of, id, document, etag);
        },
      },
    };
    const error = await rejectionOf(stage.restoring(tenant, {}, changes));
    expect(error).toMatchObject({ code: 'ENTRY_CHANGED', facts: { outcome: 'untouched' } });
    expect(stage.sandbox.tenant(tenant)).toEqual(before);
  });
});

describe('the end of a restore that the ledger does not take', () => {
  /** A ledger that refuses the first writes of an end. */
  const refusingEnds = (times: number): Partial<Clients> => {
    const { ledger } = stage.clients;
    let left = times;
    return {
      ledger: {
        ...ledger,
        async replace(kind, tenant, id, document, etag) {
          if (isEnd((document as OperationRecord).phase) && left-- > 0) {
            throw new TenantBackupError('AWS_UNAVAILABLE', 's3:PutObject failed: SlowDown');
          }
          return ledger.replace(kind, tenant, id, document, etag);
        },
      },
    };
  };

  test('for a while is recorded all the same', async () => {
    const { tenant } = await stage.backedUp('recorded-late');
    damage(tenant);
    expect(await stage.restoring(tenant, {}, refusingEnds(3))).toMatchObject({
      verdict: 'verified',
      recorded: true,
    });
    expect(await stage.statusOf(tenant)).toMatchObject({ activity: 'ended', outcome: 'restored' });
  });

  test('at all is verified and not recorded, and the lock is free', async () => {
    const { tenant, good } = await stage.backedUp('not-recorded');
    stage.damageBadly(tenant);
    expect(await stage.restoring(tenant, {}, refusingEnds(1000))).toMatchObject({
      verdict: 'verified',
      recorded: false,
    });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(await stage.statusOf(tenant)).toMatchObject({ activity: 'interrupted', lockedBy: null });
  });

  test('of a failure is told with the failure', async () => {
    const { tenant } = await stage.backedUp('failure-not-recorded');
    damage(tenant);
    stage.sandbox.setFault(tenant, { kind: 'fail', on: 'import', status: 422 });
    expect(await rejectionOf(stage.restoring(tenant, {}, refusingEnds(1000)))).toMatchObject({
      message: expect.stringContaining('the ledger did not record this end'),
      facts: { recorded: false },
    });
  });
});
