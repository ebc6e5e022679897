import { describe, expect, test } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { cutTree, objectsNeeded } from '../../../functions/config/change/cut-tree.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { objectsOf } from '../../../functions/config/model/objects.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import { demoTenants } from '../../../scripts/demo/tenants.ts';

/** Trees that were cut to a selection: what a restore of them may say, and what it may delete. */

const TREES = demoTenants().map(({ tree }) => tree as Json);
const EMPTY: Json = { servers: {} };

const SELECTIONS: readonly (readonly [what: string, selection: object])[] = [
  ['a client', [{ resourceType: 'client', ids: ['*a*'] }]],
  ['clients by their names', [{ resourceType: 'clients', resourceQuery: { client_name: '*a*' } }]],
  ['a workspace', [{ workspaces: ['system'] }]],
  ['all but the clients', { include: [], exclude: [{ resourceType: 'client' }] }],
  [
    'services and themes',
    [{ resourceType: 'service' }, { resourceType: 'theme' }, { ids: ['*'], workspaces: ['c*'] }],
  ],
  ['settings of workspaces', [{ resourceType: 'server' }]],
];

const cutTo = (tree: Json, selection: object): Json =>
  cutTree(tree, objectsNeeded(tree, parseSelection(selection)).pointers);

describe.each(SELECTIONS)('a tree that is cut to %s', (_what, selection) => {
  const chosen = parseSelection(selection);
  const options = { mode: 'update', selection: chosen, covers: chosen, prune: true } as const;

  test.each(TREES.map((tree, index) => [index, tree] as const))(
    'changes nothing in its own tenant: %i',
    (_i, tree) => {
      const changes = planChanges(cutTo(tree, selection), tree, options);
      expect(changes).toMatchObject({ isEmpty: true, problems: [] });
      expect(changes.selected.size).toBeGreaterThan(0);
    },
  );

  test.each(TREES.map((tree, index) => [index, tree] as const))(
    'makes in an empty tenant what the whole tree would: %i',
    (_i, tree) => {
      const [ofCut, ofWhole] = [cutTo(tree, selection), tree].map(
        (desired) => planChanges(desired, EMPTY, { mode: 'update', selection: chosen }).targetState,
      );
      expect(ofCut).toEqual(ofWhole);
    },
  );

  test('has every object as the whole tree has it', () => {
    for (const tree of TREES) {
      const whole = new Map([...objectsOf(tree)].map(({ pointer, body }) => [pointer, body]));
      for (const { pointer, body } of objectsOf(cutTo(tree, selection))) {
        expect(body, pointer).toEqual(whole.get(pointer));
      }
    }
  });
});

/** A tenant as it was when the tree was made. */
const BEFORE: Json = {
  servers: {
    main: {
      name: 'Main',
      clients: {
        a: { client_name: 'Portal A', scopes: ['x'] },
        b: { client_name: 'Other' },
      },
      webhooks: { hook: { url: 'https://hook.example/' } },
    },
    second: { name: 'Second', clients: { c: { client_name: 'Portal C' } } },
  },
};

type Tenant = {
  servers: Record<
    string,
    { name?: string; clients: Record<string, object>; webhooks?: Record<string, object> }
  >;
};

/** What a restore of a cut tree deletes from a tenant that changed since. */
function prunedAfter(
  selection: object,
  change: (live: Tenant) => void,
  request: object = selection,
): string[] {
  const live = structuredClone(BEFORE) as unknown as Tenant;
  change(live);
  const { changes } = planChanges(cutTo(BEFORE, selection), live as unknown as Json, {
    mode: 'update',
    prune: true,
    selection: parseSelection(request),
    covers: parseSelection(selection),
  });
  return changes.filter(({ kind }) => kind === 'pruned').map(({ pointer }) => pointer);
}

const MAIN = '/servers/main';
const CLIENTS = [{ resourceType: 'client' }];
const PORTALS = [{ resourceType: 'client', resourceQuery: { client_name: 'Portal*' } }];
const addClient = ({ servers: { main } }: Tenant): void => {
  if (main) main.clients['new'] = { client_name: 'Portal New' };
};

describe('a restore of a cut tree deletes', () => {
  test.each<[what: string, selection: object, change: (live: Tenant) => void, pruned: string[]]>([
    ['what was added of a selected type', CLIENTS, addClient, [`${MAIN}/clients/new`]],
    [
      'what was added to a selected workspace',
      [{ workspaces: ['main'] }],
      addClient,
      [`${MAIN}/clients/new`],
    ],
    [
      'what was added under a selected id',
      [{ ids: ['ne*'] }, { ids: ['a'] }],
      addClient,
      [`${MAIN}/clients/new`],
    ],
    [
      'a workspace that was added, of all',
      [{ resourceType: 'server' }, ...CLIENTS, { resourceType: 'webhook' }],
      ({ servers }) => Object.assign(servers, { third: { name: 'Third', clients: {} } }),
      ['/servers/third'],
    ],
    ['nothing of another type', [{ resourceType: 'webhook' }], addClient, []],
    ['nothing of another workspace', [{ workspaces: ['second'] }], addClient, []],
    ['nothing that an exclusion covers', { include: CLIENTS, exclude: [{ ids: ['new'] }] }, addClient, []],
    // Whether it existed, and with another name, the tree does not tell.
    ['nothing that matches a query now', PORTALS, addClient, []],
    [
      'nothing that got a name of the query since',
      PORTALS,
      ({ servers }) => Object.assign(servers['main']?.clients['b'] ?? {}, { client_name: 'Portal B' }),
      [],
    ],
    [
      'nothing that lost the name of an exclusion since',
      { include: CLIENTS, exclude: [{ resourceType: 'client', resourceQuery: { client_name: 'Other' } }] },
      ({ servers }) => Object.assign(servers['main']?.clients['b'] ?? {}, { client_name: 'Renamed' }),
      [],
    ],
  ])('%s', (_what, selection, change, pruned) => {
    expect(prunedAfter(selection, change)).toEqual(pruned);
  });

  test.each<[what: string, selection: object, request: object, pruned: string[]]>([
    ['nothing outside of the cut', [{ workspaces: ['second'] }], CLIENTS, []],
    ['nothing outside of the request', CLIENTS, [{ ids: ['a'] }], []],
    ['what both select', CLIENTS, [{ workspaces: ['main'] }], [`${MAIN}/clients/new`]],
    ['what both select, if the request queries', CLIENTS, PORTALS, [`${MAIN}/clients/new`]],
    ['nothing if the cut was a query', PORTALS, CLIENTS, []],
  ])('%s, if the request selects as well', (_what, selection, request, pruned) => {
    expect(prunedAfter(selection, addClient, request)).toEqual(pruned);
  });
});

describe('a comparison shows as added since a cut tree was made', () => {
  test.each<[what: string, cut: object, request: object, added: string[]]>([
    ['what the cut would hold', CLIENTS, CLIENTS, [`${MAIN}/clients/new`]],
    ['nothing that the cut leaves out', [{ workspaces: ['second'] }], CLIENTS, []],
    ['what both select', CLIENTS, [{ workspaces: ['main'] }], [`${MAIN}/clients/new`]],
    ['nothing that a query of the cut may have left out', PORTALS, PORTALS, []],
    ['nothing of what the cut excluded', { include: [], exclude: CLIENTS }, [{ workspaces: ['main'] }], []],
  ])('%s', (_what, cut, request, added) => {
    const live = structuredClone(BEFORE) as unknown as Tenant;
    addClient(live);
    const { changes } = planChanges(live as unknown as Json, cutTo(BEFORE, cut), {
      mode: 'update',
      prune: true,
      selection: parseSelection(request),
      liveCovers: parseSelection(cut),
    });
    expect(changes.flatMap(({ kind, pointer }) => (kind === 'created' ? [pointer] : []))).toEqual(added);
  });
});

test('settings of an owner stay, though the tree holds them', () => {
  const live = structuredClone(BEFORE) as unknown as Tenant;
  Object.assign(live.servers['main'] ?? {}, { name: 'Renamed since' });
  const selection = parseSelection(CLIENTS);
  const { isEmpty } = planChanges(cutTo(BEFORE, CLIENTS), live as unknown as Json, {
    mode: 'update',
    selection,
    covers: selection,
  });
  expect(isEmpty).toBe(true);
});

test.each<[what: string, exclude: object[], named: string]>([
  ['a workspace', [{ resourceType: 'server', ids: ['main'] }], '/servers/main'],
  ['a workspace by its name', [{ resourceType: 'server', resourceQuery: { name: 'Main' } }], '/servers/main'],
  ['the tenant', [{ resourceType: 'tenant' }], 'the tenant'],
])('no selection excludes the owner of what it includes: %s', (_what, exclude, named) => {
  expect(() => cutTo(BEFORE, { include: CLIENTS, exclude })).toThrow(
    `selection of a backup must not exclude ${named}, which holds selected objects`,
  );
});

test('what only the tree of themes holds is the tree of a tenant', () => {
  const tree: Json = {
    name: 'Acme',
    themes: { dark: { name: 'Dark' } },
    servers: { main: { name: 'Main' } },
  };
  expect(cutTo(tree, [{ resourceType: 'theme' }])).toEqual({
    name: 'Acme',
    themes: { dark: { name: 'Dark' } },
    servers: {},
  });
});
