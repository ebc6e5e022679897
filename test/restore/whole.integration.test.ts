import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { type DumpStage, damagePeople, damageSystem, dumpStage } from './dump-stage.ts';
import { at, differences, openStage, type Stage } from './stage.ts';

/** A restore without named parts brings back the whole backup except people, and nothing twice. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

/** Collections whose elements have a client of their own in the workspace `system`. */
const OWNERS = ['gateways', 'custom_apps', 'server_consents', 'ciba_authentication_services'] as const;

const PEOPLE = ['users', 'user_credentials', 'user_identifiers', 'user_verifiable_addresses', 'groups'];

const clientsOfSystem = (tenant: string) =>
  dumps.list(tenant, 'clients').filter((client) => client['authorization_server_id'] === 'system');

/** The id of each owner's client. */
const ownIds = (tenant: string): string[] =>
  OWNERS.flatMap((list) => dumps.list(tenant, list).map((owner) => String(owner['client_id'] || list)));

/** All of a tenant, with the owner's name in place of the random id of its client. */
function named(tenant: string): Readonly<Record<string, unknown>> {
  const names = new Map(ownIds(tenant).map((id, index) => [id, `own-client-${index}`]));
  const text = JSON.stringify(dumps.everything(tenant));
  const all: Record<string, string[]> = JSON.parse(
    [...names].reduce((named, [id, name]) => named.replaceAll(id, name), text),
  );
  return Object.fromEntries(
    Object.entries(all).map(([name, list]) => [name, Array.isArray(list) ? list.toSorted() : list]),
  );
}

const changesSince = (before: object, tenant: string): string[] =>
  differencesBetween(before as JsonObject, named(tenant) as JsonObject);

/** Deletes a client, and everything that has a client of its own. */
const damageTree = (tenant: string): void =>
  stage.sandbox.changeTenant(tenant, (tree) => {
    const customers = at(tree, 'servers', 'customers');
    delete at(customers as never, 'clients')['portal'];
    for (const relation of ['gateways', 'custom_apps', 'server_consent', 'ciba_authentication_service']) {
      delete customers[relation];
    }
  });

async function damaged(id: string) {
  const tenant = await dumps.backedUp(id);
  const good = named(tenant);
  const count = clientsOfSystem(tenant).length;
  await damageSystem(dumps, tenant);
  damageTree(tenant);
  expect(clientsOfSystem(tenant)).toHaveLength(count - OWNERS.length);
  return { tenant, good, count };
}

const planFor = (tenant: string, request: object = {}) =>
  plan(parsePlanRequest({ tenant, ...request }, new Date()), stage.clients);

describe('a restore without named parts', () => {
  test('brings back clients, roles, ACRs, script secrets and vanity domains, once each, and no people', async () => {
    const { tenant, good, count } = await damaged('whole');
    await damagePeople(dumps, tenant);
    const people = (all: Readonly<Record<string, unknown>>) => PEOPLE.map((name) => all[name]);
    const peopleBefore = people(named(tenant));
    const report = await stage.restoring(tenant);
    expect(report).toMatchObject({ verdict: 'verified', otherParts: ['identity'] });
    expect(Object.keys(report.parts)).toEqual(['hub', 'system']);
    expect(report.parts.system).toMatchObject({ counts: { created: 4, updated: 4 }, extra: 0, leftOut: [] });
    // The tree's objects are compared once.
    expect(Object.keys(report.parts.system?.objects ?? {})).not.toContain('clients');
    expect(people(named(tenant))).toEqual(peopleBefore);
    const rest = Object.fromEntries(PEOPLE.map((name) => [name, named(tenant)[name]]));
    const others = { group_members: named(tenant)['group_members'] };
    expect(changesSince({ ...good, ...rest, ...others }, tenant)).toEqual([]);
    expect(clientsOfSystem(tenant)).toHaveLength(count);
  });

  test('restores the workspace that script secrets, ACRs and roles lie in first', async () => {
    const tenant = await dumps.backedUp('lost-workspace');
    const [good, tree, count] = [named(tenant), stage.sandbox.tenant(tenant), clientsOfSystem(tenant).length];
    const lost = ['acrs', 'secrets', 'authorization_details', 'roles'];
    for (const collection of lost) {
      await dumps.damage(tenant, 'system', collection, () => undefined);
    }
    stage.sandbox.changeTenant(tenant, (tree) => void delete at(tree, 'servers')['customers']);
    expect((await stage.restoring(tenant, { dryRun: true })).problems).toEqual([]);
    expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified' });
    expect(differences(tree, stage.sandbox.tenant(tenant))).toEqual([]);
    const now = named(tenant);
    for (const name of lost) expect({ name, list: now[name] }).toEqual({ name, list: good[name] });
    expect(clientsOfSystem(tenant)).toHaveLength(count);
  });

  test('deletes in the hub alone', async () => {
    const { tenant } = await damaged('whole-pruned');
    await dumps.damage(tenant, 'system', 'consents', (each) => [each, { ...each, id: `${each['id']}-2` }]);
    stage.sandbox.changeTenant(tenant, (tree) => {
      at(tree, 'servers', 'partners', 'policies')['added-since'] = { policy_name: 'Added', type: 'user' };
    });
    const report = await stage.restoring(tenant, { prune: true });
    expect(report).toMatchObject({ verdict: 'verified', counts: { pruned: 1 }, extra: 2 });
    expect(dumps.list(tenant, 'consents')).toHaveLength(4);
  });

  test('is undone as a whole where the last part fails', async () => {
    const { tenant } = await damaged('whole-rolled-back');
    const before = named(tenant);
    stage.sandbox.setFault(tenant, {
      kind: 'fail-halfway',
      objects: 3,
      api: 'system',
      on: 'import',
      times: 1,
    });
    const error = await rejectionOf(stage.restoring(tenant));
    expect(error).toMatchObject({ code: 'TENANT_UNAVAILABLE', facts: { outcome: 'rolledBack' } });
    expect(changesSince(before, tenant)).toEqual([]);
  });

  test('is undone by its safety backup, as the status advises', async () => {
    const { tenant, good, count } = await damaged('whole-back');
    const before = named(tenant);
    await stage.restoring(tenant);
    const { back } = (await stage.statusOf(tenant)).next.requests;
    expect(back).toMatchObject({ parts: ['hub', 'system'] });
    expect(await stage.restoring(tenant, back)).toMatchObject({ verdict: 'verified' });
    expect(changesSince(before, tenant)).toEqual([]);
    await stage.restoring(tenant);
    expect(changesSince(good, tenant)).toEqual([]);
    expect(clientsOfSystem(tenant)).toHaveLength(count);
  });

  test('into another tenant brings back what means something there, and says what it leaves out', async () => {
    const { tenant } = await damaged('whole-source');
    const target = await stage.newTenant('whole-target', {
      tree: { name: 'Target', servers: { main: { name: 'Main' } } },
    });
    await stage.changeEnrolment(target, { parts: ['hub', 'system'] });
    const before = dumps.everything(tenant);
    const { planId, counts, ...made } = await planFor(target, {
      desired: { tenant },
      credentials: 'restore',
    });
    expect(made).toMatchObject({ parts: ['hub', 'system'], otherParts: ['identity'], problems: [] });
    expect(await stage.restoring(target, { plan: planId, dryRun: true })).toMatchObject({ counts });
    const report = await stage.restoring(tenant, { into: target });
    expect(report).toMatchObject({ verdict: 'verified', counts, otherParts: ['identity'] });
    expect(report.warnings.map(({ code }) => code)).toContain('TENANT_BOUND');
    for (const [name, length] of Object.entries({
      acrs: 3,
      secrets: 2,
      consents: 2,
      roles: 0,
      vanity_domains: 0,
    })) {
      expect({ name, length: dumps.list(target, name).length }).toEqual({ name, length });
    }
    expect(dumps.list(target, 'acrs').map((acr) => acr['tenant_id'])).toEqual(Array(3).fill(target));
    expect(dumps.everything(tenant)).toEqual(before);
  });

  test('into a tenant whose enrolment has no system is of the hub', async () => {
    const { tenant } = await damaged('whole-source-of-hub');
    const target = await stage.newTenant('whole-target-of-hub', {
      tree: { name: 'Target', servers: { main: { name: 'Main' } } },
    });
    await stage.changeEnrolment(target, { parts: ['hub'] });
    const report = await stage.restoring(tenant, { into: target });
    expect(report).toMatchObject({ verdict: 'verified', otherParts: ['system', 'identity'] });
    expect(dumps.list(target, 'acrs')).toEqual([]);
  });
});

describe('a plan without named parts', () => {
  test('is of the whole backup except people, and is applied as one', async () => {
    const { tenant, good, count } = await damaged('whole-planned');
    const made = await planFor(tenant, { credentials: 'restore' });
    expect(made).toMatchObject({ parts: ['hub', 'system'], otherParts: ['identity'], problems: [] });
    expect(made.countsByType).toMatchObject({ client: { created: 1 }, acrs: { created: 1, updated: 2 } });
    const report = await stage.restoring(tenant, { plan: made.planId });
    expect(report).toMatchObject({ verdict: 'verified', counts: made.counts });
    expect(changesSince(good, tenant)).toEqual([]);
    expect(clientsOfSystem(tenant)).toHaveLength(count);
  });

  test.each([
    ['hub', (tenant: string) => Promise.resolve(damageTree(tenant))],
    ['system', (tenant: string) => dumps.damage(tenant, 'system', 'consents', () => undefined)],
  ])('is stale where the part %s has changed since', async (part, change) => {
    const tenant = await dumps.backedUp(`whole-stale-${part}`);
    const { planId } = await planFor(tenant, { credentials: 'restore' });
    await change(tenant);
    expect(await rejectionOf(stage.restoring(tenant, { plan: planId }))).toMatchObject({
      code: 'PLAN_STALE',
      facts: { outcome: 'untouched' },
    });
  });
});

describe('a selection without named parts', () => {
  test('of types of the hub is of the hub alone', async () => {
    const { tenant } = await damaged('select-hub');
    const selection = [{ resourceType: 'clients', workspaces: ['customers'] }];
    const report = await stage.restoring(tenant, { selection });
    expect(report).toMatchObject({ verdict: 'verified', counts: { created: 1 } });
    expect(Object.keys(report.parts)).toEqual(['hub']);
    expect(await planFor(tenant, { selection })).toMatchObject({ parts: ['hub'], isEmpty: true });
  });

  test('of types that only the system has is of the system alone', async () => {
    const { tenant } = await damaged('select-system');
    const selection = [{ resourceType: 'acrs' }, { resourceType: 'roles' }];
    const made = await planFor(tenant, { selection, credentials: 'restore' });
    expect(made).toMatchObject({ parts: ['system'], counts: { created: 2, updated: 2 } });
    const report = await stage.restoring(tenant, { selection });
    expect(report).toMatchObject({ verdict: 'verified', counts: made.counts });
    expect(Object.keys(report.parts)).toEqual(['system']);
  });

  test('of a workspace is of both parts, also where one has nothing in it', async () => {
    const { tenant, good } = await damaged('select-workspace');
    const selection = [{ workspaces: ['customers'] }];
    const { vanity_domains, roles } = named(tenant);
    const report = await stage.restoring(tenant, { selection });
    expect(Object.keys(report.parts)).toEqual(['hub', 'system']);
    const left = { vanity_domains, roles: named(tenant)['roles'] ?? roles };
    expect(changesSince({ ...good, ...left }, tenant)).toEqual([]);
    const elsewhere = await stage.restoring(tenant, { selection: [{ workspaces: ['workforce'] }] });
    expect(elsewhere.parts.system).toMatchObject({ compared: 0, equal: 0 });
  });
});

describe('the system alone', () => {
  test('brings the ids of own clients back, and removes the clients that a restore of the hub has made', async () => {
    const tenant = await dumps.backedUp('hub-then-system');
    const [good, count] = [dumps.everything(tenant), clientsOfSystem(tenant).length];
    damageTree(tenant);
    await stage.restoring(tenant, { parts: ['hub'] });
    expect(differencesBetween(good as JsonObject, dumps.everything(tenant) as JsonObject)).not.toEqual([]);
    const made = await planFor(tenant, { parts: ['system'], credentials: 'restore' });
    expect(made.counts).toMatchObject({ pruned: OWNERS.length });
    const report = await stage.restoring(tenant, { parts: ['system'] });
    expect(report).toMatchObject({ verdict: 'verified', counts: made.counts, extra: 0 });
    expect(clientsOfSystem(tenant)).toHaveLength(count);
    expect(differencesBetween(good as JsonObject, dumps.everything(tenant) as JsonObject)).toEqual([]);
  });

  test('before the hub leaves nothing for it to do', async () => {
    const { tenant, good, count } = await damaged('system-then-hub');
    const tree = stage.sandbox.tenant(tenant);
    await stage.restoring(tenant, { parts: ['system'] });
    expect(differences(tree, stage.sandbox.tenant(tenant))).not.toEqual([]);
    const report = await stage.restoring(tenant, { parts: ['hub'] });
    expect(report.counts).not.toHaveProperty('created');
    expect(changesSince(good, tenant)).toEqual([]);
    expect(clientsOfSystem(tenant)).toHaveLength(count);
  });

  test('keeps the clients of its undone write', async () => {
    const tenant = await dumps.backedUp('system-undone');
    damageTree(tenant);
    await stage.restoring(tenant, { parts: ['hub'] });
    const before = dumps.everything(tenant);
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 422, api: 'system', on: 'patch', times: 1 });
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
    expect(error).toMatchObject({ code: 'IMPORT_REFUSED', facts: { outcome: 'rolledBack' } });
    expect(differencesBetween(before as JsonObject, dumps.everything(tenant) as JsonObject)).toEqual([]);
  });
});
