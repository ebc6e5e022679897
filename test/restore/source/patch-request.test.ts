import { describe, expect, it } from 'vitest';
import type { Json } from '../../../functions/config/json/json.ts';
import { stringifyJson } from '../../../functions/config/json/json.ts';
import { parsePatch } from '../../../functions/restore/source/patch-request.ts';
import { failureOf } from '../../config/failure.ts';

const TREE = {
  name: 'Acme',
  features: { beta: { enabled: true } },
  servers: {
    shop: {
      name: 'Shop',
      enforce_pkce: false,
      clients: {
        web: { client_name: 'Web', response_types: ['code'], redirect_uris: ['https://a.example'] },
        old: { client_name: 'Old' },
      },
    },
    'desk/1~x': { name: 'Desk', color: '#fff', clients: { web: { client_name: 'Desk web' } } },
  },
};

const formatOf = (document: unknown) => (Array.isArray(document) ? 'rfc6902' : 'rfc7396');

/** Applies a document of a workspace, or of the tenant. */
const patched = (document: unknown, workspace?: string): typeof TREE =>
  parsePatch({ format: formatOf(document), document, workspace })(TREE as Json) as typeof TREE;

const WORKSPACE_DOCUMENTS: readonly (readonly [what: string, document: unknown, shop: unknown])[] = [
  ['a setting', { enforce_pkce: true }, { enforce_pkce: true }],
  [
    'a name',
    { clients: { web: { client_name: 'Portal' } } },
    { clients: { web: { client_name: 'Portal', response_types: ['code'] }, old: {} } },
  ],
  [
    'a list',
    { clients: { web: { response_types: ['token'] } } },
    { clients: { web: { response_types: ['token'] } } },
  ],
  [
    'an operation',
    [{ op: 'replace', path: '/clients/web/client_name', value: 'P' }],
    { clients: { web: { client_name: 'P' } } },
  ],
  [
    'an append',
    [{ op: 'add', path: '/clients/web/response_types/-', value: 'token' }],
    { clients: { web: { response_types: ['code', 'token'] } } },
  ],
  [
    'a test',
    [
      { op: 'test', path: '/name', value: 'Shop' },
      { op: 'add', path: '/color', value: '#000' },
    ],
    { color: '#000' },
  ],
  [
    'a copy',
    [{ op: 'copy', from: '/clients/web', path: '/clients/new' }],
    { clients: { new: { client_name: 'Web' } } },
  ],
  ['the whole', [{ op: 'replace', path: '', value: { name: 'Empty' } }], { name: 'Empty' }],
  [
    'shared members',
    { pools: {}, settings: { deactivated: true }, metadata: { a: 1 } },
    { settings: { deactivated: true } },
  ],
];

describe('a patch of a workspace', () => {
  it.each(WORKSPACE_DOCUMENTS)(
    'changes it as the same patch of the tenant would: %s',
    (_, document, shop) => {
      const { shop: after, ...others } = patched(document, 'shop').servers;
      expect(after).toMatchObject(shop as object);
      expect(others).toEqual({ 'desk/1~x': TREE.servers['desk/1~x'] });
      const ofTenant = Array.isArray(document)
        ? document.map(({ path, from, ...rest }) => ({
            ...rest,
            path: `/servers/shop${path}`,
            ...(from !== undefined && { from: `/servers/shop${from}` }),
          }))
        : { servers: { shop: document } };
      expect(patched(document, 'shop')).toEqual(patched(ofTenant));
    },
  );

  it('deletes as the patch says', () => {
    for (const document of [{ clients: { old: null } }, [{ op: 'remove', path: '/clients/old' }]]) {
      expect(Object.keys(patched(document, 'shop').servers.shop.clients)).toEqual(['web']);
    }
  });

  it.each([
    [{ clients: { web: { client_name: 'D' } } }],
    [[{ op: 'move', from: '/color', path: '/clients/web/client_name' }]],
  ])('finds a workspace whose id needs escapes: %j', (document) => {
    expect(patched(document, 'desk/1~x').servers['desk/1~x'].clients.web.client_name).toMatch(/D|#fff/);
  });

  it('keeps the digits of its numbers', () => {
    const document = '{"metadata":{"n":12345678901234567891,"f":1.00}}';
    const apply = parsePatch({ format: 'rfc7396', document, workspace: 'shop' });
    expect(stringifyJson(apply(TREE as Json))).toContain('"metadata":{"n":12345678901234567891,"f":1');
  });

  it('refuses a workspace that the tenant lacks', () => {
    for (const workspace of ['Shop', 'desk', '__proto__', 'constructor']) {
      expect(failureOf(() => patched({ name: 'x' }, workspace))).toMatchObject({
        code: 'INVALID_REQUEST',
        message: `workspace must be one of the 2 of the export, got "${workspace}"`,
      });
    }
  });
});

describe('a patch of the other form', () => {
  const toWorkspace = (name: string) =>
    `patch: "${name}" belongs to a workspace: add --workspace (patch.workspace)`;
  const toTenant = (name: string) =>
    `patch: "${name}" belongs to the tenant: omit --workspace (patch.workspace)`;

  it.each<[document: unknown, workspace: string | undefined, message: string]>([
    [{ clients: { web: null } }, undefined, toWorkspace('clients')],
    [{ name: 'Acme', idps: {} }, undefined, toWorkspace('idps')],
    [{ access_token_ttl: '1h0m0s' }, undefined, toWorkspace('access_token_ttl')],
    [{ enforce_pkce: true }, undefined, toWorkspace('enforce_pkce')],
    [{ color: null }, undefined, toWorkspace('color')],
    [[{ op: 'remove', path: '/clients/web' }], undefined, toWorkspace('clients')],
    [
      [{ op: 'copy', from: '/scripts/a', path: '/servers/shop/scripts/a' }],
      undefined,
      toWorkspace('scripts'),
    ],
    [[{ op: 'test', path: '/enforce_pkce', value: false }], undefined, toWorkspace('enforce_pkce')],
    [{ servers: { shop: { enforce_pkce: true } } }, 'shop', toTenant('servers')],
    [{ features: {} }, 'shop', toTenant('features')],
    [{ clients: {}, themes: {} }, 'shop', toTenant('themes')],
    [[{ op: 'add', path: '/servers/shop/color', value: 'x' }], 'shop', toTenant('servers')],
    [[{ op: 'move', from: '/mfa_methods/x', path: '/clients/x' }], 'shop', toTenant('mfa_methods')],
  ])('%j with the workspace %s is refused by its name', (document, workspace, message) => {
    expect(failureOf(() => patched(document, workspace))).toMatchObject({ code: 'INVALID_REQUEST', message });
  });

  it.each([
    { name: 'A', metadata: { a: 1 }, settings: {}, styling: {}, jwks: { keys: [] }, pools: {} },
    { a_member_of_a_later_release: 1 },
    { features: { beta: null }, servers: { shop: { color: 'x' } } },
  ])('is no tenant patch such as %j', (document) => {
    expect(patched(document)).toMatchObject({ name: expect.any(String) });
  });
});
