import { afterEach, describe, expect, it, vi } from 'vitest';
import { demoTenants } from '../../../scripts/demo/tenants.ts';
import type { BehaviourOrder } from '../../../scripts/sandbox/behaviour.ts';
import { type Sandbox, startSandbox } from '../../../scripts/sandbox/sandbox.ts';
import { basic, startWith } from './support.ts';

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.close());

describe('addTenant', () => {
  it('adds a client of its own to a tenant that has none', async () => {
    sandbox = await startSandbox();
    const { issuer, clients } = sandbox.addTenant({ id: 'acme', tree: {} });
    expect(issuer).toBe(`${sandbox.url}/acme/system`);
    expect(clients).toEqual([
      {
        clientId: 'tenant-backup',
        clientSecret: expect.stringMatching(/^.{32,}$/),
        scopes: ['manage_configuration', 'read_configuration'],
      },
    ]);
  });

  it.each(demoTenants())('gives access to $id by the client that the tree holds', async ({ id, tree }) => {
    sandbox = await startSandbox();
    const { issuer, clients } = sandbox.addTenant({ id, tree });
    const [client] = clients;
    expect(client?.clientSecret).toMatch(`canary-${id}-`);
    const response = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic(client?.clientId ?? '', client?.clientSecret ?? '') },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(response.status).toBe(200);
    expect(sandbox.tenant(id)).toEqual(tree);
  });

  it('keeps neither the caller’s tree nor hands out its own', async () => {
    const tree = { name: 'Acme' };
    ({ sandbox } = await startWith(tree));
    tree.name = 'Changed';
    sandbox.tenant('acme')['name'] = 'Changed';
    expect(sandbox.tenant('acme')['name']).toBe('Acme');
  });

  it('refuses an id that is taken or reserved', async () => {
    const started = await startWith({});
    sandbox = started.sandbox;
    expect(() => started.sandbox.addTenant({ id: 'acme', tree: {} })).toThrow('exists already');
    expect(() => started.sandbox.addTenant({ id: 'system', tree: {} })).toThrow('reserved');
    expect(started.sandbox.tenantIds).toEqual(['acme']);
  });
});

describe('SANDBOX_BEHAVIOUR', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('sets switches of every tenant, unless they are given', async () => {
    vi.stubEnv('SANDBOX_BEHAVIOUR', '{"typedFields":"keep-unknown"}');
    const showsZeros = async (behaviour?: BehaviourOrder) => {
      const { sandbox: started, exportTree } = await startWith({}, behaviour && { behaviour });
      const isShown = Object.hasOwn(await exportTree(), 'url');
      await started.close();
      return isShown;
    };
    expect(await showsZeros()).toBe(true);
    expect(await showsZeros({})).toBe(false);
  });

  it.each(['{"typedFields":"sometimes"}', '{'])('is refused if it is no behaviour: %s', async (text) => {
    vi.stubEnv('SANDBOX_BEHAVIOUR', text);
    await expect(startSandbox()).rejects.toThrow(/typedFields|JSON/);
  });

  it('changes tenants that are there already when it is set for them', async () => {
    const started = await startWith({});
    sandbox = started.sandbox;
    sandbox.setBehaviour('acme', { typedFields: 'drop-unknown' });
    expect(sandbox.tenant('acme')).toMatchObject({ url: '' });
  });
});

describe('requests', () => {
  it('are recorded in order, without bodies and tokens', async () => {
    const started = await startWith({});
    sandbox = started.sandbox;
    const token = await started.token();
    await fetch(`${sandbox.url}/api/hub/acme/promote/config?with_credentials=true`, {
      headers: { authorization: `Bearer ${token}`, 'x-correlation-id': 'nightly-1' },
    });
    expect(sandbox.requests).toEqual([
      {
        at: started.clock.now(),
        method: 'POST',
        path: '/acme/system/oauth2/token',
        query: {},
        tenant: 'acme',
        correlationId: undefined,
        status: 200,
      },
      {
        at: started.clock.now(),
        method: 'GET',
        path: '/api/hub/acme/promote/config',
        query: { with_credentials: 'true' },
        tenant: 'acme',
        correlationId: 'nightly-1',
        status: 200,
      },
    ]);
  });

  it('have no status if the connection was closed instead', async () => {
    const started = await startWith({});
    sandbox = started.sandbox;
    sandbox.setFault('acme', { kind: 'close' });
    await expect(started.requestToken()).rejects.toThrow();
    expect(sandbox.requests[0]).toMatchObject({ status: undefined });
  });
});

it('closes at once, whatever is still connected', async () => {
  const { sandbox: closing, requestToken } = await startWith({});
  await requestToken();
  await closing.close();
  await expect(requestToken()).rejects.toThrow();
});
