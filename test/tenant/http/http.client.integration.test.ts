import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpLimits } from '../../../functions/tenant/http/exchange.client.ts';
import { createHttp } from '../../../functions/tenant/http/http.client.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';
import { LIMITS } from '../connection.ts';

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

/** A server that speaks as it likes. */
async function serveRaw(listener: (socket: Socket) => unknown): Promise<URL> {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    listener(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({ close: () => server.close() && sockets.forEach((socket) => void socket.destroy()) });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
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

  test('lets no request wait for another', async () => {
    const waiting: ServerResponse[] = [];
    const { url } = await serve((_request, response) => {
      waiting.push(response);
      if (waiting.length === 50) for (const each of waiting) each.end('{}');
    });
    const http = createHttp(LIMITS);
    await Promise.all(Array.from({ length: 50 }, () => http.send({ method: 'GET', url })));
    expect(waiting).toHaveLength(50);
  });

  test('keeps no connection that the server is about to close', async () => {
    const { server, url } = await serve((_request, response) =>
      response.writeHead(200, { 'keep-alive': 'timeout=1' }).end('{}'),
    );
    let connections = 0;
    server.on('connection', () => connections++);
    const http = createHttp(LIMITS);
    for (let i = 0; i < 3; i++) await http.send({ method: 'GET', url });
    expect(connections).toBe(3);
  });

  test('closes a connection that nobody needs for four seconds', async () => {
    const { server, url } = await serve((_request, response) => response.end('{}'));
    server.keepAliveTimeout = 0;
    let open = 0;
    server.on('connection', (socket) => {
      open++;
      socket.on('close', () => open--);
    });
    await get(url);
    expect(open).toBe(1);
    await expect.poll(() => open, { timeout: 20_000 }).toBe(0);
  });

  test('repeats nothing when the server closes a kept connection instead of an answer', async () => {
    let requests = 0;
    const { url } = await serve((request, response) => {
      requests++;
      if (requests === 1) response.end('{}');
      else request.socket.destroy();
    });
    const http = createHttp(LIMITS);
    await http.send({ method: 'GET', url });
    expect(await rejectionOf(http.send({ method: 'PUT', url, body: '{}' }))).toMatchObject({
      code: 'TENANT_UNAVAILABLE',
      facts: { reason: 'ECONNRESET' },
    });
    expect(requests).toBe(2);
  });

  test('lets go of a connection on which the server answers and reads no further', async () => {
    const answer = 'HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}';
    const closed = Promise.withResolvers<void>();
    let connection: Socket | undefined;
    let received = 0;
    const url = await serveRaw((socket) => {
      connection = socket;
      socket
        .once('data', () => socket.pause().write(answer))
        .on('data', ({ length }) => (received += length));
      socket.once('close', () => closed.resolve()).on('error', () => {});
    });
    const body = Buffer.alloc(32 * 1024 * 1024);
    const sent = await createHttp(LIMITS).send({ method: 'PUT', url, body });
    expect([sent.status, sent.body.toString()]).toEqual([413, '{}']);
    connection?.resume();
    await closed.promise;
    expect(received).toBeLessThan(body.length);
  });

  test('calls a tenant that stops taking in a request unavailable', async () => {
    const url = await serveRaw((socket) => socket.pause());
    const body = Buffer.alloc(32 * 1024 * 1024);
    const http = createHttp({ ...LIMITS, headersMilliseconds: 100 });
    expect(await rejectionOf(http.send({ method: 'PUT', url, body }))).toMatchObject({
      code: 'TENANT_UNAVAILABLE',
      facts: { reason: 'HEADERS_TIMEOUT' },
    });
  });

  test.each(['headers', 'body'])('hangs up while it waits for the %s when it is told to', async (part) => {
    const end = new AbortController();
    const hungUp = Promise.withResolvers<void>();
    const { url } = await serve((_request, response) => {
      response.on('close', () => hungUp.resolve());
      if (part === 'body') response.writeHead(200).write('canary');
      setTimeout(() => end.abort(), 20);
    });
    const http = createHttp({ ...LIMITS, headersMilliseconds: 60_000, bodyMilliseconds: 60_000 });
    expect(await rejectionOf(http.send({ method: 'GET', url, signal: end.signal }))).toMatchObject({
      code: part === 'body' ? 'EXPORT_INCOMPLETE' : 'TENANT_UNAVAILABLE',
      facts: { reason: 'ABORTED' },
    });
    await hungUp.promise;
  });

  test('sends nothing when it was told to hang up before', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests++;
      response.end('{}');
    });
    const send = createHttp(LIMITS).send({ method: 'PUT', url, body: '{}', signal: AbortSignal.abort() });
    expect((await rejectionOf(send)).facts).toMatchObject({ reason: 'ABORTED' });
    expect((await get(url)).status).toBe(200);
    expect(requests).toBe(1);
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
      facts: { reason: 'HEADERS_TIMEOUT' },
    });
  });

  test('waits for headers from the end of the request on', async () => {
    const { url } = await serve((request, response) => {
      // Taken in more slowly than the limit, and answered as soon as it is whole.
      request.on('data', () => request.pause() && setTimeout(() => request.resume(), 1));
      request.on('end', () => response.end('{}'));
    });
    const sent = createHttp(LIMITS).send({ method: 'PUT', url, body: Buffer.alloc(128 * 1024 * 1024) });
    expect((await sent).status).toBe(200);
  });

  test('calls a tenant that lets nobody through to it unavailable', async () => {
    const { port } = await serveRaw(() => {});
    const get443 = get(new URL(`https://127.0.0.1:${port}/`), { connectMilliseconds: 50 });
    expect(await rejectionOf(get443)).toMatchObject({
      code: 'TENANT_UNAVAILABLE',
      facts: { reason: 'CONNECT_TIMEOUT' },
    });
  });

  test('calls a tenant that changes to another protocol unavailable', async () => {
    const url = await serveRaw((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: canary\r\n\r\n');
    });
    const error = await rejectionOf(get(url));
    expect(error.code).toBe('TENANT_UNAVAILABLE');
    expect(saidBy(error)).not.toContain('canary');
  });

  test('calls a connection that closes before the answer unavailable', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await rejectionOf(get(url))).toMatchObject({ code: 'TENANT_UNAVAILABLE' });
  });

  test('calls what does not speak HTTP unavailable, and repeats nothing of it', async () => {
    const url = await serveRaw((socket) => socket.end('canary, this is no HTTP\r\n\r\n'));
    const error = await rejectionOf(get(url));
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

  test('ends a body that drips for ever, though no pause within it is long', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const error = await rejectionOf(get(url, { bodyMilliseconds: 400 }));
    expect(error).toMatchObject({ code: 'EXPORT_INCOMPLETE', facts: { reason: 'BODY_TIMEOUT' } });
  });

  test('gives a body that comes in pieces as it was sent, whether its size was announced or not', async () => {
    const sent = Array.from({ length: 5 }, (_, piece) => Buffer.alloc(100_000, `${piece}`));
    for (const headers of [{ 'content-length': '500000' }, {}]) {
      const { url } = await serve(async (_request, response) => {
        response.writeHead(200, headers);
        for (const piece of sent) {
          response.write(piece);
          await setImmediate();
        }
        response.end();
      });
      expect((await get(url)).body.equals(Buffer.concat(sent))).toBe(true);
    }
  });

  test('gives no body of an answer that announces one and has none', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(304, { 'content-length': '100' }).end(),
    );
    expect((await get(url)).body).toHaveLength(0);
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
