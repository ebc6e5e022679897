import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planDumpChanges, verifyDumpTargetState } from '../../../functions/config/change/dump-change-set.ts';
import { identityBatches } from '../../../functions/config/change/identity-batches.ts';
import { compareDumps } from '../../../functions/config/compare/compare-dumps.ts';
import { buildDump, entriesOf } from '../../../functions/config/compare/dump-units.ts';
import { countDumpObjects, dumpObjectsOf } from '../../../functions/config/model/dump-objects.ts';
import { identityDump, regenerated, shuffled, systemDump } from '../any-dump.ts';
import { CANARY, type Tree } from '../arbitraries.ts';

const anyDump = fc.oneof(systemDump, identityDump);
const update = { mode: 'update' } as const;
/** The dump without some of its elements, and with others renamed. */
function damaged(dump: Tree, seed: number): Tree {
  const live = shuffled(dump, seed);
  for (const name of Object.keys(live)) {
    // What serves as the target of references stays.
    if (
      !Array.isArray(live[name]) ||
      [
        'servers',
        'policies',
        'pools',
        'users',
        'groups',
        'services',
        'scopes_without_service',
        'scripts',
        'clients',
      ].includes(name)
    )
      continue;
    live[name] = live[name].filter((_: Tree, index: number) => (seed + index) % 3 !== 0);
  }
  for (const client of live.clients ?? []) client.client_name = 'changed';
  for (const user of live.users ?? []) user.payload = { name: 'changed' };
  return live;
}
/** What an import of whole elements leaves: an upsert by the ids that SecureAuth knows. */
function imported(live: Tree, document: Tree | null): Tree {
  const result = entriesOf(live);
  for (const [key, entry] of entriesOf(document ?? {})) result.set(key, entry);
  return buildDump([...result.values()]);
}

describe('planDumpChanges', () => {
  it('is empty between a dump and itself, whatever the order and the random ids', () => {
    fc.assert(
      fc.property(systemDump, fc.nat(), (dump: Tree, seed) => {
        const plan = planDumpChanges(dump, shuffled(regenerated(dump), seed), update);
        expect(plan).toMatchObject({ isEmpty: true, document: null, problems: [], filled: [] });
        expect(Object.keys(plan.counts)).toEqual(['unchanged']);
      }),
    );
  });

  it('sends what brings the tenant back, and promises just that', () => {
    let sent = 0;
    fc.assert(
      fc.property(anyDump, fc.nat(), (dump: Tree, seed) => {
        const live = damaged(dump, seed);
        const plan = planDumpChanges(dump, live, update);
        expect(plan.problems).toEqual([]);
        const after = imported(live, plan.document);
        const { own, others } = verifyDumpTargetState(plan, shuffled(after, seed));
        expect([...own.differences, ...others.differences]).toEqual([]);
        expect(own.compared).toBeGreaterThan(0);
        expect(compareDumps(dump, after).differences.filter(({ kind }) => kind !== 'extra')).toEqual([]);
        if (plan.document) sent++;
      }),
    );
    expect(sent).toBeGreaterThan(50);
  });

  it('sends no more than what is not as it should be', () => {
    fc.assert(
      fc.property(systemDump, (dump: Tree) => {
        const live = structuredClone(dump);
        live.acrs[0].value = 'changed';
        const { document, counts } = planDumpChanges(dump, live, update);
        expect(document).toEqual({ acrs: [dump.acrs[0]] });
        expect(counts['updated']).toBe(1);
      }),
    );
  });

  it('shows no secret in its changes', () => {
    fc.assert(
      fc.property(anyDump, anyDump, (a: Tree, b: Tree) => {
        const { changes, problems, filled, counts } = planDumpChanges(a, b, update);
        expect(JSON.stringify({ changes, problems, filled, counts })).not.toContain(CANARY);
      }),
    );
  });

  const point = (target_fk: string) => ({
    server_id: 's',
    type: 'scope_user_grant',
    target_fk,
    policy_id: 'p',
  });
  const base = { servers: [{ id: 's' }], policies: [{ server_id: 's', id: 'p' }] };
  const service = (...scopes: Record<string, string>[]) => ({
    authorization_server_id: 's',
    id: 'svc',
    scopes,
  });

  it('writes scopes, claims and points under the ids that the tenant has for them', () => {
    const desired = {
      ...base,
      services: [service({ id: 'old', name: 'read', description: 'A' })],
      policy_execution_points: [point('old')],
    };
    const live = {
      ...base,
      services: [service({ id: 'new', name: 'read', description: 'B' }, { id: 'x', name: 'more' })],
      policy_execution_points: [],
    };
    const { document } = planDumpChanges(desired, live, update);
    expect(document).toEqual({
      services: [service({ id: 'new', name: 'read', description: 'A' }, { id: 'x', name: 'more' })],
      policy_execution_points: [point('new')],
    });
  });

  it('sends a user with all that belongs to it, also what only the tenant has, but no pending codes', () => {
    const own = { user_pool_id: 'p', user_id: 'u' };
    const desired = {
      pools: [{ id: 'p' }],
      users: [{ user_pool_id: 'p', id: 'u', status: 'active' }],
      user_credentials: [{ ...own, id: 'c' }],
    };
    const live = {
      ...desired,
      users: [{ user_pool_id: 'p', id: 'u', status: 'inactive' }],
      user_identifiers: [{ ...own, id: 'i' }],
      codes: [{ ...own, id: 'k' }],
    };
    expect(planDumpChanges(desired, live, update).document).toEqual({
      users: desired.users,
      user_credentials: desired.user_credentials,
      user_identifiers: live.user_identifiers,
    });
  });

  it('never imports a blank over a secret, and keeps all of them where that is chosen', () => {
    const element = (value: string) => ({
      secrets: [{ server_id: 's', id: 'token', value }],
      servers: [{ id: 's' }],
    });
    expect(planDumpChanges(element(''), element('live'), update)).toMatchObject({
      isEmpty: true,
      filled: [expect.stringMatching(/ value$/)],
    });
    expect(planDumpChanges(element('backup'), element('live'), update).document).toEqual({
      secrets: element('backup').secrets,
    });
    expect(
      planDumpChanges(element('backup'), element('live'), { ...update, credentials: 'keep' }).isEmpty,
    ).toBe(true);
    const jwks = (d: string) => ({
      servers: [{ id: 's', jwks: { keys: [{ kty: 'RSA', kid: d || 'k', d }] } }],
    });
    expect(planDumpChanges(jwks(''), jwks('live'), update).isEmpty).toBe(true);
    expect(planDumpChanges(jwks('backup'), jwks('live'), update).document).toEqual(jwks('backup'));
  });

  it('leaves the client alone that it works with', () => {
    const desired = {
      servers: [{ id: 'system' }],
      clients: [{ authorization_server_id: 'system', client_id: 'own', client_name: 'A' }],
    };
    const live = {
      ...desired,
      clients: [{ authorization_server_id: 'system', client_id: 'own', client_name: 'B' }],
    };
    expect(planDumpChanges(desired, live, { ...update, ownClientId: 'own' })).toMatchObject({
      isEmpty: true,
    });
    expect(planDumpChanges(desired, live, update).isEmpty).toBe(false);
  });

  it.each([
    ['ignore', { created: 1, kept: 1, unchanged: 1 }, 0],
    ['fail', { created: 1, kept: 1, unchanged: 1 }, 2],
    ['update', { created: 1, updated: 1, unchanged: 1 }, 0],
  ] as const)('does what the mode %s says', (mode, counts, problems) => {
    const desired = { servers: [{ id: 's' }], acrs: [{ id: 'a', value: 1 }, { id: 'b' }] };
    const plan = planDumpChanges(
      desired,
      { servers: [{ id: 's' }], acrs: [{ id: 'a', value: 2 }] },
      { mode },
    );
    expect(plan.counts).toEqual(counts);
    expect(plan.problems).toHaveLength(problems);
    expect(plan.document).toEqual({ acrs: mode === 'update' ? desired.acrs : [{ id: 'b' }] });
  });

  it('writes what is selected alone, and says what that lacks', () => {
    const desired = {
      ...base,
      services: [service({ id: 'r', name: 'read' })],
      policy_execution_points: [{ ...point('r') }],
    };
    const live = { servers: [{ id: 's' }] };
    const select = (type: string) =>
      planDumpChanges(desired, live, { ...update, isSelected: (object) => object.type === type });
    expect(select('policies').document).toEqual({ policies: base.policies });
    expect(select('policy_execution_points').problems.map(({ code }) => code)).toEqual([
      'DANGLING_REFERENCE',
      'DANGLING_REFERENCE',
    ]);
    expect(select('scopes').problems.map(({ code }) => code)).toEqual(['OWNER_MISSING']);
  });

  it('counts as extra, and leaves, what only the tenant has', () => {
    const live = { ...base, acrs: [{ id: 'a' }] };
    const plan = planDumpChanges(base, live, update);
    expect(plan.counts).toEqual({ unchanged: 2, extra: 1 });
    expect(plan.targetState).toEqual(live);
  });

  it('leaves both dumps as they are', () => {
    fc.assert(
      fc.property(systemDump, fc.nat(), (dump: Tree, seed) => {
        const live = damaged(dump, seed);
        const before = structuredClone([dump, live]);
        planDumpChanges(dump, live, { ...update, credentials: 'keep' });
        expect([dump, live]).toEqual(before);
      }),
    );
  });
});

describe('buildDump', () => {
  it('puts together what entriesOf takes apart', () => {
    fc.assert(
      fc.property(anyDump, (dump: Tree) => {
        const built = buildDump([...entriesOf(dump).values()]);
        expect(compareDumps(dump, built).differences).toEqual([]);
        expect(countDumpObjects(built)).toEqual(countDumpObjects(dump));
      }),
    );
  });
});

describe('identityBatches', () => {
  it('sends everything once, no more users at a time than allowed, and each with all that is theirs', () => {
    fc.assert(
      fc.property(identityDump, fc.integer({ min: 1, max: 3 }), (dump: Tree, maxUsers) => {
        const [shared, ...batches] = identityBatches(dump, maxUsers);
        expect(Object.keys(shared as Tree).sort()).toEqual(['groups', 'pools', 'schemas']);
        for (const batch of batches as Tree[]) {
          expect(batch.users.length).toBeLessThanOrEqual(maxUsers);
          const users = new Set(batch.users.map(({ id }: Tree) => id));
          for (const name of [
            'user_credentials',
            'user_identifiers',
            'user_verifiable_addresses',
            'group_members',
          ]) {
            expect(batch[name].every(({ user_id }: Tree) => users.has(user_id))).toBe(true);
          }
        }
        const keys = [shared as Tree, ...batches].flatMap((batch) =>
          [...dumpObjectsOf(batch)].map(({ key }) => key),
        );
        expect(keys.sort()).toEqual([...dumpObjectsOf(dump)].map(({ key }) => key).sort());
      }),
    );
  });

  it('has nothing to send of nothing', () => {
    expect(identityBatches({})).toEqual([]);
  });
});
