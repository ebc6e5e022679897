import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectsOf } from '../../../functions/config/model/objects.ts';
import { selectObjects } from '../../../functions/config/select/select-objects.ts';
import { EVERYTHING, parseSelection } from '../../../functions/config/select/selection.ts';
import { tenant } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';

const TREE = {
  name: 'Acme',
  features: { beta: { enabled: true } },
  pools: { people: { name: 'People' } },
  themes: { dark: { name: 'Dark', templates: { 'pages/index.tmpl': { content: 'x' } } } },
  servers: {
    customers: {
      name: 'Customers',
      secret: 'canary-workspace',
      clients: {
        portal: {
          client_name: 'Portal',
          client_secret: 'canary-portal',
          trusted: true,
          redirect_uris: ['https://portal.example/a', 'https://portal.example/b'],
          metadata: { 'team.name': 'web', callback: 'https://user:canary-pass@portal.example' },
        },
        shop: { client_name: 'Portal of the shop', trusted: false, redirect_uris: [] },
        batch: { client_name: 'Batch' },
      },
      services: {
        orders: { name: 'Orders', scopes: { 'orders.read': {} }, apis: { list: { method: 'GET' } } },
        billing: { name: 'Billing', scopes: { 'billing.read': {} } },
      },
      claims: { id_token: { sub: { source_path: 'sub' } } },
      gateways: { edge: { name: 'Edge', gateway_api_groups: { main: { name: 'Main' } } } },
    },
    partners: { name: 'Partners', clients: { portal: { client_name: 'Portal' } } },
  },
};

const select = (selection: unknown, tree: unknown = TREE) =>
  [...selectObjects([tree as never], parseSelection(selection), { shape: 'tenant' }).pointers].sort();

const customers = (...names: string[]) => names.map((name) => `/servers/customers/${name}`);

describe('selection', () => {
  it('means everything if it says nothing', () => {
    fc.assert(
      fc.property(tenant, (tree) => {
        const { pointers } = selectObjects([tree], EVERYTHING, { shape: 'tenant' });
        expect([...pointers]).toEqual([...objectsOf(tree)].map(({ pointer }) => pointer));
      }),
      { numRuns: 30 },
    );
  });

  it.each<[what: string, selection: unknown, pointers: readonly string[]]>([
    [
      'clients by a pattern of their name',
      [{ resourceType: 'clients', resourceQuery: { client_name: 'Portal*' } }],
      [...customers('clients/portal', 'clients/shop'), '/servers/partners/clients/portal'],
    ],
    [
      'clients of one workspace',
      [{ workspaces: ['cust*'], resourceType: 'client', ids: ['portal', 'b*'] }],
      customers('clients/batch', 'clients/portal'),
    ],
    [
      'the settings of a workspace alone',
      [{ resourceType: 'servers', ids: ['partners'] }],
      ['/servers/partners'],
    ],
    [
      'a workspace with everything in it',
      [{ workspaces: ['partners'] }],
      ['/servers/partners', '/servers/partners/clients/portal'],
    ],
    [
      'a service with its scopes and APIs',
      [{ resourceType: 'services', ids: ['orders'] }],
      customers('services/orders', 'services/orders/apis/list', 'services/orders/scopes/orders.read'),
    ],
    [
      'a gateway with its API groups',
      [{ resourceType: 'gateways' }],
      customers('gateways/edge', 'gateways/edge/gateway_api_groups/main'),
    ],
    [
      'a theme with its templates',
      [{ resourceType: 'themes' }],
      ['/themes/dark', '/themes/dark/templates/pages~1index.tmpl'],
    ],
    [
      'a scope alone',
      [{ resourceType: 'scopes', ids: ['orders.*'] }],
      customers('services/orders/scopes/orders.read'),
    ],
    [
      'a claim by type and name',
      [{ resourceType: 'claims', ids: ['id_token/sub'] }],
      customers('claims/id_token/sub'),
    ],
    ['the settings of the tenant', [{ resourceType: 'tenant' }], ['']],
    ['what a dump calls otherwise', [{ resourceType: 'feature_flags' }], ['/features/beta']],
    [
      'by a truth value',
      [{ resourceType: 'clients', resourceQuery: { trusted: true } }],
      customers('clients/portal'),
    ],
    [
      'by any element of a list',
      [{ resourceType: 'clients', resourceQuery: { redirect_uris: '*/b' } }],
      customers('clients/portal'),
    ],
    [
      'by a member whose name has a dot',
      [{ resourceType: 'clients', resourceQuery: { 'metadata.team.name': 'web' } }],
      customers('clients/portal'),
    ],
    [
      'all but what is excluded, with what that holds',
      {
        include: [{ workspaces: ['customers'] }],
        exclude: [{ resourceType: 'services' }, { resourceType: 'clients', ids: ['*'] }],
      },
      [
        '/servers/customers',
        ...customers('claims/id_token/sub', 'gateways/edge', 'gateways/edge/gateway_api_groups/main'),
      ],
    ],
  ])('means %s', (_, selection, pointers) => {
    const parsed = parseSelection(selection);
    expect(select(selection)).toEqual(pointers.toSorted());
    // What was parsed is a selection again.
    expect(parseSelection(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it.each<[selection: unknown, message: string]>([
    [[{ resourceType: 'widgets' }], 'selection: include.0.resourceType must be one of '],
    [
      [{ resourceType: 'acrs' }],
      'selection: include.0.resourceType is not in the tree of a tenant, only in its system export, got "acrs"',
    ],
    [[{ type: 'clients' }], 'selection: unknown field "include.0.type"'],
    [[{}], 'selection: include.0.resourceType must be given, or ids, or workspaces'],
    [
      [{ workspaces: [], resourceType: 'clients' }],
      'selection: include.0.workspaces must be at least 1 entries long',
    ],
    [
      [{ workspaces: ['a'], resourceQuery: { name: 'x' } }],
      'selection: include.0.resourceQuery needs a resourceType',
    ],
    [
      [{ resourceType: 'clients', resourceQuery: { client_secret: 'a*' } }],
      'selection: include.0.resourceQuery must not ask for credentials: client_secret',
    ],
    [
      [{ resourceType: 'clients', resourceQuery: { 'jwks.keys.n': 'a*' } }],
      'selection: include.0.resourceQuery must not ask for credentials: jwks.keys.n',
    ],
    [
      [{ resourceType: 'idps', resourceQuery: { 'credentials.oidc.id': 'a*' } }],
      'selection: include.0.resourceQuery must not ask for credentials: credentials.oidc.id',
    ],
    [
      [{ resourceType: 'servers', resourceQuery: { secret: 'a*' } }],
      'selection: include.0.resourceQuery must not ask for credentials: secret',
    ],
    [
      [{ resourceType: 'mfa_methods', resourceQuery: { 'auth.sms.sid': '*' } }],
      'selection: include.0.resourceQuery must not ask for credentials: auth.sms.sid',
    ],
    ['clients', 'selection: value must be an object'],
  ])('refuses %j', (selection, message) => {
    const failure = failureOf(() => parseSelection(selection));
    expect(failure.code).toBe('INVALID_REQUEST');
    expect(failure.message).toContain(message);
  });

  it('refuses to mean nothing, and members that no object has', () => {
    expect(failureOf(() => select([{ ids: ['nobody'] }])).message).toBe(
      'selection must match at least one object, it matches none',
    );
    expect(
      failureOf(() => select([{ resourceType: 'clients', resourceQuery: { clientname: 'Portal' } }])).message,
    ).toBe('selection: resourceQuery must name a member that a client has, got "clientname"');
  });

  it('does not tell a credential that lies where nobody expects it', () => {
    const query = [{ resourceType: 'clients', resourceQuery: { 'metadata.callback': '*canary-pass*' } }];
    expect(failureOf(() => select(query)).message).toContain('it matches none');
  });

  it('tells which selectors mean nothing', () => {
    const selection = parseSelection([{ ids: ['nobody'] }, { ids: ['portal'] }]);
    const { unmatched } = selectObjects([TREE as never], selection, { shape: 'tenant' });
    expect(unmatched).toEqual([{ ids: ['nobody'] }]);
  });

  it('takes what any of the trees has', () => {
    const { pointers } = selectObjects(
      [
        { servers: { a: { clients: { x: { client_name: 'Portal' } } } } },
        { servers: { a: { clients: { x: { client_name: 'Other' }, y: { client_name: 'Portal' } } } } },
      ],
      parseSelection([{ resourceType: 'clients', resourceQuery: { client_name: 'Portal' } }]),
      { shape: 'tenant' },
    );
    expect([...pointers]).toEqual(['/servers/a/clients/x', '/servers/a/clients/y']);
  });

  it('names a lone workspace by the id that is given', () => {
    const selection = parseSelection([{ workspaces: ['customers'] }]);
    const tree = TREE.servers.partners as never;
    const { pointers } = selectObjects([tree], selection, { shape: 'workspace', workspace: 'customers' });
    expect([...pointers]).toEqual(['', '/clients/portal']);
    expect(failureOf(() => selectObjects([tree], selection, { shape: 'workspace' })).code).toBe(
      'INVALID_REQUEST',
    );
  });
});
