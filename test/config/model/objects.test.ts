import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isContainer, type Json, member, setMember } from '../../../functions/config/json/json.ts';
import { parsePointer } from '../../../functions/config/json/pointer.ts';
import {
  countObjects,
  listObjects,
  objectsOf,
  type TreeObject,
} from '../../../functions/config/model/objects.ts';
import type { Shape } from '../../../functions/config/model/shape.ts';
import { anyJson } from '../any-json.ts';
import { type Tree, tenant, workspace } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';

const list = (tree: Json, shape?: Shape): TreeObject[] => [...objectsOf(tree, { shape })];

/** Put the bodies of all objects back in their places. */
function reassemble(objects: readonly TreeObject[]): Json {
  const holder: Record<string, Json> = {};
  for (const { pointer, body } of objects) {
    const keys = ['root', ...(parsePointer(pointer) ?? [])];
    const last = keys.pop() ?? '';
    let place = holder;
    for (const key of keys) {
      if (!isContainer(member(place, key))) setMember(place, key, {});
      place = member(place, key) as Record<string, Json>;
    }
    setMember(place, last, isContainer(body) && !Array.isArray(body) ? { ...body } : body);
  }
  return holder['root'] as Json;
}

describe('listObjects', () => {
  it.each(['tenant', 'workspace'] as const)('lists what objectsOf lists, of any JSON as a %s', (shape) => {
    const bare = (objects: readonly TreeObject[]) => objects.map(({ body: _, ...object }) => object);
    fc.assert(
      fc.property(fc.oneof(tenant, workspace, anyJson), (tree: Tree) => {
        expect(bare(listObjects(tree, { shape }))).toEqual(bare(list(tree, shape)));
      }),
    );
  });

  it('leaves the objects in the bodies of those that hold them', () => {
    const tree = { servers: { a: { clients: { b: { x: 1 } } } } };
    expect(listObjects(tree).map(({ body }) => body)).toEqual([
      tree,
      tree.servers.a,
      tree.servers.a.clients.b,
    ]);
  });
});

describe('objectsOf', () => {
  it('puts every bit of a tenant into exactly one object', () => {
    fc.assert(fc.property(tenant, (tree: Tree) => void expect(reassemble(list(tree))).toEqual(tree)));
  });

  it('puts every bit of any JSON into exactly one object', () => {
    const sections = fc.record(
      {
        servers: fc.dictionary(fc.constantFrom('a', '__proto__'), anyJson),
        clients: anyJson,
        claims: fc.dictionary(fc.constantFrom('a', ''), anyJson),
        themes: fc.dictionary(
          fc.string(),
          fc.record({ templates: anyJson, name: anyJson }, { requiredKeys: [] }),
        ),
        theme_binding: anyJson,
        servers_bindings: fc.dictionary(fc.string(), fc.constantFrom(true, false, null, '')),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(sections, fc.constantFrom<Shape>('tenant', 'workspace'), (tree, shape) => {
        expect(reassemble(list(tree as Json, shape))).toEqual(tree);
      }),
      { numRuns: 500 },
    );
  });

  it('names every object once, by its pointer', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const pointers = list(tree).map(({ pointer }) => pointer);
        expect(new Set(pointers).size).toBe(pointers.length);
      }),
    );
  });

  it('names type, id, workspace and pointer of each object, owners first', () => {
    const tree = {
      name: 'Acme',
      features: { beta: { enabled: true } },
      themes: { t: { name: 'T', templates: { 'pages/a.tmpl': { content: 'x' } } } },
      servers: {
        w: {
          name: 'W',
          clients: { c: { client_name: 'C' } },
          services: { s: { name: 'S', scopes: { email: { implicit: true } }, apis: { i: { path: '/' } } } },
          claims: { id_token: { sub: { source_path: 'sub' } } },
          script_execution_points: { token_minting: { w: { script_id: 'x' } } },
          servers_bindings: { other: true },
          policy_execution_points: { server_user_token: 'p' },
          theme_binding: { theme_id: 't' },
        },
      },
    };
    expect(list(tree).map(({ type, id, workspace, pointer }) => [type, id, workspace, pointer])).toEqual([
      ['tenant', '', undefined, ''],
      ['feature', 'beta', undefined, '/features/beta'],
      ['theme', 't', undefined, '/themes/t'],
      ['template', 'pages/a.tmpl', undefined, '/themes/t/templates/pages~1a.tmpl'],
      ['server', 'w', undefined, '/servers/w'],
      ['client', 'c', 'w', '/servers/w/clients/c'],
      ['service', 's', 'w', '/servers/w/services/s'],
      ['scope', 'email', 'w', '/servers/w/services/s/scopes/email'],
      ['api', 'i', 'w', '/servers/w/services/s/apis/i'],
      ['claim', 'id_token/sub', 'w', '/servers/w/claims/id_token/sub'],
      [
        'script_execution_point',
        'token_minting/w',
        'w',
        '/servers/w/script_execution_points/token_minting/w',
      ],
      ['servers_binding', 'other', 'w', '/servers/w/servers_bindings/other'],
      [
        'policy_execution_point',
        'server_user_token',
        'w',
        '/servers/w/policy_execution_points/server_user_token',
      ],
      ['theme_binding', 'theme_binding', 'w', '/servers/w/theme_binding'],
    ]);
    expect(list(tree)[0]?.body).toEqual({ name: 'Acme' });
    expect(list(tree)[4]?.body).toEqual({ name: 'W' });
  });

  it('counts no object where there is a null, a link to nothing, or an empty single', () => {
    const tree = {
      name: 'W',
      clients: { gone: null },
      policy_execution_points: { a: '', b: null },
      script_execution_points: { token_minting: { w: { script_id: '' } } },
      server_consent: { type: '', client: null },
      theme_binding: null,
    };
    expect(list(tree)).toEqual([{ type: 'server', id: '', pointer: '', body: tree }]);
  });

  it('counts an object that exists without any member', () => {
    expect(countObjects({ scopes_without_service: { a: {} }, clients: {} })).toEqual({ server: 1, scope: 1 });
  });

  it('leaves sections that it does not know in the body of their owner', () => {
    const tree = { servers: { w: { future: { a: { b: 1 } } } }, other: { c: {} } };
    expect(list(tree).map(({ body }) => body)).toEqual([{ other: { c: {} } }, { future: { a: { b: 1 } } }]);
  });
});

describe('countObjects', () => {
  it('counts as many objects as are listed', () => {
    fc.assert(
      fc.property(fc.oneof(tenant, workspace), (tree: Tree) => {
        const total = Object.values(countObjects(tree)).reduce((sum, count) => sum + count, 0);
        expect(total).toBe(list(tree).length);
      }),
    );
  });

  it('refuses what is neither a tenant nor a workspace', () => {
    expect(failureOf(() => countObjects({ error: 'forbidden' })).code).toBe('EXPORT_MALFORMED');
  });
});
