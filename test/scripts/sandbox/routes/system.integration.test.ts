import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET, rootCaller, startWith } from '../support.ts';

const TREE: JsonObject = {
  name: 'Acme',
  pools: { people: { name: 'People' } },
  servers: {
    customers: {
      name: 'Customers',
      clients: {
        portal: { client_name: 'Portal', client_secret: 'portal-secret-of-at-least-32-characters' },
      },
      idps: { pool: { name: 'Pool', identity_pool_id: 'people' } },
    },
  },
};
const DUMP = {
  secrets: [{ server_id: 'customers', id: 'smtp', secret: 'canary-script-secret' }],
  audit_events: [{ server_id: 'customers', event_id: 'e1' }],
  roles: [
    {
      role: 'auditor',
      subject: { type: 'idp', tenant_id: 'acme', workspace_id: 'admin', idp_id: 'staff' },
      resource: { type: 'tenant', tenant_id: 'acme' },
    },
  ],
};
const SCOPES = ['manage_configuration', 'read_configuration', 'manage_servers', 'read_secrets'];
const CONFIGURATION = '/configuration';

let sandbox: Sandbox;
let { callSystem, exportTree, token } = {} as Awaited<ReturnType<typeof startWith>>;

beforeEach(async () => {
  const clients = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scopes: SCOPES }];
  ({ sandbox, callSystem, exportTree, token } = await startWith(TREE, { clients, dump: DUMP }));
});
afterEach(() => sandbox.close());

const dumpNow = async (query = ''): Promise<JsonObject> =>
  (await (await callSystem(`${CONFIGURATION}${query}`)).json()) as JsonObject;
const put = (dump: Json, query = '?mode=update') =>
  callSystem(`${CONFIGURATION}${query}`, { method: 'PUT', body: JSON.stringify(dump) });
const patch = (operations: Json, query = '?mode=update') =>
  callSystem(`${CONFIGURATION}${query}`, { method: 'PATCH', body: JSON.stringify(operations) });
const portal = { tenant_id: 'acme', authorization_server_id: 'customers', client_id: 'portal' };
const portalNow = () => (sandbox.tenant('acme')['servers'] as never)['customers']['clients']['portal'];

describe('a dump of one tenant', () => {
  it('shows the state that the tree shows, with credentials, and what no tree holds', async () => {
    const dump = await dumpNow();
    expect(dump).toMatchObject({
      tenant: { id: 'acme', name: 'Acme' },
      clients: expect.arrayContaining([
        { ...portal, client_name: 'Portal', client_secret: 'portal-secret-of-at-least-32-characters' },
      ]),
      secrets: [{ tenant_id: 'acme', ...DUMP.secrets[0] }],
      roles: DUMP.roles,
    });
    expect(dump).not.toHaveProperty('audit_events');
  });

  it('holds runtime data with with_data=true only', async () => {
    expect(await dumpNow('?with_data=true')).toMatchObject({ audit_events: [{ event_id: 'e1' }] });
    expect(await dumpNow('?with_data=false')).not.toHaveProperty('audit_events');
  });

  it('of one workspace holds that workspace only', async () => {
    const dump = await dumpNow('?workspace_id=customers');
    expect(dump).toMatchObject({
      servers: [{ id: 'customers' }],
      clients: [portal],
      secrets: [{ id: 'smtp' }],
    });
    expect(dump).not.toHaveProperty('roles');
    expect((await callSystem(`${CONFIGURATION}?workspace_id=nowhere`)).status).toBe(404);
  });

  it('imported by PUT changes the tree, and keeps pools that no dump holds', async () => {
    const response = await put({ clients: [{ ...portal, client_name: 'New' }] });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(portalNow()).toMatchObject({ client_name: 'New', updated_at: '2026-01-02T03:04:05.12Z' });
    expect(await exportTree()).toMatchObject({
      pools: { people: { name: 'People' } },
      servers: { customers: { idps: { pool: { name: 'Pool' } } } },
    });
  });

  it('answers 409 for what exists with mode fail and without mode, and changes nothing', async () => {
    const before = sandbox.tenant('acme');
    for (const query of ['?mode=fail', '']) {
      const response = await put({ clients: [portal] }, query);
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ status_code: 409, error_code: 'conflict' });
    }
    expect((await put({ clients: [portal] }, '?mode=ignore')).status).toBe(204);
    expect((await put({ clients: [portal] }, '?mode=replace')).status).toBe(400);
    expect(sandbox.tenant('acme')).toEqual(before);
  });

  it('is refused with 422 if it is broken, and with 400 if it is no JSON', async () => {
    expect((await put({ clients: [{ client_id: 'x' }] })).status).toBe(422);
    expect((await put([])).status).toBe(422);
    expect((await callSystem(CONFIGURATION, { method: 'PUT', body: '{' })).status).toBe(400);
  });

  it('is patched in place: what is removed is deleted, and runtime data stays', async () => {
    const dump = await dumpNow();
    const index = (dump['clients'] as JsonObject[]).findIndex(({ client_id }) => client_id === 'portal');
    const response = await patch([
      { op: 'test', path: `/clients/${index}/client_id`, value: 'portal' },
      { op: 'remove', path: `/clients/${index}` },
      { op: 'remove', path: '/secrets/0' },
      { op: 'replace', path: '/tenant/name', value: 'Renamed' },
    ]);
    expect(response.status).toBe(204);
    expect(portalNow()).toBeUndefined();
    const after = await dumpNow('?with_data=true');
    expect(after).toMatchObject({ tenant: { name: 'Renamed' }, audit_events: [{ event_id: 'e1' }] });
    expect(after).not.toHaveProperty('secrets');
  });

  it('refuses a patch that does not fit, or is none', async () => {
    const before = sandbox.dump('acme');
    expect((await patch([{ op: 'remove', path: '/clients/99' }])).status).toBe(422);
    expect((await patch({ clients: null })).status).toBe(400);
    expect(sandbox.dump('acme')).toEqual(before);
  });

  it('needs a token of the tenant with the right scope', async () => {
    const bearer = await token({ scope: 'read_configuration' });
    expect((await callSystem(CONFIGURATION, { bearer })).status).toBe(200);
    expect((await callSystem(CONFIGURATION, { bearer, method: 'PUT', body: '{}' })).status).toBe(403);
    expect((await callSystem(CONFIGURATION, { bearer: 'x' })).status).toBe(401);
  });
});

describe('a workspace', () => {
  it('is deleted with everything that is tied to it', async () => {
    expect((await callSystem('/servers/customers', { method: 'DELETE' })).status).toBe(204);
    const dump = await dumpNow('?with_data=true');
    expect((dump['servers'] as JsonObject[]).map(({ id }) => id)).toEqual(['system']);
    expect(dump).not.toHaveProperty('secrets');
    expect((await callSystem('/servers/customers', { method: 'DELETE' })).status).toBe(404);
  });

  it('is not deleted without the scope', async () => {
    const bearer = await token({ scope: 'manage_configuration' });
    expect((await callSystem('/servers/customers', { method: 'DELETE', bearer })).status).toBe(403);
  });

  it('lists its secrets without their values', async () => {
    const response = await callSystem('/servers/customers/secrets');
    expect(await response.json()).toMatchObject({ secrets: [{ id: 'smtp', secret: '' }] });
  });
});

describe('the dump of all tenants', () => {
  const ALL = '/api/system/configuration';
  beforeEach(() => {
    const identity = { users: [{ id: 'u', user_pool_id: 'people' }] };
    sandbox.addTenant({
      id: 'globex',
      tree: { ...TREE, name: 'Globex' },
      dump: { secrets: DUMP.secrets },
      identity,
    });
  });
  const root = (path: string, method = 'GET', body?: Json) =>
    rootCaller(sandbox)(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const read = async (path: string) => (await (await root(path)).json()) as Record<string, JsonObject[]>;

  it('holds the lists of all tenants, or of the one that is asked for', async () => {
    const all = await read(ALL);
    expect(all['tenants']?.map(({ id, name }) => [id, name])).toEqual([
      ['acme', 'Acme'],
      ['globex', 'Globex'],
    ]);
    expect(new Set(all['clients']?.map(({ tenant_id }) => tenant_id))).toEqual(new Set(['acme', 'globex']));
    const one = await read(`${ALL}?tid=globex`);
    expect(one['tenants']).toHaveLength(1);
    expect(new Set(one['clients']?.map(({ tenant_id }) => tenant_id))).toEqual(new Set(['globex']));
    expect((await root(`${ALL}?tid=nobody`)).status).toBe(404);
  });

  it('may be one of the tenant `default` only, if no tenant is named', async () => {
    sandbox.setBehaviour('*', { rootWithoutTid: 'default' });
    expect((await root(ALL)).status).toBe(404);
    sandbox.addTenant({ id: 'default', tree: { name: 'Default' } });
    expect(await read(ALL)).toMatchObject({ tenants: [{ id: 'default' }] });
  });

  it('is imported tenant by tenant, all or none, and creates tenants', async () => {
    const made = {
      tenants: [{ id: 'initech', name: 'Initech' }],
      servers: [{ tenant_id: 'initech', id: 'a', name: 'A' }],
    };
    const clients = [{ ...portal, client_name: 'New' }];
    const before = sandbox.tenant('acme');
    const broken = { ...made, clients: [...clients, { ...portal, tenant_id: 'nobody' }] };
    expect((await root(`${ALL}?mode=update`, 'PUT', broken)).status).toBe(422);
    expect([sandbox.tenant('acme'), sandbox.tenantIds]).toEqual([before, ['acme', 'globex']]);
    expect((await root(ALL, 'PUT', { clients })).status).toBe(409);
    expect((await root(`${ALL}?mode=update`, 'PUT', { ...made, clients })).status).toBe(204);
    expect(portalNow()).toMatchObject({ client_name: 'New' });
    expect(sandbox.tenant('initech')).toMatchObject({ name: 'Initech', servers: { a: { name: 'A' } } });
  });

  it('of one tenant is patched by its tid', async () => {
    const rename = [{ op: 'replace', path: '/tenants/0/name', value: 'Renamed' }];
    expect((await root(`${ALL}?tid=globex&mode=update`, 'PATCH', rename)).status).toBe(204);
    expect(sandbox.tenant('globex')).toMatchObject({ name: 'Renamed' });
    expect(sandbox.tenant('acme')).toMatchObject({ name: 'Acme' });
    expect((await root(ALL, 'PATCH', rename)).status).toBe(404);
  });

  it('is closed to tokens of a tenant', async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    for (const path of [ALL, '/api/system/tenants']) {
      expect((await fetch(`${sandbox.url}${path}`, { headers })).status).toBe(401);
    }
  });

  it('has a list of tenants, with their keys', async () => {
    const { tenants } = await read('/api/system/tenants');
    expect(tenants).toMatchObject([
      { id: 'acme', name: 'Acme', jwks: { keys: [{ d: expect.any(String) }] } },
      { id: 'globex', name: 'Globex' },
    ]);
    expect(tenants?.[0]).not.toHaveProperty('servers');
  });
});
