import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import { credentialValues } from '../../scripts/demo/tenants.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { at, differences, later, OWN_CLIENT, openStage, type Stage, withHub } from './stage.ts';

/** A restore that goes wrong says in which state it left the tenant, and that is so. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** Imports nothing but one workspace, then breaks off. */
const halfWay = (workspace: string, times = 1) => {
  let left = times;
  return withHub(stage.clients, (hub) => ({
    async importTree(tree, options) {
      if (left-- <= 0) return hub.importTree(tree, options);
      const { servers } = JSON.parse(tree.toString()) as { servers: Record<string, object> };
      await hub.importTree(JSON.stringify({ servers: { [workspace]: servers[workspace] } }), options);
      throw new TenantBackupError('TENANT_UNAVAILABLE', 'no answer from the tenant: CLOSED_EARLY');
    },
  }));
};

/** Damage in two workspaces, so that half of it can be mended. */
const damageTwice = (tenant: string) => {
  stage.damageBadly(tenant);
  stage.sandbox.changeTenant(tenant, (tree) => {
    delete at(tree, 'servers', 'partners', 'clients')['data-feed'];
    at(tree, 'servers', 'partners', 'policies')['added-since'] = { name: 'Added since', type: 'user' };
  });
};

describe('an import that breaks off half way', () => {
  test('is undone, which a further export proves', async () => {
    const { tenant } = await stage.backedUp('half-way');
    damageTwice(tenant);
    const before = stage.sandbox.tenant(tenant);
    const error = await rejectionOf(stage.restoring(tenant, {}, halfWay('partners')));
    expect(error).toMatchObject({ code: 'TENANT_UNAVAILABLE', facts: { outcome: 'rolledBack' } });
    expect(error.message).toContain(
      'the tenant is in the state before, verified; the state before is safety backup',
    );
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(stage.writesTo(tenant).map(({ method }) => method)).toEqual(['POST', 'PATCH']);
    expect(await stage.statusOf(tenant)).toMatchObject({
      phase: 'rolled-back',
      activity: 'ended',
      outcome: 'rolledBack',
      error: { code: 'TENANT_UNAVAILABLE' },
      next: { requests: { again: { tenant } } },
    });
  });

  test('is left as it is where that was asked for, and says how to go back', async () => {
    const { tenant } = await stage.backedUp('left');
    damageTwice(tenant);
    const before = stage.sandbox.tenant(tenant);
    const error = await rejectionOf(stage.restoring(tenant, { onFailure: 'leave' }, halfWay('partners')));
    expect(error.facts).toMatchObject({ outcome: 'leftAsIs' });
    expect(differences(before, stage.sandbox.tenant(tenant))).not.toEqual([]);
    const { outcome, next } = await stage.statusOf(tenant);
    expect(outcome).toBe('leftAsIs');
    expect(await stage.restoring(tenant, next.requests.back)).toMatchObject({ verdict: 'verified' });
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('is unknown if it cannot be undone either, and says so', async () => {
    const { tenant, good } = await stage.backedUp('stuck');
    damageTwice(tenant);
    stage.sandbox.changeTenant(tenant, (tree) => {
      at(tree, 'servers', 'partners')['enforce_pkce'] = 'changed' as never;
    });
    const twice = halfWay('partners');
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 422, on: 'patch' });
    const error = await rejectionOf(stage.restoring(tenant, {}, twice));
    expect(error).toMatchObject({
      code: 'ROLLBACK_FAILED',
      disposition: 'halt',
      facts: { outcome: 'unknown', causedBy: 'TENANT_UNAVAILABLE', rollback: 'IMPORT_REFUSED' },
    });
    stage.sandbox.clearFaults(tenant);
    const { phase, next } = await stage.statusOf(tenant);
    expect(phase).toBe('failed');
    expect(await stage.restoring(tenant, { ...next.requests.again, prune: true })).toMatchObject({
      verdict: 'verified',
    });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('tells no secret', async () => {
    const { tenant } = await stage.backedUp('discreet');
    damageTwice(tenant);
    const said = saidBy(await rejectionOf(stage.restoring(tenant, {}, halfWay('partners'))));
    const secrets = [...credentialValues(stage.tree), ...credentialValues(stage.sandbox.tenant(tenant))];
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  });
});

describe('what was answered', () => {
  test('does not count where the import was done although its answer was lost', async () => {
    const { tenant, good } = await stage.backedUp('answer-lost');
    stage.damageBadly(tenant);
    stage.sandbox.setFault(tenant, { kind: 'close', when: 'after', on: 'import', times: 1 });
    expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified', outcome: 'restored' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(stage.writesTo(tenant)).toHaveLength(1);
  });

  test('does not count where the tenant silently left out an identity provider, which is named', async () => {
    const { tenant } = await stage.backedUp('left-out');
    stage.sandbox.changeTenant(tenant, (tree) => {
      delete at(tree, 'servers', 'customers', 'idps')['google'];
      delete at(tree, 'servers', 'customers', 'clients')['portal'];
    });
    const before = stage.sandbox.tenant(tenant);
    const pointer = '/servers/customers/idps/google';
    stage.sandbox.setFault(tenant, { kind: 'skip-import', pointer });
    const error = await rejectionOf(stage.restoring(tenant));
    expect(error).toMatchObject({ code: 'RESTORE_MISMATCH', facts: { outcome: 'rolledBack', differing: 1 } });
    expect(error.message).toContain(`${pointer} (missing)`);
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('leaves the tenant unknown if nobody can look at it any more', async () => {
    const { tenant, good } = await stage.backedUp('blind');
    stage.damageBadly(tenant);
    const blind = withHub(stage.clients, (hub) => ({
      async importTree(tree, options) {
        await hub.importTree(tree, options);
        stage.sandbox.setFault(tenant, { kind: 'fail', status: 503, on: 'export' });
      },
    }));
    const error = await rejectionOf(stage.restoring(tenant, {}, blind));
    expect(error).toMatchObject({ code: 'TENANT_UNAVAILABLE', facts: { outcome: 'unknown' } });
    stage.sandbox.clearFaults(tenant);
    const { next } = await stage.statusOf(tenant);
    expect(await stage.restoring(tenant, next.requests.again)).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

describe('a deployment that deletes what an import lacks', () => {
  test('is put back whole where changes alone were sent, and said how to restore', async () => {
    const { tenant } = await stage.backedUp('wholesale');
    stage.sandbox.changeTenant(tenant, (tree) => {
      delete at(tree, 'translations')['fr'];
    });
    const before = stage.sandbox.tenant(tenant);
    stage.sandbox.setBehaviour(tenant, { absentOnImport: 'delete-within' });
    const error = await rejectionOf(stage.restoring(tenant, { send: 'changes' }));
    expect(error).toMatchObject({ code: 'RESTORE_MISMATCH', facts: { outcome: 'rolledBack', deleted: 1 } });
    expect(error.message).toContain(
      'first /translations/de: restore with "send": "everything", which is the default, or "patch"',
    );
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test.each(['everything', 'patch'])('is restored by sending %s, our own client included', async (send) => {
    const { tenant, good } = await stage.backedUp(`sending-${send}`);
    damageTwice(tenant);
    stage.sandbox.setBehaviour(tenant, { absentOnImport: 'delete' });
    expect(await stage.restoring(tenant, { send, prune: true })).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

/** What the vendor leaves open of an import. */
const IMPORTS = (['keep', 'delete', 'delete-within'] as const).flatMap((absentOnImport) =>
  (['keep', 'reset'] as const).map((settingsOnImport) => ({ absentOnImport, settingsOnImport })),
);

describe.each(IMPORTS)('an import with %o', (behaviour) => {
  const named = (what: string) => [what, ...Object.values(behaviour)].join('-');

  test('is right where nothing is said of what is sent', async () => {
    const { tenant, good } = await stage.backedUp(named('safe'));
    damageTwice(tenant);
    stage.sandbox.setBehaviour(tenant, behaviour);
    expect(await stage.restoring(tenant, { prune: true })).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('is undone to what was there before', async () => {
    const { tenant } = await stage.backedUp(named('back'));
    damageTwice(tenant);
    const before = stage.sandbox.tenant(tenant);
    stage.sandbox.setBehaviour(tenant, behaviour);
    const pointer = '/servers/partners/clients/data-feed';
    stage.sandbox.setFault(tenant, { kind: 'skip-import', pointer, times: 1 });
    const error = await rejectionOf(stage.restoring(tenant));
    expect(error).toMatchObject({ code: 'RESTORE_MISMATCH', facts: { outcome: 'rolledBack' } });
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

test('changes are sent with the settings of their workspaces, which an import may reset', async () => {
  const { tenant, good } = await stage.backedUp('changes-with-settings');
  damageTwice(tenant);
  stage.sandbox.setBehaviour(tenant, { settingsOnImport: 'reset' });
  expect(await stage.restoring(tenant, { send: 'changes', prune: true })).toMatchObject({
    verdict: 'verified',
  });
  expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
});

describe('somebody else', () => {
  test('who changed the tenant before it was saved is written over only as planned anew', async () => {
    const { tenant } = await stage.backedUp('overtaken');
    stage.damageBadly(tenant);
    let exports = 0;
    const overtaking = withHub(stage.clients, (hub) => ({
      async exportTree(options) {
        if (++exports === 2) {
          stage.sandbox.changeTenant(tenant, (tree) => {
            delete at(tree, 'servers', 'partners', 'clients')['data-feed'];
          });
        }
        return hub.exportTree(options);
      },
    }));
    const report = await stage.restoring(tenant, {}, overtaking);
    expect(report.verdict).toBe('verified');
    expect(at(stage.sandbox.tenant(tenant), 'servers', 'partners', 'clients')['data-feed']).toBeDefined();
  });

  test('whose change outside of the selection comes in between is not undone by a roll back', async () => {
    const { tenant } = await stage.backedUp('beside');
    damageTwice(tenant);
    const before = stage.sandbox.tenant(tenant);
    const selection = [{ resourceType: 'client', workspaces: ['partners', 'customers'] }];
    const half = withHub(stage.clients, (hub) => ({
      async importTree(tree, options) {
        const { servers } = JSON.parse(tree.toString()) as { servers: Record<string, object> };
        await hub.importTree(JSON.stringify({ servers: { partners: servers['partners'] } }), options);
        stage.sandbox.changeTenant(tenant, (live) => {
          Object.assign(at(live, 'pools', 'consumers'), { description: 'changed meanwhile' });
        });
        throw new TenantBackupError('TENANT_UNAVAILABLE', 'no answer');
      },
    }));
    const error = await rejectionOf(stage.restoring(tenant, { selection }, half));
    expect(error.facts).toMatchObject({ outcome: 'rolledBack' });
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual(['/pools/consumers/description']);
  });

  test('who holds the lock by now is not written over: the former holder stops', async () => {
    const { tenant } = await stage.backedUp('usurped');
    stage.damageBadly(tenant);
    const before = stage.sandbox.tenant(tenant);
    const slow = withHub(stage.clients, (hub) => ({
      async exportTree(options) {
        const holder = { tenant, operationId: 'another-operation' };
        await stage.clients.tenantLocks.acquire(holder, { seconds: 60, now: later(600).now }).catch(() => {});
        return hub.exportTree(options);
      },
    }));
    const error = await rejectionOf(stage.restoring(tenant, {}, slow));
    expect(error).toMatchObject({ code: 'LOCK_LOST', facts: { outcome: 'untouched' } });
    expect(stage.sandbox.tenant(tenant)).toEqual(before);
    expect((await stage.clients.tenantLocks.read(tenant)).lock?.operationId).toBe('another-operation');
  });
});

describe('time', () => {
  test('that would not suffice to write and to prove is not begun with', async () => {
    const { tenant } = await stage.backedUp('in-a-hurry');
    stage.damageBadly(tenant);
    const call = { requestId: 'request-1', remainingMilliseconds: () => 44_000 };
    const error = await rejectionOf(stage.restoring(tenant, {}, {}, call));
    expect(error).toMatchObject({
      code: 'OUT_OF_TIME',
      facts: { outcome: 'untouched', neededSeconds: 45, remainingSeconds: 44 },
    });
    expect(stage.writesTo(tenant)).toEqual([]);
    expect(await stage.statusOf(tenant)).toMatchObject({
      phase: 'failed',
      outcome: 'untouched',
      requestId: 'request-1',
    });
  });
});

describe('a restore whose time is over', () => {
  test('hangs up, says that the tenant may be half way, and leaves the lock to its lease', async () => {
    const { tenant, good } = await stage.backedUp('out-of-time');
    stage.damageBadly(tenant);
    const stop = new AbortController();
    const call = { requestId: null, remainingMilliseconds: () => 60_000, stop: stop.signal };
    stage.sandbox.setFault(tenant, { kind: 'slow', delayMilliseconds: 500, on: 'import' });
    const stopping = withHub(stage.clients, (hub) => ({
      importTree(tree, options) {
        setTimeout(() => stop.abort(), 100);
        return hub.importTree(tree, options);
      },
    }));
    const error = await rejectionOf(stage.restoring(tenant, {}, stopping, call));
    expect(error).toMatchObject({ code: 'OUT_OF_TIME', facts: { outcome: 'unknown' } });
    stage.sandbox.clearFaults(tenant);
    expect((await rejectionOf(stage.restoring(tenant))).code).toBe('TENANT_LOCKED');
    const { activity, next } = await stage.statusOf(tenant);
    expect(activity).toBe('ended');
    expect(await stage.restoring(tenant, next.requests.again, later(130))).toMatchObject({
      verdict: 'verified',
    });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('before it wrote has written nothing', async () => {
    const { tenant } = await stage.backedUp('out-of-time-early');
    stage.damageBadly(tenant);
    const stop = new AbortController();
    const call = { requestId: null, remainingMilliseconds: () => 60_000, stop: stop.signal };
    const stopping = withHub(stage.clients, (hub) => ({
      exportTree(options) {
        stop.abort();
        return hub.exportTree(options);
      },
    }));
    const error = await rejectionOf(stage.restoring(tenant, {}, stopping, call));
    expect(error).toMatchObject({ code: 'OUT_OF_TIME', facts: { outcome: 'untouched' } });
    expect(stage.writesTo(tenant)).toEqual([]);
  });
});

describe('our own client', () => {
  test('is kept with the secret that it has now, also where that was rotated since the backup', async () => {
    const { tenant, good } = await stage.backedUp('rotated');
    stage.damageBadly(tenant);
    const clientSecret = 'rotated-since-the-backup-0123456789';
    stage.sandbox.changeTenant(tenant, (tree) => {
      Object.assign(at(tree, 'servers', 'system', 'clients', 'tenant-backup'), {
        client_secret: clientSecret,
      });
    });
    await stage.changeEnrolment(tenant, { clientSecret });
    const report = await stage.restoring(tenant);
    expect(report).toMatchObject({ verdict: 'verified', leftOut: [OWN_CLIENT] });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([`${OWN_CLIENT}/client_secret`]);
  });
});
