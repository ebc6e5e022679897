import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { rootCaller, startWith } from '../support.ts';

const TREE: JsonObject = {
  name: 'Acme',
  pools: { people: { name: 'People', payload_schema_id: 'person' } },
  schemas: { person: { name: 'Person', schema: { type: 'object' } } },
  servers: {
    partners: {
      name: 'Partners',
      pools: { resellers: { name: 'Resellers' } },
      idps: { pool: { name: 'Pool', identity_pool_id: 'people' } },
    },
  },
};
const ada = { id: 'ada', user_pool_id: 'people', status: 'active', payload: { name: 'Ada' } };
const password = {
  id: 'p',
  user_pool_id: 'people',
  user_id: 'ada',
  type: 'password',
  payload: { hash: 'canary' },
};
const IDENTITY = { users: [ada], user_credentials: [password] };
const own = <Element extends object>(element: Element) => ({ tenant_id: 'acme', ...element });

let sandbox: Sandbox;
let { callIdentity, token } = {} as Awaited<ReturnType<typeof startWith>>;

beforeEach(async () => {
  ({ sandbox, callIdentity, token } = await startWith(TREE, { identity: IDENTITY }));
});
afterEach(() => sandbox.close());

const put = (dump: Json) => callIdentity('/configuration', { method: 'PUT', body: JSON.stringify(dump) });
const patch = (operations: Json, query = '') =>
  callIdentity(`/configuration${query}`, { method: 'PATCH', body: JSON.stringify(operations) });

describe('an identity dump', () => {
  it('holds the pools and schemas of the tree, and users with credentials', async () => {
    const dump = await (await callIdentity('/configuration')).json();
    expect(dump).toEqual({
      pools: [
        own({ id: 'people', name: 'People', payload_schema_id: 'person' }),
        own({ id: 'resellers', name: 'Resellers', workspace_id: 'partners' }),
      ],
      schemas: [own({ id: 'person', name: 'Person', schema: { type: 'object' } })],
      users: [own(ada)],
      user_credentials: [own(password)],
    });
    expect(sandbox.identity('acme')).toEqual(dump);
  });

  it('imported into its tenant changes nothing', async () => {
    const before = [sandbox.tenant('acme'), sandbox.identity('acme')];
    expect((await put(sandbox.identity('acme'))).status).toBe(204);
    expect([sandbox.tenant('acme'), sandbox.identity('acme')]).toEqual(before);
  });

  it('overwrites whole entries, creates others, and deletes none', async () => {
    const dump = {
      users: [
        own({ id: 'ada', user_pool_id: 'people', status: 'inactive' }),
        own({ user_pool_id: 'people', status: 'new' }),
      ],
      pools: [own({ id: 'people', name: 'Everybody' }), own({ id: 'staff', name: 'Staff' })],
    };
    expect((await put(dump)).status).toBe(204);
    const { users, user_credentials } = sandbox.identity('acme') as Record<string, JsonObject[]>;
    expect(users).toEqual([
      dump.users[0],
      { ...dump.users[1], id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ]);
    expect(user_credentials).toEqual([own(password)]);
    expect(sandbox.tenant('acme')).toMatchObject({
      pools: { people: { name: 'Everybody' }, staff: { name: 'Staff' } },
      servers: { partners: { pools: { resellers: { name: 'Resellers' } }, idps: { pool: {} } } },
    });
    expect(sandbox.tenant('acme')['pools']).not.toHaveProperty('people.payload_schema_id');
  });

  it.each<[string, Json]>([
    ['a user of an unknown pool', { users: [own({ ...ada, user_pool_id: 'gone' })] }],
    ['a credential of an unknown user', { user_credentials: [own({ ...password, user_id: 'gone' })] }],
    ['a pool of an unknown workspace', { pools: [own({ id: 'x', name: 'X', workspace_id: 'gone' })] }],
    ['an entry of another tenant', { users: [{ ...ada, tenant_id: 'globex' }] }],
    ['an entry without tenant', { users: [ada] }],
    ['a list that is none', { users: {} }],
    ['no object', []],
  ])('is refused with 422 for %s, and changes nothing', async (_name, dump) => {
    const before = sandbox.identity('acme');
    expect((await put(dump)).status).toBe(422);
    expect(sandbox.identity('acme')).toEqual(before);
  });

  it('may be limited to a number of users', async () => {
    sandbox.setBehaviour('acme', { usersPerImport: 1 });
    expect((await put({ users: [own(ada)] })).status).toBe(204);
    expect((await put({ users: [own(ada), own({ ...ada, id: 'bob' })] })).status).toBe(422);
  });

  it('is patched in place: what is removed is deleted', async () => {
    expect((await patch([{ op: 'remove', path: '/users/0' }])).status, 'a credential is left behind').toBe(
      422,
    );
    const both = ['/user_credentials/0', '/users/0'].map((path) => ({ op: 'remove', path }));
    expect((await patch([...both, { op: 'remove', path: '/pools/1' }])).status).toBe(204);
    expect(sandbox.identity('acme')).not.toHaveProperty('users');
    expect(sandbox.tenant('acme')).toMatchObject({ servers: { partners: { pools: {} } } });
    expect((await patch([{ op: 'remove', path: '/users/0' }])).status).toBe(422);
  });

  it('is patched as its mode says', async () => {
    const rename = [{ op: 'replace', path: '/users/0/status', value: 'inactive' }];
    expect((await patch(rename, '?mode=fail')).status).toBe(422);
    expect((await patch(rename, '?mode=ignore')).status).toBe(204);
    expect(sandbox.identity('acme')).toMatchObject({ users: [{ status: 'active' }] });
    expect((await patch(rename)).status).toBe(204);
    expect(sandbox.identity('acme')).toMatchObject({ users: [{ status: 'inactive' }] });
  });

  it('needs a token of the tenant with the right scope', async () => {
    const bearer = await token({ scope: 'read_configuration' });
    expect((await callIdentity('/configuration', { bearer })).status).toBe(200);
    expect((await callIdentity('/configuration', { bearer, method: 'PUT', body: '{}' })).status).toBe(403);
  });

  it('loses its credentials to the fault `redacted`', async () => {
    sandbox.setFault('acme', { kind: 'redacted', api: 'identity' });
    expect(await (await callIdentity('/configuration')).text()).not.toContain('canary');
  });
});

describe('the identity API of the whole deployment', () => {
  const ROOT = '/api/identity/system/configuration';
  const root = (path: string, method = 'GET', body?: Json) =>
    rootCaller(sandbox)(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });

  it('reads and patches one tenant by its tid, and imports many', async () => {
    sandbox.addTenant({ id: 'globex', tree: TREE });
    expect(await (await root(`${ROOT}?tid=acme`)).json()).toEqual(sandbox.identity('acme'));
    expect(
      (await root(`${ROOT}?tid=acme`, 'PATCH', [{ op: 'remove', path: '/user_credentials/0' }])).status,
    ).toBe(204);
    expect(sandbox.identity('acme')).not.toHaveProperty('user_credentials');
    const users = [own({ ...ada, id: 'bob' }), { ...ada, tenant_id: 'globex' }];
    expect((await root(ROOT, 'PUT', { users: [...users, { ...ada, tenant_id: 'x' }] })).status).toBe(422);
    expect(sandbox.identity('globex')).not.toHaveProperty('users');
    expect((await root(ROOT, 'PUT', { users })).status).toBe(204);
    expect(sandbox.identity('globex')).toMatchObject({ users: [{ id: 'ada' }] });
    expect((await root(ROOT)).status).toBe(404);
  });

  it('is closed to tokens of a tenant', async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await fetch(`${sandbox.url}${ROOT}?tid=acme`, { headers })).status).toBe(401);
  });
});
