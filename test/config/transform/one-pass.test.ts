import { describe, expect, it } from 'vitest';
import { transformTree } from '../../../functions/config/transform/transform.ts';
import { parseTransform } from '../../../functions/config/transform/transform-schema.ts';
import { failureOf } from '../failure.ts';

const run = (declared: unknown, tree: unknown) => transformTree(tree as never, parseTransform(declared));

/** Transforms one text. */
function textOf(declared: unknown, text: string): unknown {
  const { tree } = run(declared, { servers: { main: { clients: { web: { policy_uri: text } } } } });
  return (tree as unknown as { servers: { main: { clients: { web: { policy_uri: string } } } } }).servers.main
    .clients.web.policy_uri;
}

describe('replacements of texts', () => {
  it.each<[what: string, declared: unknown, before: string, after: string]>([
    [
      'swap hosts',
      { hosts: { 'blue.example': 'green.example', 'green.example': 'blue.example' } },
      'https://blue.example/a https://green.example/b',
      'https://green.example/a https://blue.example/b',
    ],
    [
      'do not follow a chain of hosts',
      { hosts: { 'a.example': 'b.example', 'b.example': 'c.example' } },
      'a.example, b.example',
      'b.example, c.example',
    ],
    [
      'do not follow it in the other order',
      { hosts: { 'b.example': 'c.example', 'a.example': 'b.example' } },
      'a.example, b.example',
      'b.example, c.example',
    ],
    [
      'rotate three hosts',
      { hosts: { 'a.example': 'b.example', 'b.example': 'c.example', 'c.example': 'a.example' } },
      'a.example b.example c.example',
      'b.example c.example a.example',
    ],
    [
      'swap texts',
      {
        replace: [
          { from: 'blue', to: 'green' },
          { from: 'green', to: 'blue' },
        ],
      },
      'blue green blue',
      'green blue green',
    ],
    [
      'do not follow a chain of texts',
      {
        replace: [
          { from: 'one', to: 'two' },
          { from: 'two', to: 'three' },
        ],
      },
      'one two',
      'two three',
    ],
    [
      'do not replace a text within a new host',
      { hosts: { 'a.example': 'blue.example' }, replace: [{ from: 'blue', to: 'red' }] },
      'a.example is blue',
      'blue.example is red',
    ],
    [
      'do not replace a host within a new text',
      { hosts: { 'b.example': 'c.example' }, replace: [{ from: 'HERE', to: 'b.example' }] },
      'HERE, b.example',
      'b.example, c.example',
    ],
    [
      'do not replace a text within a new id of the tenant',
      { tenant: { id: { from: 'stage', to: 'prod' } }, replace: [{ from: 'prod', to: 'xxx' }] },
      'https://h.example/stage/x prod',
      'https://h.example/prod/x xxx',
    ],
    [
      'swap the tenant and a workspace of one path',
      { tenant: { id: { from: 'one', to: 'two' } }, ids: { workspaces: { two: 'one' } } },
      'https://h.example/one/two/oauth2',
      'https://h.example/two/one/oauth2',
    ],
    [
      'swap workspaces in paths',
      { ids: { workspaces: { one: 'two', two: 'one' } } },
      'https://h.example/t/one/x https://h.example/t/two/x',
      'https://h.example/t/two/x https://h.example/t/one/x',
    ],
    [
      'find a host in any case',
      { hosts: { 'BLUE.Example.com': 'green.example' } },
      'https://blue.EXAMPLE.com/CB',
      'https://green.example/CB',
    ],
    [
      'find a host after characters that grow in lower case',
      { hosts: { 'blue.example': 'green.example' } },
      'İİ https://Blue.example/İ',
      'İİ https://green.example/İ',
    ],
    [
      'take the longest of two that begin together',
      { hosts: { 'a.example': 'short.example', 'a.example:8443': 'long.example' } },
      'a.example:8443 a.example',
      'long.example short.example',
    ],
    [
      'write the signs of a replacement as they are',
      { replace: [{ from: 'price', to: '$& $1' }] },
      'price',
      '$& $1',
    ],
  ])('%s', (_, declared, before, after) => {
    expect(textOf(declared, before)).toBe(after);
  });

  it('refuses one host in two cases', () => {
    const failure = failureOf(() => parseTransform({ hosts: { 'a.example': 'b', 'A.example': 'c' } }));
    expect(failure.message).toBe('transform: hosts must name each host once, in upper or lower case');
  });
});

const TWO = {
  settings: { default_workspace_id: 'a' },
  servers: {
    a: {
      name: 'A',
      settings: { default_client_id: 'x' },
      clients: { x: { client_name: 'X' }, y: { client_name: 'Y' } },
      policies: { block_a_api: { policy_name: 'of a' } },
      servers_bindings: { b: true },
      gateways: { g: { name: 'G', client_id: 'x', token_exchange_client_id: 'y' } },
      script_execution_points: { token_minting: { a: { script_id: 's' } } },
      scripts: { s: { name: 'S' } },
    },
    b: { name: 'B', parent_id: 'a', policies: { block_b_api: { policy_name: 'of b' } } },
  },
};

describe('ids', () => {
  it('of two workspaces swap, with their default ids and all that names them', () => {
    const { tree, warnings } = run({ ids: { workspaces: { a: 'b', b: 'a' } } }, TWO);
    expect(warnings).toEqual([]);
    expect(tree).toMatchObject({
      settings: { default_workspace_id: 'b' },
      servers: {
        b: {
          name: 'A',
          policies: { block_b_api: { policy_name: 'of a' } },
          servers_bindings: { a: true },
          script_execution_points: { token_minting: { b: { script_id: 's' } } },
        },
        a: { name: 'B', parent_id: 'b', policies: { block_a_api: { policy_name: 'of b' } } },
      },
    });
  });

  it('of workspaces move in a chain', () => {
    const { tree } = run({ ids: { workspaces: { a: 'b', b: 'c' } } }, TWO);
    expect(tree).toMatchObject({ servers: { b: { name: 'A' }, c: { name: 'B', parent_id: 'b' } } });
    expect(Object.keys(tree['servers'] as object)).toEqual(['b', 'c']);
  });

  it('of two clients swap, with all that names them', () => {
    const { tree } = run({ ids: { clients: { x: 'y', y: 'x' } } }, TWO);
    expect(tree).toMatchObject({
      servers: {
        a: {
          settings: { default_client_id: 'y' },
          clients: { y: { client_name: 'X' }, x: { client_name: 'Y' } },
          gateways: { g: { client_id: 'y', token_exchange_client_id: 'x' } },
        },
      },
    });
  });

  it('are no texts, before and after they are renamed', () => {
    const { tree } = run(
      { ids: { clients: { x: 'portal' } }, replace: [{ from: 'portal', to: 'door' }] },
      TWO,
    );
    expect(tree).toMatchObject({ servers: { a: { settings: { default_client_id: 'portal' } } } });
    const ofTexts = run(
      { replace: [{ from: 'web-client', to: 'other' }] },
      {
        servers: {
          a: {
            settings: { default_client_id: 'web-client' },
            clients: { 'web-client': { client_name: 'web-client' } },
          },
        },
      },
    );
    expect(ofTexts.tree).toEqual({
      servers: {
        a: {
          settings: { default_client_id: 'web-client' },
          clients: { 'web-client': { client_name: 'other' } },
        },
      },
    });
  });

  it.each<[what: string, ids: unknown, tree: unknown, place: string]>([
    ['two workspaces', { workspaces: { a: 'b' } }, TWO, '/servers/b'],
    ['two clients', { clients: { x: 'y' } }, TWO, '/servers/a/clients/y'],
    [
      'two policies by the id of their workspace',
      { workspaces: { a: 'c' } },
      { servers: { a: { policies: { block_a_api: {}, block_c_api: {} } } } },
      '/servers/c/policies/block_c_api',
    ],
    [
      'two services by it',
      { workspaces: { a: 'c' } },
      { servers: { a: { services: { 'c-oauth2': {}, 'a-oauth2': {} } } } },
      '/servers/c/services/c-oauth2',
    ],
    [
      'two script points',
      { clients: { x: 'y' } },
      {
        servers: {
          a: {
            script_execution_points: {
              client_token_minting: { x: { script_id: 's' }, y: { script_id: 's' } },
            },
          },
        },
      },
      '/servers/a/script_execution_points/client_token_minting/y',
    ],
  ])('refuse to make one of %s', (_, ids, tree, place) => {
    expect(failureOf(() => run({ ids }, tree))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `transform: two objects would be called ${place}`,
    });
  });
});

describe('an entry that matches nothing', () => {
  it.each<[declared: unknown, entry: string]>([
    [{ hosts: { 'a.example': 'b.example' } }, '/hosts/a.example'],
    [{ tenant: { id: { from: 'stage', to: 'prod' } } }, '/tenant/id'],
    [{ ids: { workspaces: { nowhere: 'c' } } }, '/ids/workspaces/nowhere'],
    [{ ids: { clients: { 'no/one': 'c' } } }, '/ids/clients/no~1one'],
    [{ replace: [{ from: 'elsewhere', to: '' }] }, '/replace/0'],
    [{ drop: [{ resourceType: 'webhooks' }] }, '/drop/0'],
    [
      {
        replace: [
          { from: 'of a', to: 'of A' },
          { from: 'f a', to: '-' },
        ],
      },
      '/replace/1',
    ],
  ])('is named: %j', (declared, entry) => {
    expect(run(declared, TWO).warnings).toEqual([
      {
        code: 'TRANSFORM_UNMATCHED',
        pointers: [entry],
        message: `1 entries of the transform match nothing: ${entry}`,
      },
    ]);
  });

  it('is not one that matches only a name in an id, a URL or an object', () => {
    const declared = {
      tenant: { id: { from: 'stage', to: 'prod' }, name: 'P' },
      hosts: { 'a.example': 'b.example' },
      ids: { workspaces: { main: 'other' }, clients: { web: 'door' } },
      drop: [{ ids: ['old-*'] }],
    };
    const tree = {
      name: 'S',
      servers: { main: { clients: { web: { policy_uri: 'https://a.example/stage/main' }, 'old-1': {} } } },
    };
    expect(run(declared, tree).warnings).toEqual([]);
  });

  it('leaves a name alone that the transform itself gives', () => {
    const tree = { servers: { main: { clients: { web: { policy_uri: 'a.example b.example' } } } } };
    const swap = { hosts: { 'a.example': 'b.example', 'b.example': 'a.example' } };
    expect(run(swap, tree).warnings).toEqual([]);
  });
});
