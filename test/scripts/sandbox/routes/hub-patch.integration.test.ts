import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { rootCaller, startWith } from '../support.ts';

const client = (name: string): JsonObject => ({
  client_name: name,
  client_secret: `${name}-secret-of-at-least-32-characters`,
  scopes: ['a', 'b'],
});
const TREE: JsonObject = {
  name: 'Acme',
  servers: {
    customers: {
      name: 'Customers',
      clients: { portal: client('portal'), 'a/b~c': client('odd') },
      policies: { block: { policy_name: 'Block' } },
      policy_execution_points: { server_user_token: 'block' },
    },
    partners: { name: 'Partners', clients: { shop: client('shop') } },
  },
};

let sandbox: Sandbox;
let { call, token } = {} as Awaited<ReturnType<typeof startWith>>;

beforeEach(async () => {
  ({ sandbox, call, token } = await startWith(TREE));
});
afterEach(() => sandbox.close());

const now = (): JsonObject => sandbox.tenant('acme');
const workspace = (id: string): JsonObject | undefined => (now()['servers'] as never)[id];
const merge = (patch: Json, where = '', query = 'mode=update') =>
  call(`${where}/promote/config-rfc7396?${query}`, { method: 'PATCH', body: JSON.stringify(patch) });
const operations = (patch: Json, where = '', query = 'mode=update') =>
  call(`${where}/promote/config-rfc6902?${query}`, { method: 'PATCH', body: JSON.stringify(patch) });

describe('a merge patch', () => {
  it('changes a member, keeps the others and their credentials, and stamps the object', async () => {
    const response = await merge({ servers: { customers: { clients: { portal: { client_name: 'New' } } } } });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(workspace('customers')).toMatchObject({
      clients: {
        portal: { ...client('portal'), client_name: 'New', updated_at: '2026-01-02T03:04:05.12Z' },
        'a/b~c': client('odd'),
      },
    });
    expect((workspace('customers') as never)['clients']['a/b~c']).not.toHaveProperty('updated_at');
  });

  it('deletes by null: a client, a member, a whole map, a whole workspace', async () => {
    const patch = { customers: { clients: { portal: null } }, partners: { clients: null } };
    await merge({ servers: patch });
    expect(Object.keys((workspace('customers') as never)['clients'])).toEqual(['a/b~c']);
    expect(workspace('partners')).not.toHaveProperty('clients');
    await merge({ servers: { customers: { clients: { 'a/b~c': { scopes: null } } }, partners: null } });
    expect((workspace('customers') as never)['clients']['a/b~c']).not.toHaveProperty('scopes');
    expect(workspace('partners')).toBeUndefined();
  });

  it('makes a credential anew that it blanks', async () => {
    await merge({ servers: { customers: { clients: { portal: { client_secret: '' } } } } });
    const { client_secret } = (workspace('customers') as never)['clients']['portal'];
    expect(client_secret).toMatch(/^.{43}$/);
    expect(client_secret).not.toBe(client('portal')['client_secret']);
  });

  it('of one workspace reaches no other', async () => {
    const before = workspace('partners');
    expect((await merge({ clients: { portal: null } }, '/workspaces/customers')).status).toBe(204);
    expect(Object.keys((workspace('customers') as never)['clients'])).toEqual(['a/b~c']);
    expect(workspace('partners')).toEqual(before);
  });

  it('is refused with 422, and changes nothing, if the result is broken', async () => {
    const before = now();
    for (const customers of [{ policies: null }, { clients: [] }, { clients: { portal: 'x' } }]) {
      expect((await merge({ servers: { customers } })).status).toBe(422);
    }
    expect((await merge([])).status).toBe(422);
    expect(now()).toEqual(before);
  });

  it('unbinds an execution point by an empty policy id', async () => {
    await merge({ policy_execution_points: { server_user_token: '' } }, '/workspaces/customers');
    expect(workspace('customers')).toMatchObject({ policy_execution_points: {} });
  });

  it('of an unknown workspace is answered with 404', async () => {
    expect((await merge({}, '/workspaces/nowhere')).status).toBe(404);
  });
});

describe('a patch', () => {
  it('of operations is applied in order', async () => {
    const response = await operations([
      { op: 'test', path: '/servers/customers/clients/a~1b~0c/client_name', value: 'odd' },
      { op: 'move', from: '/servers/customers/clients/a~1b~0c', path: '/servers/partners/clients/moved' },
      { op: 'add', path: '/servers/customers/clients/portal/scopes/-', value: 'c' },
      { op: 'remove', path: '/servers/customers/policy_execution_points/server_user_token' },
      { op: 'remove', path: '/servers/customers/policies/block' },
    ]);
    expect(response.status).toBe(204);
    expect(workspace('partners')).toMatchObject({ clients: { moved: client('odd'), shop: client('shop') } });
    expect(workspace('customers')).toMatchObject({ clients: { portal: { scopes: ['a', 'b', 'c'] } } });
    expect(workspace('customers')).toMatchObject({ policies: {}, policy_execution_points: {} });
  });

  it('of operations changes nothing if one of them fails', async () => {
    const before = now();
    const removal = { op: 'remove', path: '/clients/portal' };
    const failing = [removal, { op: 'test', path: '/name', value: 'Other' }];
    expect((await operations(failing, '/workspaces/customers')).status).toBe(422);
    expect((await operations([removal, { op: 'boo', path: '/name' }], '/workspaces/customers')).status).toBe(
      400,
    );
    expect((await operations({}, '/workspaces/customers')).status).toBe(400);
    expect(now()).toEqual(before);
  });

  it('changes nothing in a dry run, but is judged', async () => {
    const before = now();
    const query = 'mode=update&dry_run=true';
    expect((await merge({ servers: { partners: null } }, '', query)).status).toBe(204);
    expect((await merge({ servers: [] }, '', query)).status).toBe(422);
    expect(now()).toEqual(before);
  });

  it('keeps what exists with mode ignore, and still creates and deletes', async () => {
    const clients = { portal: { client_name: 'New' }, made: client('made'), 'a/b~c': null };
    expect((await merge({ clients }, '/workspaces/customers', 'mode=ignore')).status).toBe(204);
    expect(workspace('customers')).toEqual({
      ...workspace('customers'),
      clients: { portal: client('portal'), made: expect.objectContaining({ client_name: 'made' }) },
    });
  });

  it('with mode fail may create and delete, but change nothing that exists', async () => {
    const before = now();
    const changing = { clients: { portal: { client_name: 'New' } } };
    expect((await merge(changing, '/workspaces/customers', 'mode=fail')).status).toBe(422);
    expect(now()).toEqual(before);
    const creating = { clients: { made: client('made'), portal: null } };
    expect((await merge(creating, '/workspaces/customers', 'mode=fail')).status).toBe(204);
  });

  it('updates if no mode is given', async () => {
    await merge({ name: 'New' }, '', '');
    expect(now()['name']).toBe('New');
  });

  it('needs the right to write', async () => {
    sandbox.changeTenant('acme', (tree) => {
      const automation = (tree['servers'] as never)['system']['clients']['automation'] as JsonObject;
      automation['scopes'] = ['read_configuration'];
    });
    expect((await merge({})).status).toBe(403);
  });
});

describe('clone', () => {
  const clone = (body: Json) =>
    call('/workspaces/customers/clone', { method: 'POST', body: JSON.stringify(body) });

  it('creates a workspace like another one, patched', async () => {
    const patch = { name: 'Copy', clients: { portal: null } };
    expect((await clone({ destination_id: 'copy', patch })).status).toBe(204);
    expect(workspace('copy')).toMatchObject({ name: 'Copy', policies: { block: { policy_name: 'Block' } } });
    expect(Object.keys((workspace('copy') as never)['clients'])).toEqual(['a/b~c']);
  });

  it('refuses a destination that exists or is missing', async () => {
    const before = now();
    expect((await clone({ destination_id: 'partners' })).status).toBe(422);
    expect((await clone({})).status).toBe(422);
    expect(now()).toEqual(before);
  });
});

describe('the API of the whole deployment', () => {
  const rootCall = (path: string, options = {}) =>
    rootCaller(sandbox)(`/api/hub/system/promote/${path}`, options);

  it('reads, writes and patches any tenant by its tid', async () => {
    const exported = (await (await rootCall('config?tid=acme&with_credentials=true')).json()) as JsonObject;
    expect(exported).toEqual(now());
    const body = JSON.stringify({ servers: { customers: { clients: { portal: null } } } });
    const patched = await rootCall('config-rfc7396?tid=acme&mode=update', { method: 'PATCH', body });
    expect(patched.status).toBe(204);
    expect(Object.keys((workspace('customers') as never)['clients'])).toEqual(['a/b~c']);
    await rootCall('config?tid=acme&mode=update', { method: 'POST', body: JSON.stringify(exported) });
    expect(Object.keys((workspace('customers') as never)['clients']).sort()).toEqual(['a/b~c', 'portal']);
  });

  it('is closed to tokens of a tenant', async () => {
    const response = await fetch(`${sandbox.url}/api/hub/system/promote/config?tid=acme`, {
      headers: { authorization: `Bearer ${await token()}` },
    });
    expect(response.status).toBe(401);
  });

  it('answers 404 for a tenant that does not exist, and for `default` if none is named', async () => {
    expect((await rootCall('config?tid=nobody')).status).toBe(404);
    expect((await rootCall('config')).status).toBe(404);
    sandbox.addTenant({ id: 'default', tree: { name: 'Default' } });
    expect(await (await rootCall('config')).json()).toMatchObject({ name: 'Default' });
  });
});

describe('what the vendor leaves open', () => {
  const exported = async (): Promise<JsonObject> =>
    (await (await call('/promote/config')).json()) as JsonObject;

  it.each([
    ['off-403', 403],
    ['off-404', 404],
  ] as const)('a hub that is %s answers %i', async (hub, status) => {
    sandbox.setBehaviour('acme', { hub });
    expect((await call('/promote/config')).status).toBe(status);
    expect((await merge({})).status).toBe(status);
  });

  it('trees may lack the built-in workspaces, and a patch does not delete them', async () => {
    sandbox.setBehaviour('*', { builtInWorkspaces: 'hidden' });
    expect(Object.keys((await exported())['servers'] as JsonObject).sort()).toEqual([
      'customers',
      'partners',
    ]);
    await merge({ name: 'New' });
    expect(Object.keys(now()['servers'] as JsonObject)).toContain('system');
  });

  it.each([
    ['keep', ['a/b~c', 'portal'], ['shop']],
    ['delete-within', ['portal'], ['shop']],
    ['delete', ['portal'], undefined],
  ] as const)('an import may %s what is absent', async (absentOnImport, customers, partners) => {
    sandbox.setBehaviour('acme', { absentOnImport });
    const document = { clients: { portal: client('portal') } };
    const { system } = now()['servers'] as JsonObject;
    const servers = absentOnImport === 'delete' ? { system, customers: document } : undefined;
    await (servers
      ? call('/promote/config?mode=update', { body: JSON.stringify({ servers }) })
      : call('/workspaces/customers/promote/config?mode=update', { body: JSON.stringify(document) }));
    const idsOf = (id: string) => {
      const found = workspace(id);
      return found && Object.keys(found['clients'] as JsonObject).sort();
    };
    expect([idsOf('customers'), idsOf('partners')]).toEqual([customers, partners]);
  });

  it.each([
    ['observed', ''],
    ['null', null],
    ['missing', undefined],
  ] as const)('redaction %s shows a secret as %j', async (redaction, shown) => {
    sandbox.setBehaviour('acme', { redaction });
    const portal = ((await exported())['servers'] as never)['customers']['clients']['portal'];
    expect(portal['client_secret']).toBe(shown);
    expect(portal).toMatchObject({ client_name: 'portal' });
  });

  it('conflicts of an import may have another status', async () => {
    sandbox.setBehaviour('acme', { hubConflictStatus: 409 });
    const body = JSON.stringify({ servers: { customers: { clients: { portal: client('portal') } } } });
    expect((await call('/promote/config?mode=fail', { body })).status).toBe(409);
  });

  it.each([
    ['keep', 204, { x_new: 1 }, 'New'],
    ['ignore', 204, {}, 'New'],
    ['refuse', 422, {}, 'Acme'],
  ] as const)('members that nobody knows: %s', async (unknownMembers, status, kept, name) => {
    sandbox.setBehaviour('acme', { unknownMembers });
    const document = { name: 'New', x_new: 1, servers: { partners: { name: 'Partners', x_new: 1 } } };
    const imported = await call('/promote/config?mode=update', { body: JSON.stringify(document) });
    expect([imported.status, (await merge(document)).status]).toEqual([status, status]);
    expect(now()['name']).toBe(name);
    for (const owner of [now(), workspace('partners') ?? {}]) {
      expect('x_new' in owner ? { x_new: owner['x_new'] } : {}).toEqual(kept);
    }
  });

  it('names a wrong switch', () => {
    expect(() => sandbox.setBehaviour('acme', { hub: 'off' } as never)).toThrow('behaviour hub: ');
  });
});
