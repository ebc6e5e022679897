import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { dumpSelectionSchema, selectInDumps } from '../../../functions/config/change/dump-selection.ts';
import { dumpObjectsOf } from '../../../functions/config/model/dump-objects.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import { transformTree } from '../../../functions/config/transform/transform.ts';
import { parseTransform } from '../../../functions/config/transform/transform-schema.ts';

const ADDED = ['transfer.*', 'transfer.read', 'transfer.eur.admin', 'transfer.\\x'];

const treeWith = (names: readonly string[]) => ({
  servers: {
    main: {
      name: 'Main',
      scopes_without_service: Object.fromEntries(names.map((name) => [name, { display_name: name }])),
    },
  },
});

describe.each<[id: string, matched: readonly string[]]>([
  ['transfer.*', ADDED],
  ['transfer.\\*', ['transfer.*']],
  ['transfer.\\\\x', ['transfer.\\x']],
  ['transfer.\\x', ['transfer.\\x']],
  ['*.\\*', ['transfer.*']],
  ['transfer.read', ['transfer.read']],
])('the id %s', (id, matched) => {
  it('deletes what it matches in a tree, and nothing else', () => {
    const { changes } = planChanges(treeWith(['profile']), treeWith(['profile', ...ADDED]), {
      mode: 'update',
      credentials: 'restore',
      prune: true,
      selection: parseSelection([{ resourceType: 'scopes', ids: [id] }]),
    });
    const pruned = changes.filter(({ kind }) => kind === 'pruned').map((change) => change.id);
    expect(pruned).toEqual(matched);
  });

  it('is dropped by a transform', () => {
    const transform = parseTransform({ drop: [{ resourceType: 'scopes', ids: [id] }] });
    const { tree } = transformTree(treeWith(['profile', ...ADDED]), transform);
    expect(tree).toEqual(treeWith(['profile', ...ADDED.filter((name) => !matched.includes(name))]));
  });

  it('is selected in a dump', () => {
    const dump = {
      acrs: ADDED.map((name) => ({ tenant_id: 't', authorization_server_id: 'main', id: name })),
    };
    const isSelected = selectInDumps(
      [dump],
      dumpSelectionSchema.parse([{ resourceType: 'acrs', ids: [id] }]),
    );
    expect([...dumpObjectsOf(dump)].filter(isSelected).map((object) => object.id)).toEqual(matched);
  });
});

it('an excluding selector that matches nothing is named, as an including one is', () => {
  const tree = treeWith(ADDED);
  const selection = parseSelection({ exclude: [{ resourceType: 'scopes', ids: ['transfer.\\*\\*'] }] });
  const { warnings } = planChanges(tree, tree, { mode: 'update', selection });
  expect(warnings).toEqual([
    { code: 'UNMATCHED_SELECTOR', pointers: [], message: expect.stringContaining('"scope"') },
  ]);
});
