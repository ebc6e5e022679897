import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../functions/config/json/json.ts';
import { patchBetween } from '../../functions/config/transform/tree-patch.ts';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { SENDINGS } from '../../functions/restore/source/request.ts';
import type { Behaviour } from '../../scripts/sandbox/behaviour.ts';
import { dumpStage } from './dump-stage.ts';
import { at, differences, openStage, type Stage } from './stage.ts';

/** Between a backup and its restore, SecureAuth gets a release that shows members of objects which the backup does not have, or
 * hides some: the damage is repaired, and what the release did is no damage. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

type Release = Partial<Behaviour['release']>;

const RELEASES: readonly (readonly [what: string, release: Release, told: readonly RegExp[]])[] = [
  ['adds false', { adds: { clients: { added: false } } }, []],
  ['adds 0', { adds: { clients: { added: 0 } } }, []],
  ['adds an empty list', { adds: { clients: { added: [] } } }, []],
  ['adds true', { adds: { clients: { added: true } } }, [/adds added to every client/]],
  ['adds a text', { adds: { clients: { added: 'front' } } }, [/adds added to every client/]],
  ['adds an object', { adds: { clients: { added: { on: true } } } }, [/adds added to every client/]],
  [
    'adds a section and settings of workspaces',
    { adds: { servers: { added: 'x', sections: { first: { name: 'First' } } } } },
    [/adds added to every server/, /adds sections to every server/],
  ],
  ['withdraws what some had', { withdraws: { clients: ['app_url'] } }, [/no client shows app_url/]],
  ['withdraws what all had', { withdraws: { policies: ['type'] } }, [/no policy shows type/]],
];

const incident = (tenant: string) =>
  stage.sandbox.changeTenant(tenant, (tree) => {
    Object.assign(at(tree, 'servers', 'customers', 'clients', 'portal'), {
      redirect_uris: ['https://attacker.example/'],
    });
    delete at(tree, 'servers', 'partners', 'clients')['data-feed'];
  });

const planOf = (tenant: string) =>
  plan(parsePlanRequest({ tenant, credentials: 'restore' }, new Date()), stage.clients);

describe.each(SENDINGS)('sending %s, a tenant is restored after a release that', (send) => {
  test.each(RELEASES)('%s', async (what, release, told) => {
    const { tenant, good } = await stage.backedUp(`${send}-${what.replaceAll(' ', '-')}`);
    stage.sandbox.setBehaviour(tenant, { release });
    incident(tenant);
    const { counts } = await planOf(tenant);
    expect(counts.created).toBe(1);
    if (what !== 'withdraws what some had') expect(counts.updated).toBe(1);
    const report = await stage.restoring(tenant, { send });
    expect(report).toMatchObject({ verdict: 'verified', outcome: 'restored' });
    expect(differences(good, withoutRelease(stage.sandbox.tenant(tenant)))).toEqual([]);
    for (const pattern of told) {
      expect(report.warnings.filter(({ message }) => pattern.test(message))).toHaveLength(1);
    }
  });
});

/** What was shown was imported, too. */
const withoutRelease = <Tree extends object>(tree: Tree): Tree =>
  JSON.parse(
    JSON.stringify(tree, (name, value) => (['added', 'sections'].includes(name) ? undefined : value)),
  );

const TEXT: Release = { adds: { clients: { added: 'front' } }, withdraws: { policies: ['type'] } };

test('a selection is restored after a release, and the rest stays as it is', async () => {
  const { tenant } = await stage.backedUp('selected');
  stage.sandbox.setBehaviour(tenant, { release: TEXT });
  incident(tenant);
  const selection = [{ resourceType: 'client', workspaces: ['customers'], ids: ['portal'] }];
  expect(await stage.restoring(tenant, { selection })).toMatchObject({ verdict: 'verified', compared: 1 });
  const clients = at(stage.sandbox.tenant(tenant), 'servers', 'customers', 'clients');
  expect(clients['portal']?.['redirect_uris']).not.toContain('https://attacker.example/');
  expect(at(stage.sandbox.tenant(tenant), 'servers', 'partners', 'clients')['data-feed']).toBeUndefined();
});

test('a patch to what a backup has is applied after a release', async () => {
  const { tenant, good } = await stage.backedUp('patched-back');
  stage.sandbox.setBehaviour(tenant, { release: { adds: TEXT.adds ?? {} } });
  incident(tenant);
  const enrolment = await stage.clients.enrolments.get(tenant);
  const { hub } = stage.clients.connect(enrolment, 'read', 'reading-for-a-patch-0123456789abc');
  const live = JSON.parse((await hub.exportTree({ withCredentials: true })).toString()) as Json;
  const options = { format: 'merge', credentials: 'carry', acrossReleases: true } as const;
  const { patch } = patchBetween(live, good as Json, options);
  expect(JSON.stringify(patch)).not.toMatch(/"added"/);
  const request = { patch: { format: 'rfc7396', document: patch } };
  expect(await stage.restoring(tenant, request)).toMatchObject({ verdict: 'verified' });
  expect(differences(good, withoutRelease(stage.sandbox.tenant(tenant)))).toEqual([]);
});

test('what was removed from every object of a type is put back, though it looks withdrawn', async () => {
  const { tenant, good } = await stage.backedUp('removed-from-all');
  stage.sandbox.changeTenant(tenant, (tree) => {
    for (const server of Object.values(at(tree, 'servers'))) {
      for (const policy of Object.values(at(server, 'policies'))) delete policy['type'];
    }
  });
  expect((await planOf(tenant)).warnings.map(({ code }) => code)).toContain('RELEASE_WITHDRAWS');
  expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified' });
  expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
});

test('an object with a value of its own of what the release adds is named, and not hidden by it', async () => {
  const { tenant } = await stage.backedUp('standing-out');
  stage.sandbox.setBehaviour(tenant, { release: { adds: { clients: { added: 'safe' } } } });
  stage.sandbox.changeTenant(tenant, (tree) => {
    Object.assign(at(tree, 'servers', 'customers', 'clients', 'portal'), { added: 'unsafe' });
  });
  const { warnings } = await stage.restoring(tenant);
  expect(warnings).toContainEqual({
    code: 'NOT_IN_BACKUP',
    message: expect.stringMatching(/added of client .* on \/servers\/customers\/clients\/portal .*check it/),
  });
});

test.each([
  ['system', 'acrs', 'system', 'value'],
  ['identity', 'users', 'identity', 'status'],
] as const)('the part %s is restored after a release', async (part, collection, api, member) => {
  const dumps = dumpStage(stage);
  const tenant = await dumps.backedUp(`released-${part}`, ['hub', 'system', 'identity'], {}, 3);
  const before = dumps.list(tenant, collection);
  stage.sandbox.setBehaviour(tenant, { release: { adds: { [collection]: { added: 'x', unset: false } } } });
  await dumps.damage(tenant, api, collection, (element) => ({ ...element, [member]: 'changed' }));
  expect(await stage.restoring(tenant, { parts: [part] })).toMatchObject({ verdict: 'verified' });
  const names = (list: readonly object[]) => list.map((element) => (element as never)[member]);
  expect(names(dumps.list(tenant, collection))).toEqual(names(before));
});
