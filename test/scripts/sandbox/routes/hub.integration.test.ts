import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialValues, demoTenants } from '../../../../scripts/demo/tenants.ts';
import type { Json, JsonObject } from '../../../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { TENANT } from '../../../../scripts/sandbox/state/model.ts';
import { withoutStamps } from '../../../../scripts/sandbox/state/stamp.ts';
import { mapObjects } from '../../../../scripts/sandbox/state/walk.ts';
import { CLIENT_ID, CLIENT_SECRET, callers, startWith } from '../support.ts';

const CONFIG = '/promote/config';
const TREE: JsonObject = {
  name: 'Acme',
  servers: {
    customers: {
      name: 'Customers',
      clients: {
        portal: { client_name: 'Portal', client_secret: 'portal-secret-of-at-least-32-characters' },
      },
      policies: { block: { policy_name: 'Block' } },
      something_new: { since: 2027 },
    },
  },
};

let sandbox: Sandbox;
let clock: { advanceSeconds(seconds: number): void };
let { call, exportTree, importTree, token } = {} as Awaited<ReturnType<typeof startWith>>;

beforeEach(async () => {
  ({ sandbox, clock, call, exportTree, importTree, token } = await startWith(TREE, {
    tokenLifetimeSeconds: 60,
  }));
});
afterEach(() => sandbox.close());

const portalOf = (tree: JsonObject): JsonObject =>
  (tree['servers'] as never)['customers']['clients']['portal'];
const error = async (response: Response): Promise<unknown[]> => {
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toEqual({
    status_code: response.status,
    error: expect.any(String),
    error_code: expect.any(String),
    details: expect.any(Object),
  });
  return [response.status, body['error_code']];
};

describe('access', () => {
  it.each(['', 'Bearer', 'Bearer unknown', 'Basic eDp5'])(
    'refuses the header %j with 401',
    async (authorization) => {
      const response = await fetch(`${sandbox.url}/api/hub/acme${CONFIG}`, { headers: { authorization } });
      expect(await error(response)).toEqual([401, 'invalid_access_token']);
    },
  );

  it('refuses a token that has expired', async () => {
    const bearer = await token();
    expect((await call(CONFIG, { bearer })).status).toBe(200);
    clock.advanceSeconds(60);
    expect(await error(await call(CONFIG, { bearer }))).toEqual([401, 'invalid_access_token']);
  });

  it('refuses a token of another tenant', async () => {
    sandbox.addTenant({
      id: 'globex',
      tree: {},
      clients: [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
    });
    const bearer = await callers(sandbox, 'globex').token();
    expect(await error(await call(CONFIG, { bearer }))).toEqual([401, 'invalid_access_token']);
  });

  it('refuses a token whose client is gone', async () => {
    const bearer = await token();
    sandbox.changeTenant('acme', (tree) => {
      delete (tree['servers'] as never)['system']['clients'][CLIENT_ID];
    });
    expect(await error(await call(CONFIG, { bearer }))).toEqual([401, 'invalid_access_token']);
  });

  it('reads with either scope, writes with manage_configuration only', async () => {
    const reader = await token({ scope: 'read_configuration' });
    const writer = await token({ scope: 'manage_configuration' });
    expect((await call(CONFIG, { bearer: reader })).status).toBe(200);
    expect((await call(CONFIG, { bearer: writer })).status).toBe(200);
    expect((await call(CONFIG, { bearer: reader, body: '{}' })).status).toBe(403);
    expect((await call(CONFIG, { bearer: writer, body: '{}' })).status).toBe(204);
  });

  it('refuses a token without any such scope with 403', async () => {
    const clients = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scopes: ['identity'] }];
    sandbox.addTenant({ id: 'globex', tree: {}, clients });
    expect(await error(await callers(sandbox, 'globex').call(CONFIG))).toEqual([403, 'insufficient_scope']);
  });

  it.each(['globex', '__proto__'])('answers 404 for the unknown tenant %s', async (tenant) => {
    const headers = { authorization: `Bearer ${await token()}` };
    expect(await error(await fetch(`${sandbox.url}/api/hub/${tenant}${CONFIG}`, { headers }))).toEqual([
      404,
      'not_found',
    ]);
  });

  it('answers 404 in the same shape for paths that do not exist', async () => {
    expect(await error(await call('/promote/nothing'))).toEqual([404, 'not_found']);
  });
});

describe('export', () => {
  it('shows credentials only if asked for, and unknown members always', async () => {
    expect(portalOf(await exportTree(true))['client_secret']).toBe('portal-secret-of-at-least-32-characters');
    const redacted = await exportTree(false);
    expect(portalOf(redacted)['client_secret']).toBe('');
    expect(redacted).toMatchObject({ servers: { customers: { something_new: { since: 2027 } } } });
    expect(await (await call(CONFIG)).json()).toEqual(redacted);
  });

  it('shows one workspace as the tenant shows it', async () => {
    for (const withCredentials of [true, false]) {
      const tree = await exportTree(withCredentials);
      const response = await call(`/workspaces/customers${CONFIG}?with_credentials=${withCredentials}`);
      expect(await response.json()).toEqual((tree['servers'] as JsonObject)['customers']);
    }
  });

  it.each(['nowhere', 'constructor'])('answers 404 for the unknown workspace %s', async (workspace) => {
    expect(await error(await call(`/workspaces/${workspace}${CONFIG}`))).toEqual([404, 'not_found']);
  });

  it.each(['yes', '', '1'])('refuses with_credentials=%s with 400', async (value) => {
    expect(await error(await call(`${CONFIG}?with_credentials=${value}`))).toEqual([400, 'bad_request']);
  });

  it('refuses a query that is given twice with 400', async () => {
    const path = `${CONFIG}?with_credentials=true&with_credentials=false`;
    expect(await error(await call(path))).toEqual([400, 'bad_request']);
  });
});

describe('import', () => {
  const changed = (): JsonObject => ({
    servers: {
      customers: {
        clients: {
          portal: { client_name: 'Changed', client_secret: 'changed-secret-of-at-least-32-characters' },
          shop: { client_name: 'Shop', client_secret: 'shop-secret-of-at-least-32-characters!!' },
        },
      },
    },
  });

  it('answers 204 with nothing in it', async () => {
    const response = await importTree(changed());
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });

  it('updates objects with mode update, and stamps them', async () => {
    await importTree(changed());
    expect(portalOf(await exportTree())).toMatchObject({
      client_name: 'Changed',
      updated_at: '2026-01-02T03:04:05.12Z',
    });
  });

  it('keeps objects with mode ignore, which is the default, and creates others', async () => {
    await call(CONFIG, { body: JSON.stringify(changed()) });
    const tree = await exportTree();
    expect(portalOf(tree)).toEqual(portalOf(TREE));
    expect(tree).toMatchObject({ servers: { customers: { clients: { shop: { client_name: 'Shop' } } } } });
  });

  it('refuses objects that exist with mode fail, and changes nothing', async () => {
    const before = await exportTree();
    const response = await importTree(changed(), 'fail');
    expect(await error(response.clone())).toEqual([422, 'unprocessable_entity']);
    expect(await response.text()).toContain('/servers/customers/clients/portal');
    expect(await exportTree()).toEqual(before);
  });

  it('changes nothing in a dry run, but judges the document', async () => {
    const before = await exportTree();
    expect((await importTree(changed(), 'update', true)).status).toBe(204);
    expect((await importTree([], 'update', true)).status).toBe(422);
    expect(await exportTree()).toEqual(before);
  });

  it('creates a workspace that does not exist', async () => {
    const response = await call(`/workspaces/partners${CONFIG}?mode=fail`, { body: '{"name":"Partners"}' });
    expect(response.status).toBe(204);
    const workspace = (await (
      await call(`/workspaces/partners${CONFIG}?with_credentials=true`)
    ).json()) as JsonObject;
    expect(workspace).toMatchObject({
      name: 'Partners',
      secret: expect.stringMatching(/.{32}/),
      jwks: { keys: [{ kty: 'EC', d: expect.any(String) }] },
    });
  });

  it('imports a workspace with the same rules as a tenant', async () => {
    const body = JSON.stringify((changed()['servers'] as JsonObject)['customers']);
    await call(`/workspaces/customers${CONFIG}?mode=update`, { body });
    expect(portalOf(await exportTree())).toMatchObject({ client_name: 'Changed' });
    expect((await call(`/workspaces/customers${CONFIG}?mode=fail`, { body })).status).toBe(422);
  });

  it('answers 204 and creates nothing for an identity provider whose pool does not exist', async () => {
    const idps = { pool: { name: 'Pool', identity_pool_id: 'gone' } };
    expect((await importTree({ servers: { customers: { idps } } })).status).toBe(204);
    expect(((await exportTree())['servers'] as never)['customers']['idps']).toEqual({});
  });

  it.each<[string, Json]>([
    ['that is a list', []],
    ['that is a string', 'x'],
    ['that is null', null],
    ['with clients that are a list', { servers: { customers: { clients: [] } } }],
    [
      'with a client whose policy does not exist',
      { servers: { customers: { clients: { p: { policy_execution_points: { a: 'gone' } } } } } },
    ],
  ])('refuses a document %s with 422, and changes nothing', async (_name, document) => {
    const before = await exportTree();
    expect(await error(await importTree(document))).toEqual([422, 'unprocessable_entity']);
    expect(await exportTree()).toEqual(before);
  });

  it.each([
    ['that is cut short', '{"servers":{'],
    ['that is empty', ''],
    ['that is not UTF-8', undefined],
  ])('refuses a body %s with 400', async (_name, body) => {
    const response = await fetch(`${sandbox.url}/api/hub/acme${CONFIG}?mode=update`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}` },
      body: body ?? Buffer.from([0x22, 0xff, 0x22]),
    });
    expect(await error(response)).toEqual([400, 'bad_request']);
  });

  it.each(['mode=replace', 'mode=', 'dry_run=maybe'])('refuses %s with 400', async (query) => {
    expect(await error(await call(`${CONFIG}?${query}`, { body: '{}' }))).toEqual([400, 'bad_request']);
  });

  it('takes any content type, or none', async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined]) {
      const response = await fetch(`${sandbox.url}/api/hub/acme${CONFIG}?mode=update`, {
        method: 'POST',
        headers: { ...headers, ...(type && { 'content-type': type }) },
        body: Buffer.from(JSON.stringify(changed())),
      });
      expect(response.status).toBe(204);
    }
  });

  it('refuses a body above the limit with 413', async () => {
    const small = await startWith({}, { bodyLimitBytes: 100 });
    const response = await small.importTree({ name: 'x'.repeat(200) });
    await small.sandbox.close();
    expect(await error(response)).toEqual([413, 'request_entity_too_large']);
  });
});

describe('round trips', () => {
  const unstamped = (tree: JsonObject): JsonObject => mapObjects(TENANT, tree, withoutStamps);

  it.each(demoTenants())(
    '$id exported with credentials and imported into an empty tenant is the same',
    async ({ tree }) => {
      sandbox.addTenant({ id: 'source', tree });
      sandbox.addTenant({
        id: 'target',
        tree: {},
        clients: [{ clientId: 'target-client', clientSecret: CLIENT_SECRET }],
      });
      const source = sandbox.tenant('source');
      const target = callers(sandbox, 'target');
      const access = await target.requestToken(
        {},
        {
          authorization: `Basic ${Buffer.from(`target-client:${CLIENT_SECRET}`).toString('base64')}`,
        },
      );
      const { access_token: bearer } = (await access.json()) as { access_token: string };
      const body = JSON.stringify(source);
      expect((await target.call(`${CONFIG}?mode=update`, { bearer, body })).status).toBe(204);
      const restored = await target.call(`${CONFIG}?with_credentials=true`, { bearer });
      const result = (await restored.json()) as JsonObject;
      delete (result['servers'] as never)['system']['clients']['target-client'];
      expect(unstamped(result)).toEqual(unstamped(source));
    },
  );

  it('a redacted export imported over its tenant loses every credential that was there', async () => {
    const [demo] = demoTenants();
    if (demo === undefined) throw new Error('no demonstration tenant');
    sandbox.addTenant({
      ...demo,
      id: 'demo',
      clients: [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
    });
    const before = new Set(credentialValues(sandbox.tenant('demo')));
    const demoCallers = callers(sandbox, 'demo');
    await demoCallers.importTree(await demoCallers.exportTree(false));
    const after = credentialValues(sandbox.tenant('demo'));
    expect(after.filter((value) => before.has(value))).toEqual([]);
    expect(after.length).toBeGreaterThan(20);
    expect((await demoCallers.requestToken()).status, 'the caller has locked itself out').toBe(401);
  });

  it('restoring what was exported undoes every change', async () => {
    const before = await exportTree();
    sandbox.changeTenant('acme', (tree) => {
      const customers = (tree['servers'] as never)['customers'] as Record<string, Record<string, unknown>>;
      delete customers['clients']?.['portal'];
      customers['jwks'] = { keys: [] };
      customers['name'] = 'Vandalised' as never;
    });
    await importTree(before);
    expect(unstamped(await exportTree())).toEqual(unstamped(before));
  });
});
