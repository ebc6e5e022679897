import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parseEnrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import { createConnections } from '../../../functions/tenant/http/connections.client.ts';
import { createHttp } from '../../../functions/tenant/http/http.client.ts';
import { createTokens } from '../../../functions/tenant/http/token.client.ts';
import { rejectionOf } from '../../rejection.ts';
import { LIMITS } from '../connection.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server of this machine, which counts who connects. */
async function listen(onSocket: (socket: Socket) => unknown = () => {}) {
  const sockets: Socket[] = [];
  const server = createRawServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close() && sockets.forEach((socket) => void socket.destroy()));
  return { sockets, port: (server.address() as AddressInfo).port };
}

const DEPLOYED = { ...LIMITS, allowLoopback: false };

describe('a deployed function connects to no server of its own machine', () => {
  test.each([
    ['http://127.0.0.1', 'PLAIN_HTTP'],
    ['http://localhost', 'PLAIN_HTTP'],
    ['https://127.0.0.1', 'ADDRESS_REFUSED'],
    ['https://127.1', 'ADDRESS_REFUSED'],
    ['https://2130706433', 'ADDRESS_REFUSED'],
    ['https://0x7f.1', 'ADDRESS_REFUSED'],
    ['https://[::ffff:127.0.0.1]', 'ADDRESS_REFUSED'],
    ['https://0.0.0.0', 'ADDRESS_REFUSED'],
    // These are names: the connection is refused for what they resolve to.
    ['https://localhost', 'ADDRESS_REFUSED'],
    ['https://LOCALHOST', 'ADDRESS_REFUSED'],
  ])('%s', async (origin, reason) => {
    const { sockets, port } = await listen();
    const url = new URL(`${origin}:${port}/acme/system`);
    expect(await rejectionOf(createHttp(DEPLOYED).send({ method: 'GET', url }))).toMatchObject({
      code: 'TENANT_UNTRUSTED',
      disposition: 'halt',
      facts: { reason },
    });
    expect(sockets).toEqual([]);
  });

  test('as an enrolled issuer, with its secret', async () => {
    const { sockets, port } = await listen();
    const issuer = `http://127.0.0.1:${port}/acme/system`;
    const enrolment = parseEnrolment(
      JSON.stringify({ issuer, clientId: 'x', clientSecret: 'canary' }),
      'acme',
    );
    const got = createTokens(createConnections(DEPLOYED), () => 0).get(enrolment, 'read', 'operation-1');
    expect(await rejectionOf(got)).toMatchObject({ code: 'TENANT_UNTRUSTED' });
    expect(sockets).toEqual([]);
  });
});

test.each([
  'https://169.254.169.254/latest/api/token',
  'https://[fd00:ec2::254]/token',
  'https://2852039166/token',
  'https://[::ffff:a9fe:aa02]/v2/credentials',
])('an issuer cannot send the secret to the platform: %s', async (endpoint) => {
  const server = createServer((request, response) => {
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/system`;
    const found = request.url?.includes('well-known') === true;
    response.statusCode = found ? 200 : 404;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(found ? { issuer, token_endpoint: endpoint } : { error: 'not_found' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/system`;
  const enrolment = parseEnrolment(JSON.stringify({ issuer, clientId: 'x', clientSecret: 'canary' }), 'acme');
  const got = createTokens(createConnections(LIMITS), () => 0).get(enrolment, 'read', 'operation-1');
  expect(await rejectionOf(got)).toMatchObject({
    code: 'TENANT_UNTRUSTED',
    facts: { reason: 'ADDRESS_REFUSED' },
  });
});

test('an answer whose head drips for ever ends', async () => {
  const { port } = await listen((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-drip: ');
    const drip = setInterval(() => socket.write('.'), 10);
    socket.on('close', () => clearInterval(drip));
  });
  const http = createHttp({ ...LIMITS, headersMilliseconds: 300 });
  const url = new URL(`http://127.0.0.1:${port}/`);
  expect(await rejectionOf(http.send({ method: 'GET', url }))).toMatchObject({
    code: 'TENANT_UNAVAILABLE',
    facts: { reason: 'HEADERS_TIMEOUT' },
  });
});
