import { describe, expect, it, test } from 'vitest';
import { compareDumps } from '../../../functions/config/compare/compare-dumps.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { dumpObjectsOf } from '../../../functions/config/model/dump-objects.ts';
import { danglingIn } from '../../../functions/config/references/dump-references.ts';
import { transformDump } from '../../../functions/config/transform/transform-dump.ts';
import { parseTransform } from '../../../functions/config/transform/transform-schema.ts';
import { unmatchedInAll } from '../../../functions/config/transform/transform-warnings.ts';
import { demoTenants } from '../../../scripts/demo/tenants.ts';
import { failureOf } from '../failure.ts';

const inShop = { tenant_id: 'acme', authorization_server_id: 'shop' };
const ofShop = { tenant_id: 'acme', server_id: 'shop' };
const DUMP = {
  tenant: {
    id: 'acme',
    name: 'Acme',
    url: 'https://acme.example/acme',
    settings: { default_workspace_id: 'shop' },
    metadata: { tenant_id: 'acme' },
  },
  servers: [
    {
      tenant_id: 'acme',
      id: 'shop',
      name: 'Shop',
      secret: 'canary-acme.example',
      settings: { default_client_id: 'web' },
    },
    { tenant_id: 'acme', id: 'desk', name: 'Desk', parent_id: 'shop' },
  ],
  clients: [
    {
      ...inShop,
      client_id: 'web',
      client_name: 'web',
      redirect_uris: ['https://acme.example/acme/shop/cb'],
      scopes: ['web'],
    },
    { ...inShop, client_id: 'app', client_name: 'App', client_secret: 'canary-acme.example' },
  ],
  services: [
    {
      ...inShop,
      id: 'shop-oauth2',
      name: 'OAuth2',
      scopes: [{ ...inShop, id: 's1', name: 'web', service_id: 'shop-oauth2' }],
      apis: [{ ...ofShop, id: 'a1', service_id: 'shop-oauth2', policy_id: 'block_shop_api' }],
    },
  ],
  policies: [{ ...ofShop, id: 'block_shop_api', definition: 'host := "acme.example"' }],
  policy_execution_points: [
    { ...ofShop, type: 'server_user_token', target_fk: 'shop', policy_id: 'block_shop_api' },
    { ...ofShop, type: 'client_user_token', target_fk: 'web', policy_id: 'block_shop_api' },
    { ...ofShop, type: 'scope_user_grant', target_fk: 's1', policy_id: 'block_shop_api' },
  ],
  scripts: [{ ...inShop, id: 'enrich', body: 'return 1' }],
  script_execution_points: [
    { ...ofShop, type: 'token_minting', target_fk: 'shop', script_id: 'enrich' },
    { ...ofShop, type: 'client_token_minting', target_fk: 'web', script_id: 'enrich' },
  ],
  servers_bindings: [{ tenant_id: 'acme', server_id: 'desk', dependent: 'shop' }],
  acrs: [{ ...inShop, id: 'acr1', value: 'urn:acme.example:otp' }],
  roles: [
    {
      role: 'auditor',
      subject: { type: 'user', tenant_id: 'acme', workspace_id: 'shop', user_id: 'ada' },
      resource: { type: 'workspace', tenant_id: 'acme', workspace_id: 'shop' },
    },
  ],
  vanity_domains: [{ ...ofShop, id: 'v1', type: 'server', domain: 'login.acme.example', key: 'canary-key' }],
  cross_tenant_api_policy_bindings: [
    {
      api_tenant_id: 'other',
      api_id: 'x',
      policy_tenant_id: 'acme',
      policy_server_id: 'shop',
      policy_id: 'block_shop_api',
    },
  ],
  key_rotations: [{ ...ofShop, use: 'sig', enabled: true, cron: '0 3 1 * *' }],
  later_things: [{ tenant_id: 'acme', server_id: 'shop', id: 'l1', link: 'https://acme.example/x' }],
} satisfies JsonObject;

const IDENTITY = {
  pools: [{ tenant_id: 'acme', id: 'people', workspace_id: 'shop', name: 'People of acme.example' }],
  users: [
    {
      tenant_id: 'acme',
      user_pool_id: 'people',
      id: 'ada',
      payload: { tenant_id: 'acme', site: 'acme.example' },
    },
  ],
  user_credentials: [
    { tenant_id: 'acme', user_pool_id: 'people', id: 'c1', user_id: 'ada', payload: 'canary-hash' },
  ],
} satisfies JsonObject;

const into = (declared: object, dump: JsonObject = DUMP, sourceNames: readonly string[] = []) =>
  transformDump(dump, parseTransform(declared), { tenantId: 'newco', secretPointers: [], sourceNames });

const WHOLE = {
  tenant: { id: { from: 'acme', to: 'newco' }, name: 'Newco' },
  hosts: { 'acme.example': 'newco.example', 'login.acme.example': 'login.newco.example' },
  ids: { workspaces: { shop: 'store', desk: 'shop' }, clients: { web: 'portal', app: 'web' } },
};

/** Every text of a document, with its place. */
const textsOf = (value: unknown, place = ''): [string, string][] =>
  typeof value === 'string'
    ? [[place, value]]
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => textsOf(inner, `${place}/${name}`))
      : [];

describe('a dump for another tenant', () => {
  const { dump, warnings } = into(WHOLE);
  const texts = new Map(textsOf(dump));

  it('names that tenant on every object, and no other tenant is renamed', () => {
    for (const [place, value] of texts) {
      if (/(^|[/_])tenant_id$/.test(place) && !place.includes('metadata')) {
        expect([place, value]).toEqual([place, place.endsWith('api_tenant_id') ? 'other' : 'newco']);
      }
    }
    expect(dump).toMatchObject({ tenant: { id: 'newco', name: 'Newco', metadata: { tenant_id: 'acme' } } });
  });

  it.each<[place: string, value: string]>([
    ['/servers/0/id', 'store'],
    ['/servers/1/id', 'shop'],
    ['/servers/1/parent_id', 'store'],
    ['/servers/0/settings/default_client_id', 'portal'],
    ['/tenant/settings/default_workspace_id', 'store'],
    ['/clients/0/client_id', 'portal'],
    ['/clients/1/client_id', 'web'],
    ['/clients/0/authorization_server_id', 'store'],
    ['/clients/0/redirect_uris/0', 'https://newco.example/newco/store/cb'],
    ['/services/0/id', 'store-oauth2'],
    ['/services/0/scopes/0/service_id', 'store-oauth2'],
    ['/services/0/scopes/0/authorization_server_id', 'store'],
    ['/services/0/apis/0/service_id', 'store-oauth2'],
    ['/services/0/apis/0/server_id', 'store'],
    ['/services/0/apis/0/policy_id', 'block_store_api'],
    ['/policies/0/id', 'block_store_api'],
    ['/policies/0/definition', 'host := "newco.example"'],
    ['/policy_execution_points/0/target_fk', 'store'],
    ['/policy_execution_points/0/policy_id', 'block_store_api'],
    ['/policy_execution_points/1/target_fk', 'portal'],
    ['/policy_execution_points/2/target_fk', 's1'],
    ['/script_execution_points/0/target_fk', 'store'],
    ['/script_execution_points/1/target_fk', 'portal'],
    ['/servers_bindings/0/server_id', 'shop'],
    ['/servers_bindings/0/dependent', 'store'],
    ['/acrs/0/value', 'urn:newco.example:otp'],
    ['/roles/0/subject/workspace_id', 'store'],
    ['/roles/0/resource/workspace_id', 'store'],
    ['/vanity_domains/0/domain', 'login.newco.example'],
    ['/vanity_domains/0/server_id', 'store'],
    ['/cross_tenant_api_policy_bindings/0/policy_server_id', 'store'],
    ['/later_things/0/server_id', 'store'],
    ['/key_rotations/0/server_id', 'store'],
    ['/later_things/0/link', 'https://newco.example/x'],
  ])('has at %s: %s', (place, value) => {
    expect(texts.get(place)).toBe(value);
  });

  it('keeps credentials, texts that are no names, and every reference', () => {
    expect(texts.get('/servers/0/secret')).toBe('canary-acme.example');
    expect(texts.get('/clients/1/client_secret')).toBe('canary-acme.example');
    expect(texts.get('/vanity_domains/0/key')).toBe('canary-key');
    expect(texts.get('/clients/0/client_name')).toBe('web');
    expect(warnings.filter(({ code }) => code === 'TRANSFORM_UNMATCHED')).toEqual([]);
    const missing = (each: JsonObject) => danglingIn(each, () => true).length;
    expect(missing(dump)).toBe(missing(DUMP));
  });

  it('of people changes only the ids of tenant and workspace', () => {
    const people = into(WHOLE, IDENTITY).dump;
    const retargeted = JSON.parse(
      JSON.stringify(IDENTITY).replaceAll('"tenant_id":"acme"', '"tenant_id":"newco"'),
    );
    retargeted.pools[0].workspace_id = 'store';
    retargeted.pools[0].name = 'People of newco.example';
    retargeted.users[0].payload.tenant_id = 'acme';
    expect(people).toEqual(retargeted);
  });

  it('is the same dump without a transform, but for the tenant', () => {
    const { dump: alone } = into({});
    const back = transformDump(alone, parseTransform({}), {
      tenantId: 'acme',
      secretPointers: [],
      sourceNames: [],
    });
    expect(back.dump).toEqual(DUMP);
  });

  it('is the very same without a transform and of the same tenant', () => {
    const options = { tenantId: 'acme', secretPointers: [], sourceNames: [] };
    expect(transformDump(DUMP, undefined, options).dump).toBe(DUMP);
    expect(transformDump({}, undefined, options).dump).toEqual({});
    expect(transformDump(DUMP, undefined, { ...options, tenantId: 'newco' }).dump['tenant']).toMatchObject({
      id: 'newco',
    });
  });

  it('keeps ids from texts that are replaced', () => {
    const { dump: replaced } = into({
      replace: [
        { from: 'web', to: 'door' },
        { from: 'shop', to: 'mall' },
      ],
    });
    const after = new Map(textsOf(replaced));
    expect(after.get('/clients/0/client_id')).toBe('web');
    expect(after.get('/clients/0/scopes/0')).toBe('web');
    expect(after.get('/servers/0/id')).toBe('shop');
    expect(after.get('/clients/0/client_name')).toBe('door');
  });

  it('names entries that match nothing, and what mentions the source', () => {
    const declared = { hosts: { 'nowhere.example': 'x' }, ids: { clients: { none: 'x' } } };
    const codes = into(declared, DUMP, ['acme.example']).warnings.map(({ code, pointers }) => [
      code,
      pointers.length,
    ]);
    expect(codes).toEqual([
      ['SOURCE_MENTIONED', expect.any(Number)],
      ['TRANSFORM_UNMATCHED', 2],
    ]);
  });

  it('names a mention by collection, workspace and id', () => {
    const places = into({}, DUMP, ['acme.example']).warnings.flatMap(({ pointers }) => pointers);
    for (const place of [
      '/acrs/shop/acr1/value',
      '/clients/shop/web/redirect_uris/0',
      '/tenant/tenant/url',
    ]) {
      expect(places).toContain(place);
    }
  });

  it.each<[ids: object, what: string]>([
    [{ workspaces: { shop: 'desk' } }, 'servers desk'],
    [{ clients: { web: 'app' } }, 'clients app'],
  ])('is refused if two objects would be one: %j', (ids, what) => {
    expect(failureOf(() => into({ ids })).message).toBe(`transform: two objects would be called ${what}`);
  });
});

test('an entry is unmatched if no part matches it, and is named once', () => {
  const warning = (...pointers: string[]) =>
    ({ code: 'TRANSFORM_UNMATCHED', message: '', pointers }) as const;
  const other = { code: 'SOURCE_MENTIONED', message: 'm', pointers: [] } as const;
  const codes = (parts: Parameters<typeof unmatchedInAll>[0]) =>
    unmatchedInAll(parts).map((warnings) => warnings.map(({ code, pointers }) => [code, ...pointers]));
  expect(codes([[warning('/a', '/b'), other], [warning('/b', '/c')]])).toEqual([
    [['SOURCE_MENTIONED'], ['TRANSFORM_UNMATCHED', '/b']],
    [],
  ]);
  expect(codes([[warning('/a')], [other]])).toEqual([[], [['SOURCE_MENTIONED']]]);
  expect(codes([[], [warning('/a')]])).toEqual([[], []]);
  expect(codes([[warning('/a')]])).toEqual([[['TRANSFORM_UNMATCHED', '/a']]]);
});

test('a demonstration tenant comes back from another tenant with other ids as it was', () => {
  for (const { dump, identity } of demoTenants()) {
    for (const each of [dump, identity] as JsonObject[]) {
      const source = [...dumpObjectsOf(each)].find(({ tenant }) => tenant !== undefined)?.tenant ?? '';
      const options = { secretPointers: [], sourceNames: [] };
      const ids = { workspaces: { customers: 'store', workforce: 'customers' }, clients: { portal: 'door' } };
      const there = transformDump(each, parseTransform({ ids }), { ...options, tenantId: 'elsewhere' });
      expect(JSON.stringify(there.dump)).not.toContain(`"tenant_id":"${source}"`);
      const back = {
        workspaces: { store: 'customers', customers: 'workforce' },
        clients: { door: 'portal' },
      };
      const again = transformDump(there.dump, parseTransform({ ids: back }), {
        ...options,
        tenantId: source,
      });
      expect(compareDumps(each, again.dump).differences).toEqual([]);
    }
  }
});
