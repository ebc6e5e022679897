import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { forTenant, isIssuerOf, parseEnrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';
import { type Certified, createAuthority, selfSigned } from '../certificates.ts';

const ISSUER = 'https://eu.example.test/acme/system';
const bySecret = { issuer: ISSUER, clientId: 'backup', clientSecret: 'canary-secret' };

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = ec.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwk = ec.export({ format: 'jwk' });
const byKey = { issuer: ISSUER, clientId: 'backup', authentication: 'private_key_jwt', privateKey: pem };

let own: Certified;
let other: Certified;
beforeAll(async () => {
  own = await selfSigned('CN=backup');
  other = await selfSigned('CN=backup');
});

const parse = (value: object) => parseEnrolment(JSON.stringify(value), 'acme');
const refusal = (value: object) => rejectionOf(() => parse(value));

/** The message of a refusal, which must not hold what stands in the fields. */
async function messageOf(value: object): Promise<string> {
  const error = await refusal(value);
  expect(error.code).toBe('INVALID_ENROLMENT');
  expect(saidBy(error)).not.toMatch(/canary|BEGIN|MIG|MII/);
  return error.message.replace('enrolment "acme": ', '');
}

describe('what is backed up', () => {
  test('is the whole configuration without people, unless the enrolment names parts', () => {
    expect(parse(bySecret)).toMatchObject({ parts: ['hub', 'system'], scope: 'tenant' });
    expect(parse(bySecret)).not.toHaveProperty('workspaces');
  });

  test('is what the enrolment says', () => {
    const said = { parts: ['system', 'identity'], workspaces: ['customers', 'a/b'] };
    expect(parse({ ...bySecret, ...said })).toMatchObject(said);
  });

  test.each<[changes: object, message: string]>([
    [{ parts: [] }, 'parts must be at least 1 entries long'],
    [{ parts: ['users'] }, 'parts.0 must be one of hub, system, identity'],
    [{ parts: ['hub', 'hub'] }, 'parts must name each part once'],
    [{ parts: 'hub' }, 'parts must be an array'],
    [{ workspaces: [] }, 'workspaces must be at least 1 entries long'],
    [{ workspaces: [''] }, 'workspaces.0 must be at least 1 characters long'],
    [{ workspaces: ['a', 'a'] }, 'workspaces must name each workspace once'],
    [{ scope: 'all' }, 'scope must be one of tenant, all-tenants'],
  ])('is refused for %j', async (changes, message) => {
    expect(await messageOf({ ...bySecret, ...changes })).toBe(message);
  });
});

describe('whether a tenant may be overwritten', () => {
  test('is no, unless the enrolment says so', () => {
    expect(parse(bySecret)).not.toHaveProperty('scratch');
    expect(parse({ ...bySecret, scratch: true })).toMatchObject({ scratch: true });
  });

  test.each<[changes: object, message: string]>([
    [{ scratch: 'true' }, 'scratch must be a boolean'],
    [{ scratch: 1 }, 'scratch must be a boolean'],
    [
      { scratch: true, scope: 'all-tenants', issuer: 'https://eu.example.test/system/system' },
      'scratch must be false if scope is all-tenants',
    ],
    [
      { keyRotation: true, scope: 'all-tenants', issuer: 'https://eu.example.test/system/system' },
      'keyRotation must be false unless parts has system and scope is tenant',
    ],
    [
      { keyRotation: true, parts: ['hub', 'identity'] },
      'keyRotation must be false unless parts has system and scope is tenant',
    ],
  ])('is refused for %j', async (changes, message) => {
    expect(await messageOf({ ...bySecret, ...changes })).toBe(message);
  });

  test.each<[issuer: string, same: boolean]>([
    [ISSUER, true],
    ['https://EU.example.test:443/acme/system', true],
    ['https://eu.example.test/base/acme/system', true],
    ['https://eu.example.test/%61cme/system', true],
    ['https://eu.example.test/acme-two/system', false],
    ['https://us.example.test/acme/system', false],
    ['https://vanity.example.test/system', false],
    ['nonsense', false],
  ])('the issuer %s is that of the same tenant: %s', (issuer, same) => {
    expect(isIssuerOf(issuer, parse(bySecret))).toBe(same);
  });
});

describe('where the tenant is', () => {
  test.each<[changes: object, place: object]>([
    [{}, { origin: 'https://eu.example.test', basePath: '', tenantId: 'acme' }],
    [
      { issuer: 'https://h.test/a/b/acme/system' },
      { origin: 'https://h.test', basePath: '/a/b', tenantId: 'acme' },
    ],
    [{ tenantId: 'acme' }, { tenantId: 'acme' }],
    [
      { issuer: 'https://login.acme.test/system', vanity: 'tenant', tenantId: 'acme' },
      { origin: 'https://login.acme.test', basePath: '', tenantId: 'acme' },
    ],
    [
      { issuer: 'https://login.acme.test/base/system', vanity: 'tenant', tenantId: 'acme' },
      { basePath: '/base', tenantId: 'acme' },
    ],
    [
      { issuer: 'https://login.acme.test', vanity: 'server', tenantId: 'acme' },
      { basePath: '', tenantId: 'acme' },
    ],
    [{ issuer: 'https://login.acme.test/', vanity: 'server', tenantId: 'acme' }, { basePath: '' }],
    [{ issuer: 'https://login.acme.test/b', vanity: 'server', tenantId: 'acme' }, { basePath: '/b' }],
    [
      { issuer: 'https://h.test/system/system', scope: 'all-tenants' },
      { basePath: '', tenantId: 'system' },
    ],
  ])('is found in %j', (changes, place) => {
    expect(parse({ ...bySecret, ...changes })).toMatchObject(place);
  });

  test.each<[changes: object, message: string]>([
    [{ vanity: 'domain' }, 'vanity must be one of tenant, server'],
    [{ vanity: 'tenant' }, 'tenantId is required with vanity'],
    [
      { issuer: 'https://login.acme.test', vanity: 'tenant', tenantId: 'acme' },
      'issuer must end with /system, got "/"',
    ],
    [{ tenantId: 'globex' }, 'tenantId must match the issuer, got "/acme/system"'],
    [
      { scope: 'all-tenants' },
      'issuer must end with /system/system if scope is all-tenants, got "/acme/system"',
    ],
    [
      { scope: 'all-tenants', issuer: 'https://h.test/system/system', workspaces: ['a'] },
      'workspaces must be absent if scope is all-tenants',
    ],
    [
      { scope: 'all-tenants', vanity: 'tenant', tenantId: 'acme' },
      'vanity must be absent if scope is all-tenants',
    ],
  ])('is refused for %j', async (changes, message) => {
    expect(await messageOf({ ...bySecret, ...changes })).toBe(message);
  });

  test('is narrowed down to one tenant of all', () => {
    const all = parse({ ...bySecret, issuer: 'https://h.test/system/system', scope: 'all-tenants' });
    expect(forTenant(all, 'globex')).toEqual({ ...all, tenantId: 'globex' });
  });
});

describe('private_key_jwt', () => {
  test.each<[what: string, privateKey: unknown]>([
    ['PEM', pem],
    ['SEC 1', ec.export({ type: 'sec1', format: 'pem' })],
    ['a JWK', jwk],
    ['the text of a JWK', JSON.stringify(jwk)],
  ])('takes a key in %s', (_what, privateKey) => {
    expect(parse({ ...byKey, privateKey })).toMatchObject({ authentication: 'private_key_jwt', privateKey });
  });

  const KEY = 'privateKey must be an unencrypted private key in PEM, or a private JWK';
  const publicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
  const encrypted = ec.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary' });
  const ALGORITHM =
    'algorithm must be one of those that the key can sign with: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA';

  test.each<[what: string, changes: object, message: string]>([
    ['no key', { privateKey: undefined }, KEY],
    ['a text', { privateKey: 'canary' }, KEY],
    ['a broken JWK', { privateKey: '{"canary":' }, KEY],
    ['a public JWK', { privateKey: publicJwk }, KEY],
    ['an encrypted key', { privateKey: encrypted }, KEY],
    ['a number', { privateKey: 7 }, KEY],
    ['a secret as well', { clientSecret: 'canary' }, 'unknown field "clientSecret"'],
    ['an algorithm of another key', { algorithm: 'RS256' }, ALGORITHM],
    ['a JWK that claims the algorithm of another key', { privateKey: { ...jwk, alg: 'PS256' } }, ALGORITHM],
    ['a JWK of an algorithm that is not for signing', { privateKey: { ...jwk, alg: 'ECDH-ES' } }, ALGORITHM],
    [
      'a key that cannot sign',
      { privateKey: generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) },
      ALGORITHM,
    ],
  ])('refuses %s', async (_what, changes, message) => {
    expect(await messageOf({ ...byKey, ...changes })).toBe(message);
  });
});

describe.each(['tls_client_auth', 'self_signed_tls_client_auth'])('%s', (authentication) => {
  const byCertificate = () => ({ issuer: ISSUER, clientId: 'backup', authentication, ...own });

  test('takes a certificate and its key', () => {
    expect(parse(byCertificate())).toMatchObject({ authentication, ...own });
  });

  test('takes the certificates that lead to its authority', async () => {
    const authority = await createAuthority();
    const certified = await authority.certify('CN=backup');
    const certificate = `${certified.certificate}\n${authority.certificate}`;
    expect(parse({ ...byCertificate(), ...certified, certificate })).toMatchObject({ certificate });
  });

  test.each<[what: string, changes: () => object, message: string]>([
    ['no certificate', () => ({ certificate: undefined }), 'certificate must be a string'],
    ['no key', () => ({ privateKey: undefined }), 'privateKey must be a string'],
    ['a text', () => ({ certificate: 'canary' }), 'certificate must be one or more certificates in PEM'],
    [
      'a key as certificate',
      () => ({ certificate: own.privateKey }),
      'certificate must be one or more certificates in PEM',
    ],
    [
      'a certificate as key',
      () => ({ privateKey: own.certificate }),
      'privateKey must be an unencrypted private key in PEM',
    ],
    [
      'a JWK',
      () => ({ privateKey: JSON.stringify(jwk) }),
      'privateKey must be an unencrypted private key in PEM',
    ],
    [
      'the key of another',
      () => ({ privateKey: other.privateKey }),
      'privateKey must be the key of the certificate',
    ],
    ['a secret as well', () => ({ clientSecret: 'canary' }), 'unknown field "clientSecret"'],
  ])('refuses %s', async (_what, changes, message) => {
    expect(await messageOf({ ...byCertificate(), ...changes() })).toBe(message);
  });
});

describe('ca', () => {
  test('takes several certificates, and comments between them', () => {
    const ca = `the first\n${own.certificate}\nthe second\n${other.certificate}\n`;
    expect(parse({ ...bySecret, ca })).toMatchObject({ ca });
  });

  test.each([
    ['', 'ca must be one or more certificates in PEM'],
    ['canary', 'ca must be one or more certificates in PEM'],
    [pem, 'ca must be one or more certificates in PEM'],
    [
      '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----',
      'ca must be one or more certificates in PEM',
    ],
    ['x'.repeat(32_769), 'ca must be at most 32768 characters long'],
  ])('refuses %.40s', async (ca, message) => {
    expect(await messageOf({ ...bySecret, ca })).toBe(message);
  });

  test('has no switch beside it that turns verification off', async () => {
    for (const field of ['insecure', 'rejectUnauthorized', 'verify', 'skipVerification']) {
      expect(await messageOf({ ...bySecret, [field]: false })).toBe(`unknown field "${field}"`);
    }
  });
});
