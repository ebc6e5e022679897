import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createRawServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttp, type HttpLimits } from '../../functions/tenant/http.client.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { LIMITS } from './connection.ts';

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<{ server: Server; url: URL }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({ close: () => server.close(() => {}) && server.closeAllConnections() });
  return { server, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`) };
}

const get = (url: URL, limits: Partial<HttpLimits> = {}) =>
  createHttp({ ...LIMITS, ...limits }).send({ method: 'GET', url });

describe('send', () => {
  test('gives status, headers and the whole body', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(418, { 'x-method': request.method, 'x-accept': request.headers.accept });
      request.pipe(response);
    });
    const answer = await createHttp(LIMITS).send({ method: 'POST', url, body: 'tëst', headers: { a: 'b' } });
    expect(answer.status).toBe(418);
    expect(answer.headers).toMatchObject({ 'x-method': 'POST', 'x-accept': 'application/json' });
    expect(answer.body.toString()).toBe('tëst');
  });

  test('keeps connections for later requests', async () => {
    const { server, url } = await serve((_request, response) => response.end('{}'));
    let connections = 0;
    server.on('connection', () => connections++);
    const http = createHttp(LIMITS);
    for (let i = 0; i < 10; i++) await http.send({ method: 'GET', url });
    // The next request may come before the pool has taken note that the last one is done.
    expect(connections).toBeLessThanOrEqual(2);
  });

  test('follows no redirect', async () => {
    const { url } = await serve((_request, response) => response.writeHead(302, { location: '/x' }).end());
    expect((await get(url)).status).toBe(302);
  });

  test('calls a tenant that does not listen unavailable', async () => {
    const { server, url } = await serve(() => {});
    server.close();
    await once(server, 'close');
    expect(await rejectionOf(get(url))).toMatchObject({
      code: 'TENANT_UNAVAILABLE',
      disposition: 'retry',
      message: `no answer from ${url.host}: ECONNREFUSED`,
      facts: { host: url.host, reason: 'ECONNREFUSED' },
    });
  });

  test('calls a tenant that never answers unavailable', async () => {
    const { url } = await serve(() => {});
    expect(await rejectionOf(get(url, { headersMilliseconds: 50 }))).toMatchObject({
      code: 'TENANT_UNAVAILABLE',
      facts: { reason: 'UND_ERR_HEADERS_TIMEOUT' },
    });
  });

  test('calls a connection that closes before the answer unavailable', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await rejectionOf(get(url))).toMatchObject({ code: 'TENANT_UNAVAILABLE' });
  });

  test('calls what does not speak HTTP unavailable, and repeats nothing of it', async () => {
    const raw = createRawServer((socket) => socket.end('canary, this is no HTTP\r\n\r\n'));
    raw.listen(0, '127.0.0.1');
    await once(raw, 'listening');
    servers.push(raw);
    const error = await rejectionOf(get(new URL(`http://127.0.0.1:${(raw.address() as AddressInfo).port}/`)));
    expect(error.code).toBe('TENANT_UNAVAILABLE');
    expect(saidBy(error)).not.toContain('canary');
  });

  test('calls a host name that does not exist unavailable', async () => {
    expect(await rejectionOf(get(new URL('http://no-such-host.invalid/')))).toMatchObject({
      code: 'TENANT_UNAVAILABLE',
    });
  });

  test.each<[what: string, listener: RequestListener]>([
    [
      'closes in the middle of a body of known length',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('canary');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      'closes before the last chunk',
      (_request, response) => {
        response.writeHead(200).write('canary');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      'stops sending',
      (_request, response) => {
        response.writeHead(200).write('canary');
      },
    ],
  ])('calls an answer incomplete when the tenant %s', async (_what, listener) => {
    const { url } = await serve(listener);
    const error = await rejectionOf(get(url, { bodyMilliseconds: 100 }));
    expect(error).toMatchObject({ code: 'EXPORT_INCOMPLETE', disposition: 'retry', facts: { bytes: 6 } });
    expect(saidBy(error)).not.toContain('canary');
  });

  test('takes a body of exactly the limit', async () => {
    const { url } = await serve((_request, response) => response.end('x'.repeat(100)));
    expect((await get(url, { maxBodyBytes: 100 })).body).toHaveLength(100);
  });

  test('refuses a body that announces more than the limit, without reading it', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '101' }).write('x');
    });
    expect(await rejectionOf(get(url, { maxBodyBytes: 100 }))).toMatchObject({
      code: 'EXPORT_TOO_LARGE',
      disposition: 'reject',
      message: 'answer must have at most 100 bytes, got 101 or more',
      facts: { maxBytes: 100, bytes: 101 },
    });
  });

  test('refuses a body that turns out larger than the limit, and hangs up', async () => {
    let open = false;
    const { url } = await serve((_request, response) => {
      open = true;
      response.on('close', () => {
        open = false;
      });
      const timer = setInterval(() => response.write('x'.repeat(60)), 5);
      response.on('close', () => clearInterval(timer));
    });
    expect((await rejectionOf(get(url, { maxBodyBytes: 100 }))).code).toBe('EXPORT_TOO_LARGE');
    await expect.poll(() => open).toBe(false);
  });
});

describe('fetch', () => {
  test('is the same exchange behind the standard interface', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'x-method': request.method });
      request.pipe(response);
    });
    const http = createHttp(LIMITS);
    const answer = await http.fetch(url.href, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
    expect(answer).toBeInstanceOf(Response);
    expect(answer.headers.get('x-method')).toBe('POST');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.text()).toBe('a=b+c');
  });

  test.each([204, 304])('knows that %i has no body', async (status) => {
    const { url } = await serve((_request, response) => response.writeHead(status).end());
    const answer = await createHttp(LIMITS).fetch(url.href, {});
    expect([answer.status, answer.body]).toEqual([status, null]);
  });

  test('has the limit of all answers', async () => {
    const { url } = await serve((_request, response) => response.end('x'.repeat(101)));
    const http = createHttp({ ...LIMITS, maxBodyBytes: 100 });
    expect((await rejectionOf(http.fetch(url.href, {}))).code).toBe('EXPORT_TOO_LARGE');
  });
});
