import fc from 'fast-check';
import patching from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { orphanedClients, pruneDump, removalPatch } from '../../../functions/config/change/dump-removal.ts';
import { compareDumps } from '../../../functions/config/compare/compare-dumps.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { dumpObjectsOf } from '../../../functions/config/model/dump-objects.ts';
import { demoTenants } from '../../../scripts/demo/tenants.ts';

const link = { tenant_id: 'acme', authorization_server_id: 'shop' };
const acr = (id: string) => ({ ...link, id, value: `urn:${id}` });
const service = (id: string, ...scopes: string[]) => ({
  ...link,
  id,
  scopes: scopes.map((name) => ({ ...link, id: `random-${name}`, name })),
});
const dump = (elements: JsonObject): JsonObject => ({
  tenant: { id: 'acme' },
  servers: [{ id: 'shop', tenant_id: 'acme' }],
  ...elements,
});

const keysOf = (document: JsonObject, isMeant: (id: string) => boolean) =>
  new Set([...dumpObjectsOf(document)].filter(({ id }) => isMeant(id)).map(({ key }) => key));

const apply = (document: JsonObject, patch: string | null): JsonObject =>
  patching.applyPatch(structuredClone(document), JSON.parse(patch ?? '[]'), true).newDocument as JsonObject;

describe('a removal', () => {
  test('takes out the objects that are meant, wherever they stand, and no other', () => {
    const live = dump({
      acrs: ['a', 'b', 'c', 'd'].map(acr),
      services: [service('one', 'read', 'write'), service('two', 'read')],
    });
    const keys = keysOf(live, (id) => ['a', 'c', 'one/write', 'two', 'two/read'].includes(id));
    const after = apply(live, removalPatch(live, keys));
    expect(after).toEqual(dump({ acrs: ['b', 'd'].map(acr), services: [service('one', 'read')] }));
  });

  test('fails as a whole where the tenant has another object in the place by then', () => {
    const live = dump({ acrs: ['a', 'b'].map(acr) });
    const patch = removalPatch(
      live,
      keysOf(live, (id) => id === 'a'),
    );
    expect(() => apply(dump({ acrs: ['b', 'a'].map(acr) }), patch)).toThrow(/test/i);
  });

  test('of what is not there is none', () => {
    expect(removalPatch(dump({ acrs: [acr('a')] }), new Set(['gone']))).toBeNull();
  });

  test('says nothing of secrets', () => {
    const live = dump({ secrets: [{ tenant_id: 'acme', server_id: 'shop', id: 'token', secret: 'canary' }] });
    expect(
      removalPatch(
        live,
        keysOf(live, (id) => id === 'token'),
      ),
    ).not.toContain('canary');
  });

  test('leaves of a tenant what the pruned plan promises, whatever is removed', () => {
    const { dump: beside, identity } = demoTenants()[0] as ReturnType<typeof demoTenants>[number];
    const people = identity as unknown as JsonObject;
    const live: JsonObject = {
      ...(beside as unknown as JsonObject),
      servers: [{ id: 'customers' }],
      ...people,
    };
    const objects = [...dumpObjectsOf(live)];
    const references = /^(users|groups|pools|servers)$/;
    const removable = objects.filter(({ type }) => !references.test(type));
    fc.assert(
      fc.property(fc.subarray(removable), (chosen) => {
        const keys = new Set(chosen.map(({ key }) => key));
        const desired = apply(live, removalPatch(live, keys));
        const plan = pruneDump(planDumpChanges(desired, live, { mode: 'update' }), keys);
        const after = apply(live, removalPatch(live, plan.removed));
        expect(plan.document).toBeNull();
        expect(compareDumps(plan.targetState, after).differences).toEqual([]);
        expect(compareDumps(desired, after).differences).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a pruned plan', () => {
  const user = { tenant_id: 'acme', user_pool_id: 'people', id: 'ada' };
  const pool = { tenant_id: 'acme', id: 'people' };
  const live: JsonObject = { pools: [pool], users: [user] };

  test('removes extra objects alone', () => {
    const plan = planDumpChanges(live, live, { mode: 'update' });
    expect(
      pruneDump(
        plan,
        keysOf(live, () => true),
      ).removed.size,
    ).toBe(0);
  });

  test('must not be carried out where what stays names what would go', () => {
    const plan = planDumpChanges({ users: [user] }, live, { mode: 'update' });
    const pruned = pruneDump(
      plan,
      keysOf(live, (id) => id === 'people'),
    );
    expect(pruned.counts).toMatchObject({ pruned: 1, extra: 0 });
    expect(pruned.problems).toContainEqual(
      expect.objectContaining({
        code: 'DANGLING_REFERENCE',
        message: expect.stringContaining('would be removed'),
      }),
    );
  });
});

describe('the client of an object', () => {
  const client = (id: string) => ({ tenant_id: 'acme', authorization_server_id: 'system', client_id: id });
  const point = (id: string) => ({
    tenant_id: 'acme',
    server_id: 'system',
    type: 'client_assign',
    target_fk: id,
  });
  const owners = ['idps', 'gateways', 'custom_apps', 'server_consents', 'ciba_authentication_services'];
  const owner = (list: string, client_id: string) => ({
    tenant_id: 'acme',
    ...(list === 'idps' || list === 'gateways' ? { authorization_server_id: 'shop' } : { server_id: 'shop' }),
    ...(list.endsWith('s') && !list.startsWith('server') && !list.startsWith('ciba') && { id: 'one' }),
    client_id,
  });
  const state = (list: string, id: string, ...others: string[]): JsonObject =>
    dump({
      [list]: [owner(list, id)],
      clients: [id, ...others].map(client),
      policy_execution_points: [id, ...others].map(point),
    });
  const orphans = (desired: JsonObject, live: JsonObject) =>
    [...orphanedClients(planDumpChanges(desired, live, { mode: 'update' }), live)].map(
      (key) => (JSON.parse(key) as string[]).at(-1) as string,
    );

  test.each(owners)('goes with its execution points where one of %s gets its old one back', (list) => {
    expect(orphans(state(list, 'old'), state(list, 'new'))).toEqual(['new', 'new']);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['that the backup has too', state('gateways', 'old', 'new'), state('gateways', 'new')],
    [
      'that another object names',
      dump({ ...state('gateways', 'old') }),
      {
        ...state('gateways', 'new'),
        custom_apps: [owner('custom_apps', 'new')],
      },
    ],
    [
      'that a person has put in place of one which the tenant still has',
      state('gateways', 'old'),
      { ...state('gateways', 'new'), clients: [client('new'), client('old')] },
    ],
    ['that no object has named', state('gateways', 'old'), state('gateways', 'old', 'alone')],
  ])('stays %s', (_, desired, live) => {
    expect(orphans(desired, live)).toEqual([]);
  });

  test('stays where the mode overwrites nothing', () => {
    const live = state('gateways', 'new');
    const plan = planDumpChanges(state('gateways', 'old'), live, { mode: 'ignore' });
    expect([...orphanedClients(plan, live)]).toEqual([]);
  });
});
