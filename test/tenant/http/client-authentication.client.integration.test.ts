import { generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AutomationClient } from '../../../scripts/sandbox/automation-clients.ts';
import type { JsonObject } from '../../../scripts/sandbox/json.ts';
import type { SandboxOptions } from '../../../scripts/sandbox/sandbox.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';
import { CLIENT_ID, startWith } from '../../scripts/sandbox/support.ts';
import { type Authority, type Certified, createAuthority, selfSigned } from '../certificates.ts';
import { connectTo, enrolmentFor, seen } from '../connection.ts';

/** Every way for a client to say who it is but by a secret: real keys, real certificates, real TLS. */

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(client: Partial<AutomationClient>, options: SandboxOptions = {}) {
  const { sandbox } = await startWith(
    { name: 'Acme' },
    { clients: [{ clientId: CLIENT_ID, ...client }], now: () => new Date(), ...options },
  );
  closers.push(() => sandbox.close());
  return sandbox;
}

/** The document of the tenant, read by a client of the given enrolment. */
const read = async (sandbox: Awaited<ReturnType<typeof start>>, changes: object) => {
  const enrolment = enrolmentFor(sandbox, { clientSecret: undefined, ...changes });
  const { hub } = connectTo(sandbox, { enrolment });
  return JSON.parse((await hub.exportTree({ withCredentials: false })).toString());
};

const isFulfilled = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.allSettled([promise]))[0]?.status === 'fulfilled';

const changeSystem = (sandbox: Awaited<ReturnType<typeof start>>, settings: JsonObject) =>
  sandbox.changeTenant('acme', (tree) => {
    Object.assign((tree as { servers: { system: object } }).servers.system, settings);
  });

const keyPair = {
  'RSA of 2048 bits': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} satisfies Record<string, () => { publicKey: KeyObject; privateKey: KeyObject }>;

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwkOf = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }) }) as JsonObject;

const registering = (...keys: JsonObject[]): Partial<AutomationClient> => ({
  authMethod: 'private_key_jwt',
  registration: { jwks: { keys } },
});

const JWT = { authentication: 'private_key_jwt' };

describe('private_key_jwt', () => {
  test.each(Object.keys(keyPair) as (keyof typeof keyPair)[])(
    'signs with a key of %s in PEM',
    async (type) => {
      const { publicKey, privateKey } = keyPair[type]();
      const sandbox = await start(registering(jwkOf(publicKey)));
      expect(await read(sandbox, { ...JWT, privateKey: pemOf(privateKey) })).toMatchObject({ name: 'Acme' });
      expect(seen(sandbox, 'POST', '/oauth2/token').map(({ status }) => status)).toEqual([200]);
    },
  );

  test.each(['RS512', 'PS256', 'PS384'])('signs by %s where the enrolment says so', async (algorithm) => {
    const { publicKey, privateKey } = keyPair['RSA of 2048 bits']();
    // A key that is registered for one algorithm alone.
    const sandbox = await start(registering({ ...jwkOf(publicKey), alg: algorithm }));
    const enrolment = { ...JWT, privateKey: pemOf(privateKey) };
    expect(await read(sandbox, { ...enrolment, algorithm })).toMatchObject({ name: 'Acme' });
    expect(await rejectionOf(read(sandbox, enrolment))).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
  });

  test.each([
    ['an object', (jwk: JsonObject): unknown => jwk],
    ['its text', (jwk: JsonObject): unknown => JSON.stringify(jwk)],
  ])('takes a JWK as %s, with the id and the algorithm that it names', async (_what, given) => {
    const [used, other] = [keyPair['RSA of 2048 bits'](), keyPair['RSA of 2048 bits']()];
    const sandbox = await start(
      // Without the id, nobody knows which of them it is.
      registering(
        { ...jwkOf(other.publicKey), kid: 'other', alg: 'PS512' },
        { ...jwkOf(used.publicKey), kid: 'used', alg: 'PS512' },
      ),
    );
    const privateKey = given({ ...jwkOf(used.privateKey), kid: 'used', alg: 'PS512' });
    expect(await read(sandbox, { ...JWT, privateKey })).toMatchObject({ name: 'Acme' });
  });

  test('names the key that the enrolment names', async () => {
    const [used, other] = [keyPair['P-256'](), keyPair['P-256']()];
    const sandbox = await start(
      registering({ ...jwkOf(other.publicKey), kid: 'a' }, { ...jwkOf(used.publicKey), kid: 'b' }),
    );
    const enrolment = { ...JWT, privateKey: pemOf(used.privateKey) };
    expect(await read(sandbox, { ...enrolment, keyId: 'b' })).toMatchObject({ name: 'Acme' });
    expect(await rejectionOf(read(sandbox, { ...enrolment, keyId: 'a' }))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
    });
  });

  test('is refused with a key that the client has not registered, which is not shown', async () => {
    const sandbox = await start(registering(jwkOf(keyPair['P-256']().publicKey)));
    const stranger = jwkOf(keyPair['P-256']().privateKey);
    const error = await rejectionOf(read(sandbox, { ...JWT, privateKey: stranger }));
    expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED', facts: { error: 'invalid_client' } });
    expect(saidBy(error)).not.toContain(stranger['d']);
  });

  test.each([
    [['RS256', 'ES256'], true],
    [['RS256'], false],
  ])('is known where the workspace takes the algorithms %s: %s', async (algorithms, isKnown) => {
    const { publicKey, privateKey } = keyPair['P-256']();
    const sandbox = await start(registering(jwkOf(publicKey)));
    changeSystem(sandbox, { token_endpoint_auth_signing_alg_values: algorithms });
    const reading = read(sandbox, { ...JWT, privateKey: pemOf(privateKey) });
    expect(await isFulfilled(reading)).toBe(isKnown);
  });

  test('makes an assertion that the sandbox refuses a day later', async () => {
    const { publicKey, privateKey } = keyPair['P-256']();
    const tomorrow = () => new Date(Date.now() + 86_400_000);
    const sandbox = await start(registering(jwkOf(publicKey)), { now: tomorrow });
    expect(await rejectionOf(read(sandbox, { ...JWT, privateKey: pemOf(privateKey) }))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
    });
  });
});

describe('over TLS', () => {
  let authority: Authority;
  let server: Certified;
  let client: Certified;
  const SUBJECT = 'CN=tenant-backup, OU=Operations, O=Acme';

  beforeAll(async () => {
    authority = await createAuthority();
    server = await authority.certify('CN=sandbox', ['127.0.0.1', 'localhost']);
    client = await authority.certify(SUBJECT);
  });

  const tls = (mutual?: { ca?: string }) => ({
    tls: { cert: server.certificate, key: server.privateKey, ...(mutual && { mutual }) },
  });
  const trusting = () => ({ ca: authority.certificate });

  describe('a deployment with an authority of its own', () => {
    const secret = randomBytes(16).toString('hex');

    test('is trusted where the enrolment names the authority', async () => {
      const sandbox = await start({ clientSecret: secret }, tls());
      expect(await read(sandbox, { clientSecret: secret, ...trusting() })).toMatchObject({ name: 'Acme' });
    });

    test.each<[what: string, ca: () => Promise<string | undefined>]>([
      ['names none', async () => undefined],
      ['names another', async () => (await createAuthority()).certificate],
    ])('is refused before anything is sent where the enrolment %s', async (_what, ca) => {
      const sandbox = await start({ clientSecret: secret }, tls());
      expect(await rejectionOf(read(sandbox, { clientSecret: secret, ca: await ca() }))).toMatchObject({
        code: 'TENANT_UNTRUSTED',
        disposition: 'halt',
        message: expect.stringMatching(/^the certificate of 127\.0\.0\.1:\d+ is not trusted: [A-Z_]+$/),
      });
      expect(sandbox.requests).toEqual([]);
    });

    test('is refused under a name that its certificate does not have', async () => {
      const elsewhere = await authority.certify('CN=sandbox', ['elsewhere.example.test']);
      const sandbox = await start(
        { clientSecret: secret },
        { tls: { cert: elsewhere.certificate, key: elsewhere.privateKey } },
      );
      expect(await rejectionOf(read(sandbox, { clientSecret: secret, ...trusting() }))).toMatchObject({
        code: 'TENANT_UNTRUSTED',
        facts: { reason: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      });
    });
  });

  const MTLS = { authentication: 'tls_client_auth' };
  const registered = (registration: JsonObject = {}): Partial<AutomationClient> => ({
    authMethod: 'tls_client_auth',
    registration: { tls_client_auth_subject_dn: SUBJECT, ...registration },
  });
  const mutual = () => tls({ ca: authority.certificate });

  describe('tls_client_auth', () => {
    test('is known by the subject of a certificate from an authority that the tenant trusts', async () => {
      const sandbox = await start(registered(), mutual());
      expect(await read(sandbox, { ...MTLS, ...client, ...trusting() })).toMatchObject({ name: 'Acme' });
    });

    test.each<[what: string, certificate: () => Promise<Certified>]>([
      ['of another subject', () => authority.certify('CN=somebody-else, OU=Operations, O=Acme')],
      ['that nobody has signed', () => selfSigned(SUBJECT)],
      ['from another authority', async () => (await createAuthority()).certify(SUBJECT)],
    ])('is refused with a certificate %s', async (_what, certificate) => {
      const sandbox = await start(registered(), mutual());
      const error = await rejectionOf(read(sandbox, { ...MTLS, ...(await certificate()), ...trusting() }));
      expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED', facts: { error: 'invalid_client' } });
      expect(saidBy(error)).not.toMatch(/BEGIN|PRIVATE/);
    });

    test.each([
      ['its own authority', () => authority.certificate, true],
      ['another one', async () => (await createAuthority()).certificate, false],
      ['both', async () => `${(await createAuthority()).certificate}\n${authority.certificate}`, true],
    ])('is known where the workspace trusts %s: %s', async (_what, authorities, isKnown) => {
      const sandbox = await start(registered(), mutual());
      changeSystem(sandbox, { root_cas: await authorities() });
      const reading = read(sandbox, { ...MTLS, ...client, ...trusting() });
      expect(await isFulfilled(reading)).toBe(isKnown);
    });

    test('uses the token where the certificate is asked for, if the token is bound to it', async () => {
      const bound = registered({ tls_client_certificate_bound_access_tokens: true });
      const sandbox = await start(bound, mutual());
      expect(await read(sandbox, { ...MTLS, ...client, ...trusting() })).toMatchObject({ name: 'Acme' });
    });

    test('has no chance at a tenant that asks for no certificates', async () => {
      const sandbox = await start(registered(), tls());
      expect(await rejectionOf(read(sandbox, { ...MTLS, ...client, ...trusting() }))).toMatchObject({
        code: 'AUTHENTICATION_REFUSED',
      });
    });
  });

  describe('self_signed_tls_client_auth', () => {
    const SELF_SIGNED = { authentication: 'self_signed_tls_client_auth' };
    const registeredAs = ({ certificate }: Certified): Partial<AutomationClient> => {
      const x509 = new X509Certificate(certificate);
      const jwk = { ...jwkOf(x509.publicKey), x5c: [x509.raw.toString('base64')] };
      return { authMethod: 'self_signed_tls_client_auth', registration: { jwks: { keys: [jwk] } } };
    };

    test('is known by the very certificate that the client has registered', async () => {
      const own = await selfSigned('CN=tenant-backup');
      const sandbox = await start(registeredAs(own), tls({}));
      expect(await read(sandbox, { ...SELF_SIGNED, ...own, ...trusting() })).toMatchObject({ name: 'Acme' });
    });

    test('is refused with another certificate of the same name', async () => {
      const sandbox = await start(registeredAs(await selfSigned('CN=tenant-backup')), tls({}));
      const other = await selfSigned('CN=tenant-backup');
      expect(await rejectionOf(read(sandbox, { ...SELF_SIGNED, ...other, ...trusting() }))).toMatchObject({
        code: 'AUTHENTICATION_REFUSED',
      });
    });
  });

  test('enrolments with certificates share no connections with each other', async () => {
    const sandbox = await start(registered(), mutual());
    const stranger = await authority.certify('CN=somebody-else');
    const connect = (certified: Certified) =>
      enrolmentFor(sandbox, { clientSecret: undefined, ...MTLS, ...certified, ...trusting() });
    const { tokens } = connectTo(sandbox);
    expect(await tokens.get(connect(client), 'read')).toMatch(/./);
    // Another access, so that no token is kept for it.
    expect(await rejectionOf(tokens.get(connect(stranger), 'manage'))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
    });
  });
});
