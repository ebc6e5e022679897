import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { forTenant, parseEnrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import { createConnections } from '../../../functions/tenant/http/connections.client.ts';
import { createTokens } from '../../../functions/tenant/http/token.client.ts';
import type { AutomationClient } from '../../../scripts/sandbox/automation-clients.ts';
import type { FaultOrder } from '../../../scripts/sandbox/faults.ts';
import type { Sandbox } from '../../../scripts/sandbox/sandbox.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';
import { CLIENT_ID, CLIENT_SECRET, startWith } from '../../scripts/sandbox/support.ts';
import { startCannedTenant } from '../canned-tenant.ts';
import { selfSigned } from '../certificates.ts';
import { connectBy, connectTo, enrolmentFor, LIMITS, seen } from '../connection.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(
  client: Partial<AutomationClient> = {},
  options: { tokenLifetimeSeconds?: number } = {},
) {
  const { sandbox } = await startWith(
    { name: 'Acme' },
    { clients: [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, ...client }], ...options },
  );
  closers.push(() => sandbox.close());
  return sandbox;
}

/** A key and a certificate that no client of the tenant has registered. */
const { certificate: SOME_CERTIFICATE, privateKey: SOME_KEY } = await selfSigned('CN=unknown');

const tokenRequests = (sandbox: Sandbox) => seen(sandbox, 'POST', '/oauth2/token').length;

describe('a token', () => {
  test('is asked for once, and kept until a minute before it expires', async () => {
    const sandbox = await start({}, { tokenLifetimeSeconds: 600 });
    let now = 1_000_000;
    const { tokens } = connectTo(sandbox, { now: () => now });
    const first = await tokens.get(enrolmentFor(sandbox), 'read');
    now += 539_999;
    expect(await tokens.get(enrolmentFor(sandbox), 'read')).toBe(first);
    now += 1;
    expect(await tokens.get(enrolmentFor(sandbox), 'read')).not.toBe(first);
    expect(tokenRequests(sandbox)).toBe(2);
  });

  test('is asked for once by two who need it at the same time', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    const [a, b] = await Promise.all([
      tokens.get(enrolmentFor(sandbox), 'read'),
      tokens.get(enrolmentFor(sandbox), 'read'),
    ]);
    expect(a).toBe(b);
    expect(tokenRequests(sandbox)).toBe(1);
  });

  test('that lives a minute is not kept', async () => {
    const sandbox = await start({}, { tokenLifetimeSeconds: 60 });
    const { tokens } = connectTo(sandbox);
    await tokens.get(enrolmentFor(sandbox), 'read');
    await tokens.get(enrolmentFor(sandbox), 'read');
    expect(tokenRequests(sandbox)).toBe(2);
  });

  test('is another one for writing, and for another client', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    const read = await tokens.get(enrolmentFor(sandbox), 'read');
    expect(await tokens.get(enrolmentFor(sandbox), 'manage')).not.toBe(read);
    await rejectionOf(tokens.get(enrolmentFor(sandbox, { clientId: 'nobody' }), 'read'));
  });

  test.each<{ what: string; other: object }>([
    { what: 'secret', other: { clientSecret: 'client-ids-are-public' } },
    { what: 'method', other: { authentication: 'client_secret_post' } },
    { what: 'kind of authentication', other: { authentication: 'private_key_jwt', privateKey: SOME_KEY } },
    { what: 'trusted authority', other: { ca: SOME_CERTIFICATE } },
  ])('is never served to an enrolment with another $what', async ({ other }) => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    const granted = await tokens.get(enrolmentFor(sandbox), 'read');
    const { clientSecret, ...rest } = { clientSecret: CLIENT_SECRET, ...other } as Record<string, unknown>;
    const asked = enrolmentFor(sandbox, {
      clientSecret: 'privateKey' in rest ? undefined : clientSecret,
      ...rest,
    });
    const served = await tokens.get(asked, 'read').catch(() => null);
    expect(served).not.toBe(granted);
    // The first enrolment keeps what it was granted.
    expect(await tokens.get(enrolmentFor(sandbox), 'read')).toBe(granted);
  });

  test('is not shared by two that ask at the same time with different secrets', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    const [granted, refused] = await Promise.allSettled([
      tokens.get(enrolmentFor(sandbox), 'read'),
      tokens.get(enrolmentFor(sandbox, { clientSecret: 'client-ids-are-public' }), 'read'),
    ]);
    expect(granted.status).toBe('fulfilled');
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'AUTHENTICATION_REFUSED' } });
  });

  test('is one for all tenants of one client', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    const root = { ...enrolmentFor(sandbox), name: 'fleet' };
    const first = await tokens.get({ ...forTenant(root, 'acme'), name: 'fleet--acme' }, 'read');
    expect(await tokens.get({ ...forTenant(root, 'globex'), name: 'fleet--globex' }, 'read')).toBe(first);
    expect(tokenRequests(sandbox)).toBe(1);
  });

  test('is asked for again after it was forgotten', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    const first = await tokens.get(enrolmentFor(sandbox), 'read');
    tokens.forget(enrolmentFor(sandbox), 'read');
    expect(await tokens.get(enrolmentFor(sandbox), 'read')).not.toBe(first);
  });

  test('is asked for again after asking failed', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    sandbox.setFault('acme', { kind: 'fail', on: 'token', times: 1 });
    await rejectionOf(tokens.get(enrolmentFor(sandbox), 'read'));
    expect(await tokens.get(enrolmentFor(sandbox), 'read')).toMatch(/./);
  });
});

describe('scopes', () => {
  /** What a token lets us do: import nothing, as a dry run. */
  const mayWrite = async (sandbox: Sandbox, token: string): Promise<boolean> => {
    const url = `${sandbox.url}/api/hub/acme/promote/config?mode=ignore&dry_run=true`;
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await fetch(url, { method: 'POST', headers, body: '{"name":"Acme"}' });
    return status === 204;
  };

  test('for reading do not include writing where the tenant grants less', async () => {
    const sandbox = await start();
    const { tokens } = connectTo(sandbox);
    expect(await mayWrite(sandbox, await tokens.get(enrolmentFor(sandbox), 'read'))).toBe(false);
    expect(await mayWrite(sandbox, await tokens.get(enrolmentFor(sandbox), 'manage'))).toBe(true);
  });

  test('for reading fall back to the only one that the client has', async () => {
    const sandbox = await start({ scopes: ['manage_configuration'] });
    const { tokens } = connectTo(sandbox);
    expect(await tokens.get(enrolmentFor(sandbox), 'read')).toMatch(/./);
    expect(tokenRequests(sandbox)).toBe(2);
  });

  test('for writing do not fall back', async () => {
    const sandbox = await start({ scopes: ['read_configuration'] });
    expect(await rejectionOf(connectTo(sandbox).tokens.get(enrolmentFor(sandbox), 'manage'))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
      facts: { status: 400, error: 'invalid_scope' },
    });
    expect(tokenRequests(sandbox)).toBe(1);
  });

  test('that the client lacks altogether are a refusal', async () => {
    const sandbox = await start({ scopes: ['profile'] });
    expect(await rejectionOf(connectTo(sandbox).tokens.get(enrolmentFor(sandbox), 'read'))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
      disposition: 'reject',
      message: `${new URL(sandbox.url).host} refused the client: invalid_scope`,
    });
  });
});

describe('client authentication', () => {
  test.each(['client_secret_basic', 'client_secret_post'] as const)(
    'by %s carries any character of id and secret',
    async (method) => {
      const clientId = 'auto:mation +%/ü';
      const clientSecret = `s:e+c%r e/t=&?"'\\ü€𝄞${'x'.repeat(20)}`;
      const sandbox = await start({ clientId, clientSecret, authMethod: method });
      const enrolment = enrolmentFor(sandbox, { clientId, clientSecret, authentication: method });
      expect(await connectTo(sandbox).tokens.get(enrolment, 'read')).toMatch(/./);
    },
  );

  test('by client_secret_basic sends id and secret form-encoded, and without the quotes that curl examples have', async () => {
    const canned = await startCannedTenant((response) => response.end('{}'));
    closers.push(canned.close);
    const enrolment = canned.enrolment({ clientId: 'id:+ %', clientSecret: `a"b\\c'd:e+f g%h/ü` });
    await connectBy(enrolment).tokens.get(enrolment, 'read');
    const [, token] = canned.received;
    const [scheme, encoded = ''] = token?.headers.authorization?.split(' ') ?? [];
    const joined = Buffer.from(encoded, 'base64').toString();
    expect(scheme).toBe('Basic');
    expect(joined).not.toMatch(/["'\\\n]/);
    // What a server of RFC 6749 section 2.3.1 reads in it.
    const form = new URLSearchParams(
      joined
        .split(':')
        .map((part, index) => `${index}=${part}`)
        .join('&'),
    );
    expect(joined.split(':')).toHaveLength(2);
    expect([form.get('0'), form.get('1')]).toEqual([enrolment.clientId, `a"b\\c'd:e+f g%h/ü`]);
    // The secret is nowhere else.
    expect(new URLSearchParams(token?.body)).toEqual(
      new URLSearchParams({ scope: 'read_configuration', grant_type: 'client_credentials' }),
    );
  });

  test.each<[what: string, changes: object]>([
    ['a wrong secret', { clientSecret: 'canary-wrong' }],
    ['an unknown client', { clientId: 'nobody', clientSecret: 'canary-wrong' }],
    ['the wrong method', { authentication: 'client_secret_post' }],
  ])('is refused for %s, without showing the secret', async (_what, changes) => {
    const sandbox = await start();
    const error = await rejectionOf(connectTo(sandbox).tokens.get(enrolmentFor(sandbox, changes), 'read'));
    expect(error).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
      disposition: 'reject',
      facts: { issuer: sandbox.issuer('acme'), status: 401 },
    });
    expect(saidBy(error)).not.toMatch(/canary|automation-secret/);
    expect(error.cause).toBeUndefined();
  });
});

describe('failures', () => {
  test('an issuer that does not exist is a tenant that does not exist', async () => {
    const sandbox = await start();
    const enrolment = enrolmentFor(sandbox, { issuer: sandbox.issuer('umbrella') });
    expect(await rejectionOf(connectTo(sandbox).tokens.get(enrolment, 'read'))).toMatchObject({
      code: 'TENANT_NOT_FOUND',
      disposition: 'reject',
      message: `${sandbox.issuer('umbrella')} does not exist (404)`,
    });
  });

  test.each<[fault: FaultOrder, code: string, facts: object]>([
    [{ kind: 'throttle', retryAfterSeconds: 7 }, 'TENANT_THROTTLED', { retryAfterSeconds: 7 }],
    [{ kind: 'burst-refusal' }, 'TENANT_THROTTLED', { retryAfterSeconds: 15 }],
    [{ kind: 'fail', status: 503 }, 'TENANT_UNAVAILABLE', { status: 503 }],
    [{ kind: 'close' }, 'TENANT_UNAVAILABLE', {}],
    [{ kind: 'slow', delayMilliseconds: 3_000 }, 'TENANT_UNAVAILABLE', { reason: 'HEADERS_TIMEOUT' }],
    [{ kind: 'truncate', framing: 'length' }, 'EXPORT_INCOMPLETE', {}],
    [{ kind: 'truncate', framing: 'whole' }, 'UNEXPECTED_RESPONSE', {}],
    [{ kind: 'html' }, 'UNEXPECTED_RESPONSE', {}],
    [{ kind: 'empty' }, 'UNEXPECTED_RESPONSE', {}],
  ])('by %j are %s, at discovery and at the token endpoint', async (fault, code, facts) => {
    for (const on of ['discovery', 'token'] as const) {
      const sandbox = await start();
      sandbox.setFault('acme', { ...fault, on });
      const { tokens } = connectTo(sandbox, { limits: { headersMilliseconds: 150 } });
      const error = await rejectionOf(tokens.get(enrolmentFor(sandbox), 'read'));
      expect({ on, code: error.code }).toEqual({ on, code });
      expect(error.facts).toMatchObject(facts);
      expect(saidBy(error)).not.toContain(CLIENT_SECRET);
      expect(JSON.stringify(error.cause ?? '')).not.toContain(CLIENT_SECRET);
    }
  });
});

describe('what an issuer says of itself', () => {
  /** An issuer that says anything. */
  async function issuerSaying(
    discovery: (url: string) => object,
    token: object = {},
  ): Promise<{ issuer: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const isDiscovery = request.url?.includes('well-known');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      response.setHeader('content-type', 'application/json');
      if (!isDiscovery && 'error' in token) response.statusCode = 400;
      response.end(JSON.stringify(isDiscovery ? discovery(url) : token));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    return { issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/system`, asked };
  }

  const ask = (issuer: string) =>
    rejectionOf(
      createTokens(createConnections(LIMITS), () => 0).get(
        parseEnrolment(JSON.stringify({ issuer, clientId: 'x', clientSecret: CLIENT_SECRET }), 'acme'),
        'read',
        'operation-1',
      ),
    );

  test('must be its own name', async () => {
    const { issuer, asked } = await issuerSaying((url) => ({
      issuer: `${url}/other/system`,
      token_endpoint: `${url}/token`,
    }));
    expect(await ask(issuer)).toMatchObject({ code: 'UNEXPECTED_RESPONSE' });
    expect(asked).not.toContain('/token');
  });

  test('must not send the secret elsewhere without TLS', async () => {
    const { issuer, asked } = await issuerSaying((url) => ({
      issuer: `${url}/acme/system`,
      token_endpoint: 'http://tokens.example.test/token',
    }));
    expect(await ask(issuer)).toMatchObject({
      code: 'UNEXPECTED_RESPONSE',
      message: `${issuer} must name a token endpoint with https, got http://tokens.example.test`,
    });
    // The issuer itself has been asked meanwhile, where issuers of SecureAuth mostly have their token endpoint.
    expect(asked.toSorted()).toEqual([
      '/acme/system/.well-known/openid-configuration',
      '/acme/system/oauth2/token',
    ]);
  });

  test('decides where the token comes from, whatever the issuer itself answered meanwhile', async () => {
    const { issuer, asked } = await issuerSaying(
      (url) => ({ issuer: `${url}/acme/system`, token_endpoint: `${url}/token` }),
      { access_token: 'canary', token_type: 'Bearer', expires_in: 60 },
    );
    await createTokens(createConnections(LIMITS), () => 0).get(
      parseEnrolment(JSON.stringify({ issuer, clientId: 'x', clientSecret: CLIENT_SECRET }), 'acme'),
      'read',
      'operation-1',
    );
    expect(asked.at(-1)).toBe('/token');
  });

  test('must include a token endpoint', async () => {
    const { issuer } = await issuerSaying((url) => ({ issuer: `${url}/acme/system` }));
    expect(await ask(issuer)).toMatchObject({ code: 'UNEXPECTED_RESPONSE' });
  });

  test('is not repeated where it repeats what it was sent', async () => {
    const { issuer } = await issuerSaying(
      (url) => ({ issuer: `${url}/acme/system`, token_endpoint: `${url}/token` }),
      { error: `wrong secret: ${CLIENT_SECRET}`, error_description: CLIENT_SECRET },
    );
    const error = await ask(issuer);
    expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED', facts: { status: 400 } });
    expect(saidBy(error)).not.toContain(CLIENT_SECRET);
  });

  test.each<[what: string, token: object]>([
    ['no token', { token_type: 'Bearer' }],
    ['a token of a type that is not asked for', { access_token: 'canary', token_type: 'mac' }],
    ['an empty token', { access_token: '', token_type: 'Bearer' }],
    ['a token that cannot be sent', { access_token: 7, token_type: 'Bearer' }],
  ])('is refused where it is %s', async (_what, token) => {
    const { issuer } = await issuerSaying(
      (url) => ({ issuer: `${url}/acme/system`, token_endpoint: `${url}/token` }),
      token,
    );
    const error = await ask(issuer);
    expect(error.code).toBe('UNEXPECTED_RESPONSE');
    expect(saidBy(error)).not.toContain('canary');
  });
});
