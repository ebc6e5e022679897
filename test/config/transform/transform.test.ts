import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import { transformTree } from '../../../functions/config/transform/transform.ts';
import { parseTransform } from '../../../functions/config/transform/transform-schema.ts';
import { CANARY, type Tree, tenant } from '../arbitraries.ts';
import { consistentTenant } from '../consistent-tenant.ts';
import { countReferences, danglingOf } from '../dangling.ts';
import { failureOf } from '../failure.ts';

const TREE = {
  name: 'Staging',
  url: 'https://staging.example.com/staging',
  jwks: { keys: [{ kty: 'EC', kid: 'a', x: 'x', d: 'canary-tenant-key' }] },
  settings: { default_workspace_id: 'customers' },
  servers: {
    system: {
      name: 'System',
      clients: { worker: { client_name: 'Worker', client_secret: 'canary-worker' } },
    },
    customers: {
      name: 'Customers',
      secret: 'canary-workspace',
      settings: { default_client_id: 'portal' },
      clients: {
        portal: {
          client_name: 'Portal',
          client_secret: 'canary-portal-staging.example.com',
          redirect_uris: [
            'https://portal.staging.example.com/callback',
            'https://staging.example.com/staging/customers/oauth2/callback',
            'http://staging.example.com:8443/other/customers',
          ],
          jwks: { keys: [{ kty: 'RSA', kid: 'public', n: 'abc', e: 'AQAB' }] },
          policy_execution_points: { client_user_token: 'block_customers_api' },
        },
      },
      idps: {
        corporate: {
          name: 'Corporate',
          credentials: { oidc: { client_secret: 'canary-upstream' } },
          client: { client_id: 'portal', client_secret: 'canary-embedded' },
        },
      },
      services: { 'customers-oauth2': { name: 'OAuth 2' }, orders: { name: 'Orders' } },
      policies: { block_customers_api: { policy_name: 'Block', definition: 'host = "staging.example.com"' } },
      scripts: { enrich: { name: 'Enrich', body: 'return "customers";' } },
      script_execution_points: { token_minting: { customers: { script_id: 'enrich' } } },
      servers_bindings: { customers: true },
      webhooks: { audit: { url: 'https://hooks.staging.example.com', api_key: 'canary-hook' } },
    },
  },
};

const transform = (declared: unknown, tree: unknown = TREE, options = {}) =>
  transformTree(tree as never, parseTransform(declared), options) as Omit<
    ReturnType<typeof transformTree>,
    'tree'
  > & {
    tree: Tree;
  };

describe('transformTree', () => {
  test('changes nothing if nothing is declared', () => {
    fc.assert(
      fc.property(tenant, (tree) => {
        const before = structuredClone(tree);
        const { tree: result, warnings, dropped } = transform({}, tree);
        expect(result).toEqual(before);
        expect(tree).toEqual(before);
        expect({ warnings, dropped }).toEqual({ warnings: [], dropped: [] });
      }),
      { numRuns: 40 },
    );
  });

  test('keeps every reference, whatever is called otherwise', () => {
    const ids = {
      workspaces: { workspace: 'elsewhere', __proto__: 'x' },
      clients: { plain: 'other-client', 'a/b': 'c/d~' },
    };
    fc.assert(
      fc.property(consistentTenant, ({ tree }) => {
        const { tree: result } = transform({ ids }, tree);
        expect(danglingOf(result)).toEqual([]);
        expect(countReferences(result)).toBe(countReferences(tree));
        const back = {
          workspaces: { elsewhere: 'workspace' },
          clients: { 'other-client': 'plain', 'c/d~': 'a/b' },
        };
        expect(compareTrees(tree, transform({ ids: back }, result).tree).differences).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('gives a workspace another id, with the ids of defaults that hold it, and everything that names them', () => {
    const { tree } = transform({
      ids: { workspaces: { customers: 'clientele' }, clients: { portal: 'door' } },
    });
    const { clientele } = tree.servers;
    expect(Object.keys(tree.servers)).toEqual(['system', 'clientele']);
    expect(tree.settings.default_workspace_id).toBe('clientele');
    expect(clientele.settings.default_client_id).toBe('door');
    expect(Object.keys(clientele.services)).toEqual(['clientele-oauth2', 'orders']);
    expect(Object.keys(clientele.policies)).toEqual(['block_clientele_api']);
    expect(clientele.clients.door.policy_execution_points).toEqual({
      client_user_token: 'block_clientele_api',
    });
    expect(clientele.script_execution_points).toEqual({
      token_minting: { clientele: { script_id: 'enrich' } },
    });
    expect(clientele.servers_bindings).toEqual({ clientele: true });
    expect(clientele.idps.corporate.client.client_id).toBe('door');
    expect(clientele.clients.door.redirect_uris[1]).toBe(
      'https://staging.example.com/staging/clientele/oauth2/callback',
    );
  });

  it('replaces hosts, tenant and texts, but never within a credential', () => {
    const { tree } = transform({
      tenant: { id: { from: 'staging', to: 'production' }, name: 'Production' },
      hosts: {
        'staging.example.com': 'login.example.com',
        'portal.staging.example.com': 'portal.example.com',
      },
      replace: [{ from: 'Customers', to: 'Clients' }],
    });
    const { customers } = tree.servers;
    expect(tree).toMatchObject({ name: 'Production', url: 'https://login.example.com/production' });
    expect(customers.name).toBe('Clients');
    expect(customers.clients.portal.redirect_uris).toEqual([
      'https://portal.example.com/callback',
      'https://login.example.com/production/customers/oauth2/callback',
      'http://login.example.com:8443/other/customers',
    ]);
    expect(customers.policies.block_customers_api.definition).toBe('host = "login.example.com"');
    expect(customers.clients.portal.client_secret).toBe('canary-portal-staging.example.com');
    // Another host, which only ends alike.
    expect(customers.webhooks.audit.url).toBe('https://hooks.staging.example.com');
  });

  it('names what is left of the source, credentials by their places alone', () => {
    const { warnings } = transform({ tenant: { id: { from: 'staging', to: 'production' } } });
    expect(warnings.map(({ code, pointers }) => [code, pointers])).toEqual([
      [
        'SOURCE_MENTIONED',
        [
          '/servers/customers/clients/portal/client_secret',
          '/servers/customers/clients/portal/redirect_uris/0',
          '/servers/customers/clients/portal/redirect_uris/1',
          '/servers/customers/clients/portal/redirect_uris/2',
          '/servers/customers/policies/block_customers_api/definition',
          '/servers/customers/webhooks/audit/url',
          '/url',
        ],
      ],
    ]);
    expect(JSON.stringify(warnings)).not.toContain(CANARY);
  });

  it('drops what is not to be restored there', () => {
    const { tree, dropped } = transform({ drop: [{ resourceType: 'webhooks' }, { workspaces: ['system'] }] });
    expect(dropped).toEqual([
      '/servers/system',
      '/servers/system/clients/worker',
      '/servers/customers/webhooks/audit',
    ]);
    expect(Object.keys(tree.servers)).toEqual(['customers']);
    expect(tree.servers.customers.webhooks).toBeUndefined();
  });

  it('leaves out credentials that SecureAuth makes anew, and names those that it cannot make', () => {
    const { tree, warnings } = transform({ credentials: 'regenerate' });
    expect(JSON.stringify(tree)).not.toContain(CANARY);
    expect(tree.servers.customers.clients.portal.jwks).toEqual(TREE.servers.customers.clients.portal.jwks);
    expect(tree.jwks).toBeUndefined();
    expect(warnings).toEqual([
      {
        code: 'CREDENTIALS_LOST',
        message: '2 credentials of other services have to be entered again',
        pointers: expect.arrayContaining([
          '/servers/customers/idps/corporate/credentials/oidc/client_secret',
          '/servers/customers/webhooks/audit/api_key',
        ]),
      },
    ]);
  });

  test('leaves no credential at all, in any tenant', () => {
    fc.assert(
      fc.property(tenant, (tree) => {
        expect(JSON.stringify(transform({ credentials: 'regenerate' }, tree).tree)).not.toContain(CANARY);
      }),
      { numRuns: 40 },
    );
  });

  it('puts credentials in their places that are given', () => {
    const place = '/servers/customers/idps/corporate/credentials/oidc/client_secret';
    const { tree, warnings, secretPointers } = transform({
      credentials: 'regenerate',
      credentialValues: { [place]: 'canary-given' },
    });
    expect(tree.servers.customers.idps.corporate.credentials.oidc.client_secret).toBe('canary-given');
    expect(secretPointers).toContain(place);
    expect(warnings[0]?.pointers).toEqual(['/servers/customers/webhooks/audit/api_key']);
  });

  it('says where secrets are that no table knows', () => {
    const tree = { servers: { customers: { name: 'C', future: { hidden: 'canary-hidden' } } } };
    const { secretPointers, tree: result } = transform(
      { ids: { workspaces: { customers: 'clientele' } }, credentials: 'regenerate' },
      tree,
      { secretPointers: ['/servers/customers/future/hidden'] },
    );
    expect(secretPointers).toEqual(['/servers/clientele/future/hidden']);
    expect(result).toEqual({ servers: { clientele: { name: 'C', future: {} } } });
  });

  it.each<[declared: unknown, message: string]>([
    [{ host: {} }, 'transform: unknown field "host"'],
    [{ replace: [{ from: 'ab', to: '' }] }, 'transform: replace.0.from must be at least 3 characters long'],
    [{ drop: [{ resourceType: 'widgets' }] }, 'transform: drop.0.resourceType must be one of '],
    [{ credentialValues: 'canary-value' }, 'transform: credentialValues must be a record'],
    [
      { ids: { workspaces: { customers: 'system' } } },
      'transform: two objects would be called /servers/system',
    ],
    [
      { credentialValues: { '/servers/nobody/secret': 'canary-value' } },
      'credentialValues must name places of the result',
    ],
  ])('refuses %j', (declared, message) => {
    const failure = failureOf(() => transform(declared));
    expect(failure.code).toBe('INVALID_REQUEST');
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain(CANARY);
  });
});
