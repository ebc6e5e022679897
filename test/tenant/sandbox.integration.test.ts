import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { forTenant } from '../../functions/tenant/enrolment/enrolment.ts';
import type { Json, JsonObject } from '../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { rejectionOf } from '../rejection.ts';
import { startWith } from '../scripts/sandbox/support.ts';
import { connectBy, connectTo, enrolmentFor } from './connection.ts';

/** All ways into a tenant do the same to it, whether they are those of its own client or of the root tenant's. */

const TREE: JsonObject = {
  name: 'Acme',
  pools: { people: { name: 'People' } },
  servers: { main: { name: 'Main', clients: { portal: { client_name: 'Portal' } } } },
};
const KEY = 'k'.repeat(32);
const WRITE = { mode: 'update', dryRun: false } as const;

let sandbox: Sandbox;
beforeEach(async () => {
  ({ sandbox } = await startWith(TREE));
  sandbox.addTenant({ id: 'globex', tree: { name: 'Globex' } });
});
afterEach(() => sandbox.close());

const parsed = (body: Buffer) => JSON.parse(body.toString()) as JsonObject;

function connectToRoot() {
  const { issuer, clients } = sandbox.root;
  const { clientId, clientSecret } = clients[0] ?? {};
  const all = enrolmentFor(sandbox, { issuer, clientId, clientSecret, scope: 'all-tenants' });
  return { all, ...connectBy(forTenant(all, 'acme'), { access: 'manage' }) };
}

const WAYS: readonly [who: string, connect: () => Tenant][] = [
  ["the tenant's client", () => connectTo(sandbox, { access: 'manage' })],
  ["the root tenant's client", connectToRoot],
];

const workspace = (): JsonObject =>
  (sandbox.tenant('acme')['servers'] as Record<string, JsonObject>)['main'] ?? {};

describe.each(WAYS)('%s', (_who, connect) => {
  test('reads and changes the tree', async () => {
    const { hub } = connect();
    expect(parsed(await hub.exportTree({ withCredentials: true }))).toMatchObject({ name: 'Acme' });
    await hub.importTree('{"name":"Imported"}', { ...WRITE, idempotencyKey: KEY });
    expect(sandbox.tenant('acme')['name']).toBe('Imported');
    const operations = [{ op: 'replace', path: '/name', value: 'Patched' }];
    await hub.patchTree(JSON.stringify(operations), { ...WRITE, format: 'rfc6902' });
    expect(sandbox.tenant('acme')['name']).toBe('Patched');
    const merge = { servers: { main: { clients: { portal: null } } } };
    await hub.patchTree(JSON.stringify(merge), { ...WRITE, format: 'rfc7396', dryRun: true });
    expect(workspace()['clients']).toHaveProperty('portal');
    await hub.patchTree(JSON.stringify(merge), { ...WRITE, format: 'rfc7396' });
    expect(workspace()['clients']).not.toHaveProperty('portal');
  });

  test('reads and changes the dump', async () => {
    const { system } = connect();
    const dump = parsed(await system.exportDump());
    expect(dump).toHaveProperty('clients');
    const servers = (dump['servers'] as JsonObject[]).map((server) =>
      server['id'] === 'main' ? { ...server, name: 'Imported' } : server,
    );
    await system.importDump(JSON.stringify({ ...dump, servers }), { mode: 'update' });
    expect(workspace()['name']).toBe('Imported');
    const index = servers.findIndex(({ id }) => id === 'main');
    const operations = [{ op: 'replace', path: `/servers/${index}/name`, value: 'Patched' }];
    await system.patchDump(JSON.stringify(operations), { mode: 'update' });
    expect(workspace()['name']).toBe('Patched');
    expect(parsed(await system.exportDump({ workspace: 'main' }))).toHaveProperty('servers');
  });

  test('reads and changes the identity dump', async () => {
    const { identity } = connect();
    const user = { id: 'u1', tenant_id: 'acme', user_pool_id: 'people', status: 'active' };
    const before = parsed(await identity.exportDump());
    await identity.importDump(JSON.stringify({ ...before, users: [user] }));
    const users = () => sandbox.identity('acme')['users'] as Json;
    expect(users()).toMatchObject([{ id: 'u1', status: 'active' }]);
    const operations = [{ op: 'replace', path: '/users/0/status', value: 'inactive' }];
    await identity.patchDump(JSON.stringify(operations), { mode: 'update' });
    expect(users()).toMatchObject([{ id: 'u1', status: 'inactive' }]);
  });

  test('is told of a conflict with mode=fail', async () => {
    const { hub, system } = connect();
    const dump = (await system.exportDump()).toString();
    expect(await rejectionOf(system.importDump(dump, { mode: 'fail' }))).toMatchObject({
      code: 'IMPORT_CONFLICT',
      facts: { status: 409 },
    });
    const imported = hub.importTree(JSON.stringify(TREE), { ...WRITE, mode: 'fail', idempotencyKey: KEY });
    expect(await rejectionOf(imported)).toMatchObject({ code: 'IMPORT_CONFLICT', facts: { status: 422 } });
  });
});

test("the tenant's client reads and changes one workspace", async () => {
  const { hub } = connectTo(sandbox, { access: 'manage' });
  const one = { ...WRITE, workspace: 'main' };
  expect(parsed(await hub.exportTree({ withCredentials: false, workspace: 'main' }))).toMatchObject({
    name: 'Main',
  });
  await hub.importTree('{"name":"Imported"}', { ...one, idempotencyKey: KEY });
  expect(workspace()['name']).toBe('Imported');
  await hub.patchTree('{"name":"Merged"}', { ...one, format: 'rfc7396' });
  expect(workspace()['name']).toBe('Merged');
  expect(await rejectionOf(hub.exportTree({ withCredentials: false, workspace: 'nowhere' }))).toMatchObject({
    code: 'TENANT_NOT_FOUND',
    message: expect.stringContaining(
      'export of workspace nowhere of acme without credentials was answered 404',
    ),
  });
});

test("the root tenant's client lists the tenants, and the tenant's own cannot", async () => {
  const { all } = connectToRoot();
  expect(await connectBy(all).listTenants()).toEqual(['acme', 'globex']);
  expect(await rejectionOf(connectTo(sandbox).listTenants())).toMatchObject({ code: 'NOT_SUPPORTED' });
});

test.each(['off-403', 'off-404'] as const)(
  'a hub that is %s leaves the system API as the way out',
  async (hub) => {
    sandbox.setBehaviour('acme', { hub });
    const tenant = connectTo(sandbox);
    expect((await rejectionOf(tenant.hub.exportTree({ withCredentials: true }))).message).toContain(
      'set "parts": ["system"] in the enrolment',
    );
    expect(parsed(await tenant.system.exportDump())).toMatchObject({ tenant: { name: 'Acme' } });
  },
);
