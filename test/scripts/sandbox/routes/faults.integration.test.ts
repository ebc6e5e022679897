import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultOrder } from '../../../../scripts/sandbox/faults.ts';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { startWith } from '../support.ts';

const CONFIG = '/promote/config?with_credentials=true';
const TREE = {
  servers: {
    customers: {
      name: 'Customers',
      clients: {
        portal: { client_name: 'Portal', client_secret: 's'.repeat(32) },
        shop: { client_secret: 's'.repeat(32) },
      },
    },
  },
};

let sandbox: Sandbox;
let { call, callSystem, exportTree, importTree, requestToken, token } = {} as Awaited<
  ReturnType<typeof startWith>
>;
let bearer: string;

beforeEach(async () => {
  ({ sandbox, call, callSystem, exportTree, importTree, requestToken, token } = await startWith(TREE));
  bearer = await token();
});
afterEach(() => sandbox.close());

const exportWith = async (fault: FaultOrder): Promise<Response> => {
  sandbox.setFault('acme', { ...fault, times: 1 });
  return call(CONFIG, { bearer, headers: { 'accept-encoding': 'identity' } });
};
const clientsNow = () => (sandbox.tenant('acme')['servers'] as never)['customers']['clients'];

describe('faults', () => {
  it('throttle answers 429 and how long to wait', async () => {
    const response = await exportWith({ kind: 'throttle', retryAfterSeconds: 7 });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ status_code: 429, error: 'Too many requests' });
  });

  it('burst-refusal answers 403 request_forbidden', async () => {
    const response = await exportWith({ kind: 'burst-refusal' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error_code: 'request_forbidden' });
  });

  it.each([500, 502, 503, 404])('fail answers %i', async (status) => {
    const response = await exportWith({ kind: 'fail', status });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status_code: status });
  });

  it('html answers 200 with a page', async () => {
    const response = await exportWith({ kind: 'html' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('text/html');
    expect(await response.text()).toMatch('<html>');
  });

  it('empty answers 200 with nothing', async () => {
    const response = await exportWith({ kind: 'empty' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('truncate announces everything, sends half and breaks the connection', async () => {
    const full = (await (await call(CONFIG, { bearer })).text()).length;
    const response = await exportWith({ kind: 'truncate' });
    expect(response.headers.get('content-length')).toBe(String(full));
    await expect(response.text()).rejects.toThrow();
  });

  it('truncate breaks a chunked answer without its last chunk', async () => {
    const response = await exportWith({ kind: 'truncate', framing: 'chunked' });
    expect(response.headers.get('content-length')).toBeNull();
    await expect(response.text()).rejects.toThrow();
  });

  it('truncate can look whole and hold half a document', async () => {
    const response = await exportWith({ kind: 'truncate', framing: 'whole' });
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(() => JSON.parse(text)).toThrow();
  });

  it('close breaks the connection instead of answering', async () => {
    await expect(exportWith({ kind: 'close' })).rejects.toThrow();
    expect((await call(CONFIG, { bearer })).status).toBe(200);
  });

  it.each([
    ['before', 'Portal'],
    ['after', 'Changed'],
  ] as const)('close %s an import leaves the client %s', async (when, name) => {
    sandbox.setFault('acme', { kind: 'close', when, on: 'import' });
    const document = { servers: { customers: { clients: { portal: { client_name: 'Changed' } } } } };
    await expect(importTree(document)).rejects.toThrow();
    expect(clientsNow()).toMatchObject({ portal: { client_name: name } });
  });

  it('slow answers after a later request, and like everything else', async () => {
    sandbox.setFault('acme', { kind: 'slow', delayMilliseconds: 300, times: 1 });
    const answered: string[] = [];
    const slow = call(CONFIG, { bearer }).then((response) => {
      answered.push('slow');
      return response;
    });
    // The fault is spent as soon as the slow request is in.
    while (sandbox.requests.at(-1)?.method !== 'GET') await new Promise(setImmediate);
    await call(CONFIG, { bearer });
    answered.push('quick');
    expect((await slow).status).toBe(200);
    expect(answered).toEqual(['quick', 'slow']);
  });

  it('redacted answers a request for credentials without them', async () => {
    const response = await exportWith({ kind: 'redacted' });
    expect(await response.json()).toMatchObject({
      servers: { customers: { clients: { portal: { client_secret: '' } } } },
    });
    expect(await exportTree()).toMatchObject({
      servers: { customers: { clients: { portal: { client_secret: 's'.repeat(32) } } } },
    });
  });

  it('skip-import answers 204 and imports nothing', async () => {
    sandbox.setFault('acme', { kind: 'skip-import' });
    const before = sandbox.tenant('acme');
    expect((await importTree({ name: 'Changed', servers: { new: { name: 'New' } } })).status).toBe(204);
    expect(sandbox.tenant('acme')).toEqual(before);
  });

  it('skip-import leaves out one object and imports the others', async () => {
    sandbox.setFault('acme', { kind: 'skip-import', pointer: '/servers/customers/clients/portal' });
    const clients = { portal: { client_name: 'Changed' }, shop: { client_name: 'Changed' } };
    expect((await importTree({ servers: { customers: { clients } } })).status).toBe(204);
    expect(clientsNow()).toMatchObject({
      portal: { client_name: 'Portal' },
      shop: { client_name: 'Changed' },
    });
  });

  it.each([
    ['before', 'Portal'],
    ['after', 'Changed'],
  ] as const)('fail %s a write leaves the client %s', async (when, name) => {
    sandbox.setFault('acme', { kind: 'fail', status: 502, when, on: 'import' });
    const document = { servers: { customers: { clients: { portal: { client_name: 'Changed' } } } } };
    const response = await importTree(document);
    expect([response.status, await response.json()]).toMatchObject([502, { status_code: 502 }]);
    expect(clientsNow()).toMatchObject({ portal: { client_name: name } });
  });

  it.each(['before', 'after'] as const)('hang %s keeps the caller waiting', async (when) => {
    sandbox.setFault('acme', { kind: 'hang', when, times: 1, on: 'export' });
    const waiting = fetch(`${sandbox.url}/api/hub/acme${CONFIG}`, {
      headers: { authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(100),
    });
    await expect(waiting).rejects.toThrow(/timeout/);
    expect((await call(CONFIG, { bearer })).status).toBe(200);
  });

  it('fail-halfway changes the first objects only', async () => {
    sandbox.setFault('acme', { kind: 'fail-halfway', objects: 2, status: 422, times: 1 });
    const clients = {
      portal: { client_name: 'Changed' },
      shop: { client_name: 'Changed' },
      made: { client_name: 'Made' },
    };
    expect((await importTree({ servers: { customers: { clients } } })).status).toBe(422);
    expect(clientsNow()).toMatchObject({
      portal: { client_name: 'Changed' },
      shop: { client_name: 'Changed' },
    });
    expect(clientsNow()).not.toHaveProperty('made');
    expect((await importTree({ servers: { customers: { clients } } })).status).toBe(204);
    expect(clientsNow()).toHaveProperty('made');
  });

  it('html may have another status', async () => {
    const response = await exportWith({ kind: 'html', status: 502 });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      502,
      'text/html; charset=utf-8',
    ]);
  });

  it('content-type answers with a wrong one', async () => {
    const response = await exportWith({ kind: 'content-type', type: 'application/octet-stream' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/octet-stream',
    ]);
    expect(await response.json()).toMatchObject({ servers: {} });
  });

  it('redirect answers with a location', async () => {
    sandbox.setFault('acme', { kind: 'redirect', location: 'https://login.example/' });
    const response = await fetch(`${sandbox.url}/api/hub/acme${CONFIG}`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://login.example/']);
  });

  it('may be limited to one family of APIs', async () => {
    sandbox.setFault('acme', { kind: 'fail', api: 'system' });
    expect((await call(CONFIG, { bearer })).status).toBe(200);
    expect((await callSystem('/configuration', { bearer })).status).toBe(503);
  });

  it.each<[string, FaultOrder, string, RequestInit, number]>([
    [
      'patch of a tree',
      { kind: 'fail', on: 'patch' },
      '/api/hub/acme/promote/config-rfc7396',
      { method: 'PATCH', body: '{}' },
      503,
    ],
    ['dump', { kind: 'throttle' }, '/api/system/acme/configuration', {}, 429],
    [
      'import of a dump',
      { kind: 'burst-refusal', on: 'import' },
      '/api/system/acme/configuration',
      { method: 'PUT', body: '{}' },
      403,
    ],
    [
      'patch of a dump',
      { kind: 'fail', status: 500 },
      '/api/system/acme/configuration',
      { method: 'PATCH', body: '[]' },
      500,
    ],
    ['identity dump', { kind: 'fail' }, '/api/identity/acme/configuration', {}, 503],
    ['root tree by its tid', { kind: 'fail' }, '/api/hub/system/promote/config?tid=acme', {}, 503],
    ['root dump by its tid', { kind: 'fail' }, '/api/system/configuration?tid=acme', {}, 503],
    [
      'deletion',
      { kind: 'fail', on: 'delete' },
      '/api/system/acme/servers/customers',
      { method: 'DELETE' },
      503,
    ],
  ])('hit a %s', async (_name, fault, path, init, status) => {
    sandbox.setFault('acme', fault);
    const headers = { authorization: `Bearer ${bearer}` };
    expect((await fetch(`${sandbox.url}${path}`, { ...init, headers })).status).toBe(status);
  });

  it('skip-import leaves objects of a patch and of a dump as they were', async () => {
    sandbox.setFault('acme', { kind: 'skip-import', pointer: '/servers/customers/clients/portal', times: 1 });
    const clients = { portal: null, shop: null };
    const body = JSON.stringify({ servers: { customers: { clients } } });
    expect((await call('/promote/config-rfc7396', { method: 'PATCH', body })).status).toBe(204);
    expect(Object.keys(clientsNow())).toEqual(['portal']);
    sandbox.setFault('acme', { kind: 'skip-import', pointer: '/clients/0', times: 1 });
    const made = (client_id: string) => ({
      tenant_id: 'acme',
      authorization_server_id: 'customers',
      client_id,
    });
    const dump = JSON.stringify({ clients: [made('a'), made('b')] });
    expect((await callSystem('/configuration?mode=update', { method: 'PUT', body: dump })).status).toBe(204);
    expect(Object.keys(clientsNow())).toEqual(['portal', 'b']);
  });

  it('redacted spoils a dump', async () => {
    sandbox.setFault('acme', { kind: 'redacted' });
    const text = await (await callSystem('/configuration', { bearer })).text();
    expect(text).toContain('"client_secret":""');
    expect(text).not.toContain('s'.repeat(32));
  });

  it('reach the token endpoint and discovery as well', async () => {
    sandbox.setFault('*', { kind: 'fail', status: 500 });
    expect((await requestToken()).status).toBe(500);
    expect((await fetch(`${sandbox.issuer('acme')}/.well-known/openid-configuration`)).status).toBe(500);
    sandbox.clearFaults();
    expect((await requestToken()).status).toBe(200);
  });
});

describe('/_sandbox/faults', () => {
  const admin = (init?: RequestInit, query = ''): Promise<Response> =>
    fetch(`${sandbox.url}/_sandbox/faults${query}`, init);

  it('arms, lists and disarms', async () => {
    const armed = await admin({
      method: 'POST',
      body: '{"tenant":"acme","kind":"fail","status":500,"times":2}',
    });
    expect([armed.status, await armed.json()]).toEqual([
      201,
      { tenant: 'acme', kind: 'fail', status: 500, times: 2, when: 'before' },
    ]);
    expect((await call(CONFIG, { bearer })).status).toBe(500);
    expect(await (await admin()).json()).toEqual({
      faults: [{ tenant: 'acme', kind: 'fail', status: 500, times: 2, when: 'before', matched: 1 }],
    });
    expect((await admin({ method: 'DELETE' }, '?tenant=acme')).status).toBe(204);
    expect((await call(CONFIG, { bearer })).status).toBe(200);
  });

  it('is for all tenants unless it names one, and spared from faults itself', async () => {
    await admin({ method: 'POST', body: '{"kind":"close"}' });
    expect(await (await admin()).json()).toMatchObject({ faults: [{ tenant: '*', kind: 'close' }] });
  });

  it.each(['{', '[]', '{"kind":"explode"}', '{"tenant":5,"kind":"fail"}', '{"kind":"fail","status":200}'])(
    'refuses %s with 400',
    async (body) => {
      expect((await admin({ method: 'POST', body })).status).toBe(400);
      expect(await (await admin()).json()).toEqual({ faults: [] });
    },
  );
});
