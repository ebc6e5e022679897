import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Json } from '../../../functions/config/json/json.ts';
import { shapeOf } from '../../../functions/config/model/shape.ts';
import { type Tree, tenant, workspace } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';

it('tells tenants from workspaces', () => {
  fc.assert(fc.property(tenant, (tree: Tree) => void expect(shapeOf(tree)).toBe('tenant')));
  fc.assert(fc.property(workspace, (tree: Tree) => void expect(shapeOf(tree)).toBe('workspace')));
});

it.each<[Json, string]>([
  [{ servers: {} }, 'tenant'],
  [{ servers: { w: {} }, clients: {}, from_the_future: 1 }, 'tenant'],
  [{ name: 'T', themes: {} }, 'tenant'],
  [{ name: 'W', clients: {}, from_the_future: 1 }, 'workspace'],
  [{ access_token_ttl: '1h0m0s' }, 'workspace'],
])('finds the shape of %j to be %s', (document, shape) => {
  expect(shapeOf(document)).toBe(shape);
});

it.each<[Json, string]>([
  [null, 'export must be an object, got null'],
  ['canary', 'export must be an object, got a string'],
  [[{ servers: {} }], 'export must be an object, got an array'],
  [{}, 'export must have members, got an empty object'],
  [{ servers: [{ id: 'w' }], tenants: [] }, 'export must be a tree, got a flat dump (servers is a list)'],
  [{ clients: [{ client_id: 'canary' }] }, 'export must be a tree, got a flat dump (clients)'],
  [
    { themes: {}, clients: {} },
    'export must be a tenant or a workspace, got members of both (themes, clients)',
  ],
  [
    { error: 'canary', status_code: 500 },
    'export must be a tenant or a workspace, got an object with none of their members (2 others)',
  ],
])('refuses %j', (document, message) => {
  const error = failureOf(() => shapeOf(document));
  expect(error.code).toBe('EXPORT_MALFORMED');
  expect(error.message).toBe(message);
});
