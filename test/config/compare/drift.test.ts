import { describe, expect, test } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges, verifyDumpTargetState } from '../../../functions/config/change/dump-change-set.ts';
import { verifyTargetState } from '../../../functions/config/change/target-state.ts';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import { compareDumps, driftBetween } from '../../../functions/config/compare/compare-dumps.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { patchBetween } from '../../../functions/config/transform/tree-patch.ts';

/** A release of SecureAuth shows members that no backup of before has, or hides some that all have: neither is damage, and
 * neither hides what somebody changed beside it. */

type Client = JsonObject;

const PORTAL = {
  client_name: 'Portal',
  client_secret: 'canary-portal',
  trusted: true,
  redirect_uris: ['https://portal.example'],
};
const CLIENTS: Readonly<Record<string, Client>> = {
  portal: PORTAL,
  shop: { client_name: 'Shop', trusted: true },
  feed: { client_name: 'Feed', trusted: true },
};

const treeOf = (clients: Readonly<Record<string, Client>>, workspace: JsonObject = {}): JsonObject => ({
  name: 'Acme',
  servers: { main: { name: 'Main', clients, ...workspace } },
});

const each = (change: (client: Client) => Client, clients = CLIENTS): Record<string, Client> =>
  Object.fromEntries(Object.entries(clients).map(([id, client]) => [id, change(client)]));

const without = (name: string) => (client: Client) =>
  Object.fromEntries(Object.entries(client).filter(([each]) => each !== name));

const BACKUP = treeOf(CLIENTS);
const ATTACKED = { ...PORTAL, redirect_uris: ['https://attacker.example'] };

const planned = (live: JsonObject, desired = BACKUP, options = {}) =>
  planChanges(desired, live, { mode: 'update', acrossReleases: true, ...options });

const warned = ({ warnings }: { warnings: readonly { code: string; message: string }[] }) =>
  warnings.map(({ code, message }) => `${code}: ${message}`);

/** What every object gets by the release, and whether it is worth a word: a server of typed fields writes these for missing ones. */
const ADDED: readonly (readonly [what: string, value: Json, isTold: boolean])[] = [
  ['false', false, false],
  ['0', 0, false],
  ['a duration of zero', '0s', false],
  ['an empty text', '', false],
  ['null', null, false],
  ['an empty list', [], false],
  ['an object of nothing but these', { a: false, b: { c: 0 } }, false],
  ['true', true, true],
  ['a number', 3600, true],
  ['a text', 'front_channel', true],
  ['a list', ['a', 'b'], true],
  ['an object', { enabled: true, mode: 'strict' }, true],
];

describe('a member that the release adds', () => {
  test.each(ADDED)('as %s is no difference, and is told once', (_, value, isTold) => {
    const plan = planned(treeOf(each((client) => ({ ...client, added: value }))));
    expect(plan).toMatchObject({ isEmpty: true, counts: { unchanged: 5 } });
    expect(warned(plan)).toEqual(
      isTold ? ["RELEASE_ADDS: this release adds added to every client (3): the tenant's values stay"] : [],
    );
  });

  test.each(ADDED)('as %s stays where a change beside it is put back', (_, value) => {
    const live = treeOf(each((client) => ({ ...client, added: value }), { ...CLIENTS, portal: ATTACKED }));
    const plan = planned(live);
    expect(plan.counts).toEqual({ unchanged: 4, updated: 1 });
    const { properties } = plan.changes.find(({ kind }) => kind === 'updated') ?? {};
    expect(properties?.map(({ pointer }) => pointer)).toEqual(['/servers/main/clients/portal/redirect_uris']);
    expect(plan.document).toEqual(treeOf({ portal: { ...PORTAL, added: value } }));
    expect(verifyTargetState(plan, plan.targetState).own.differences).toEqual([]);
  });

  test('is in no patch', () => {
    const live = treeOf(each((client) => ({ ...client, added: 'x' }), { ...CLIENTS, portal: ATTACKED }));
    const options = { format: 'merge', credentials: 'omit', acrossReleases: true } as const;
    const { patch } = patchBetween(live, BACKUP, options);
    expect(patch).toEqual({
      servers: { main: { clients: { portal: { redirect_uris: PORTAL.redirect_uris } } } },
    });
  });

  test('inside of another member, and in the elements of lists, is one as well', () => {
    const withParts = (part: JsonObject) =>
      treeOf(
        each((client) => ({ ...client, privacy: { level: 'high', ...part }, parts: [{ n: 1, ...part }] })),
      );
    const plan = planned(withParts({ added: 'x' }), withParts({}));
    expect(plan.isEmpty).toBe(true);
    expect(warned(plan)).toEqual([
      "RELEASE_ADDS: this release adds privacy.added to every client (3): the tenant's values stay",
      "RELEASE_ADDS: this release adds parts.*.added to every client (3): the tenant's values stay",
    ]);
  });

  test('is named where a value stands out, which nobody hides in it', () => {
    const clients = each((client) => ({ ...client, added: 'safe' }));
    const plan = planned(treeOf({ ...clients, portal: { ...PORTAL, added: 'unsafe' } }));
    expect(plan.isEmpty).toBe(true);
    expect(warned(plan)[1]).toBe(
      'NOT_IN_BACKUP: added of client has another value on /servers/main/clients/portal than on most: not in the backup; check it',
    );
  });

  test('may be shown of what is made, and of what was sent without, and is then named', () => {
    const { feed: _, ...others } = CLIENTS;
    const live = treeOf(each((client) => ({ ...client, added: 'x' }), others));
    const plan = planned(live);
    expect(plan.counts).toEqual({ unchanged: 4, created: 1 });
    const after = treeOf(each((client) => ({ ...client, added: 'x' })));
    const { own, insisted } = verifyTargetState(plan, after);
    expect(own).toMatchObject({ compared: 5, equal: 5, differences: [] });
    expect(insisted).toMatchObject([
      { change: 'added', member: '/added', standingOut: ['/servers/main/clients/feed'] },
    ]);
  });
});

describe('a member that the release withdraws', () => {
  test('is no difference, and is told once', () => {
    const live = treeOf(each(without('trusted')));
    const plan = planned(live);
    expect(plan).toMatchObject({ document: null, counts: { unchanged: 5 }, targetState: live });
    expect(warned(plan)).toEqual([
      'RELEASE_WITHDRAWS: no client shows trusted any more, which 3 had in the backup: this release withdraws it, or someone removed it from all of them',
    ]);
  });

  test('is sent with the whole tenant, in case somebody removed it, and may be there afterwards or not', () => {
    const plan = planned(treeOf(each(without('trusted'))));
    expect(plan).toMatchObject({ isEmpty: false, whole: BACKUP });
    for (const after of [plan.targetState, BACKUP]) {
      expect(verifyTargetState(plan, after).own).toMatchObject({ compared: 5, equal: 5 });
    }
  });

  test('does not hide a change beside it', () => {
    const plan = planned(treeOf(each(without('trusted'), { ...CLIENTS, portal: ATTACKED })));
    expect(plan.document).toEqual(treeOf({ portal: without('trusted')(PORTAL) }));
  });

  test('though only some had it, is sent, and the proof takes that no object shows it', () => {
    const some = treeOf({ ...each(without('trusted')), portal: PORTAL });
    const live = treeOf(each(without('trusted')));
    const plan = planned(live, some);
    expect(plan.counts).toEqual({ unchanged: 4, updated: 1 });
    const { own, insisted } = verifyTargetState(plan, live);
    expect(own.differences).toEqual([]);
    expect(insisted).toMatchObject([{ change: 'withdrawn', member: '/trusted' }]);
  });

  test('is not proved where any object shows it', () => {
    const plan = planned(treeOf({ ...CLIENTS, portal: without('trusted')(PORTAL) }));
    const after = treeOf({ ...CLIENTS, portal: without('trusted')(PORTAL) });
    expect(verifyTargetState(plan, after).own.differences).toHaveLength(1);
  });
});

describe('what somebody changed is no drift:', () => {
  const some = { ...CLIENTS, portal: { ...PORTAL, added: 'x' } };
  test.each<[what: string, live: JsonObject, desired?: JsonObject]>([
    ['a member that one object has got', treeOf(some)],
    ['one that all but one have got', treeOf({ ...each((client) => ({ ...client, added: 'x' })), feed: {} })],
    ['one that another object had', treeOf(each((client) => ({ ...client, added: 'x' }))), treeOf(some)],
    [
      'one that was known empty',
      treeOf(each((client) => ({ ...client, added: 'x' }))),
      treeOf(each((client) => ({ ...client, added: null }))),
    ],
    [
      'one that is another on each',
      treeOf(each((client) => ({ ...client, added: client['client_name'] ?? '' }))),
    ],
    [
      'one of the only object of its type',
      treeOf({ portal: { ...PORTAL, added: 'x' } }),
      treeOf({ portal: PORTAL }),
    ],
    ['one that some have lost', treeOf({ ...CLIENTS, portal: without('trusted')(PORTAL) })],
    ['one that all have emptied', treeOf(each((client) => ({ ...client, trusted: false })))],
    [
      'a credential that all have got',
      treeOf(each((client) => ({ ...client, rotated_secrets: ['canary-known-to-an-attacker'] }))),
    ],
    [
      'JSON of the customer',
      treeOf(each((client) => ({ ...client, metadata: { added: 'x' } }))),
      treeOf(each((client) => ({ ...client, metadata: { team: 1 } }))),
    ],
    [
      'policies that are bound',
      treeOf(each((client) => ({ ...client, policy_execution_points: { added: 'x' } }))),
      treeOf(each((client) => ({ ...client, policy_execution_points: { a: 'b' } }))),
    ],
  ])('%s', (_, live, desired) => {
    const plan = planned(live, desired);
    expect(plan.isEmpty).toBe(false);
    expect(warned(plan).filter((warning) => warning.startsWith('RELEASE'))).toEqual([]);
  });

  test('anything, where both states are of one release', () => {
    const live = treeOf(each((client) => ({ ...client, added: 'x' })));
    expect(planned(live, BACKUP, { acrossReleases: false }).counts).toEqual({ unchanged: 2, updated: 3 });
    expect(compareTrees(BACKUP, live).differences).toHaveLength(3);
    expect(compareTrees(BACKUP, live, { acrossReleases: true })).toMatchObject({
      differences: [],
      drift: [{ change: 'added', type: 'client', member: '/added', objects: 3 }],
    });
  });
});

describe('in dumps', () => {
  const dumpOf = (change: JsonObject, name = 'A'): JsonObject => ({
    acrs: ['a', 'b', 'c'].map((id) => ({ id, tenant_id: 't', name: id === 'a' ? name : id, ...change })),
  });
  const usersOf = (change: JsonObject, status = 'active'): JsonObject => ({
    users: ['a', 'b', 'c'].map((id) => ({
      id,
      tenant_id: 't',
      user_pool_id: 'p',
      status: id === 'a' ? status : 'active',
      ...change,
    })),
  });
  const update = { mode: 'update', acrossReleases: true } as const;

  test.each([
    ['the system API', dumpOf],
    ['the identity API', usersOf],
  ] as const)('of %s, what the release adds stays, and a change beside it is put back', (_, of) => {
    const [good, live] = [of({}), of({ added: 'x' }, 'changed')];
    expect(planDumpChanges(good, of({ added: 'x' }), update)).toMatchObject({
      isEmpty: true,
      drift: [{ change: 'added', member: '/added', objects: 3 }],
    });
    const plan = planDumpChanges(good, live, update);
    expect(plan.counts).toEqual({ updated: 1, unchanged: 2 });
    expect(JSON.stringify(plan.document)).toContain('"added":"x"');
    expect(verifyDumpTargetState(plan, of({ added: 'x' })).own.differences).toEqual([]);
  });

  test('what the release withdraws is no difference', () => {
    const [older, newer] = [dumpOf({ known: 'x' }), dumpOf({})];
    expect(planDumpChanges(older, newer, update)).toMatchObject({ isEmpty: true });
    expect(compareDumps(older, newer, { driftOf: driftBetween(older, newer) })).toMatchObject({
      differences: [],
      drift: [{ change: 'withdrawn', type: 'acrs', member: '/known' }],
    });
  });
});
