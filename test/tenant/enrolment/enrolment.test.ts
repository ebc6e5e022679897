import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLoopback, parseEnrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';

const SECRET = 'canary-acme-0001-of-at-least-32-characters';

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e';
const good = {
  issuer: 'https://eu.example.test/acme/system',
  clientId: 'tenant-backup',
  clientSecret: SECRET,
};

const refusal = (value: unknown) => rejectionOf(() => parseEnrolment(JSON.stringify(value), 'acme'));

describe('parseEnrolment', () => {
  test('takes an enrolment with its defaults', () => {
    expect(parseEnrolment(JSON.stringify(good), 'acme')).toEqual({
      ...good,
      authentication: 'client_secret_basic',
      blankClientSecrets: 'refuse',
      scope: 'tenant',
      parts: ['hub', 'system'],
      name: 'acme',
      origin: 'https://eu.example.test',
      basePath: '',
      tenantId: 'acme',
    });
  });

  test.each(['refuse', 'accept'])(
    'takes what is to become of blank secrets of clients: %s',
    (blankClientSecrets) => {
      const enrolment = { ...good, blankClientSecrets };
      expect(parseEnrolment(JSON.stringify(enrolment), 'acme')).toMatchObject({ blankClientSecrets });
    },
  );

  test('refuses another word for what is to become of blank secrets', async () => {
    const error = await refusal({ ...good, blankClientSecrets: 'maybe' });
    expect(error).toMatchObject({ code: 'INVALID_ENROLMENT' });
    expect(error.message).toContain('blankClientSecrets must be one of refuse, accept');
  });

  test('takes the keys that it names', () => {
    const keys = { credentials: KEY_ARN };
    expect(parseEnrolment(JSON.stringify({ ...good, keys }), 'acme')).toMatchObject({ keys });
  });

  test.each([
    ['https://host.test/acme/system', 'https://host.test', 'acme'],
    ['https://host.test:8443/some/base/acme/system', 'https://host.test:8443', 'acme'],
    ['https://host.test/a%20b/system', 'https://host.test', 'a b'],
    ['http://127.0.0.1:8080/acme/system', 'http://127.0.0.1:8080', 'acme'],
    ['http://localhost:1/acme/system', 'http://localhost:1', 'acme'],
    ['http://[::1]:1/acme/system', 'http://[::1]:1', 'acme'],
  ])('finds host and tenant in %s', (issuer, origin, tenantId) => {
    expect(parseEnrolment(JSON.stringify({ ...good, issuer }), 'acme')).toMatchObject({ origin, tenantId });
  });

  test.each<[value: unknown, message: string]>([
    [{ ...good, issuer: undefined }, 'issuer must be a string'],
    [{ ...good, issuer: '' }, 'issuer must be at least 1 characters long'],
    [{ ...good, issuer: 'x'.repeat(2049) }, 'issuer must be at most 2048 characters long'],
    [{ ...good, issuer: 'host/acme' }, 'issuer must be a URL like https://<host>/<tenant id>/system'],
    [
      { ...good, issuer: 'http://eu.example.test/acme/system' },
      'issuer must be https (http only on a loopback address), got http on "eu.example.test"',
    ],
    [
      { ...good, issuer: 'http://127.0.0.1.example.test/acme/system' },
      'issuer must be https (http only on a loopback address), got http on "127.0.0.1.example.test"',
    ],
    [{ ...good, issuer: 'ftp://h/acme/system' }, 'issuer must be https (http only on a loopback address)'],
    [
      { ...good, issuer: `https://user:${SECRET}@host.test/acme/system` },
      'issuer must have no user, password, query or fragment',
    ],
    [
      { ...good, issuer: `https://host.test/acme/system?secret=${SECRET}` },
      'issuer must have no user, password, query or fragment',
    ],
    [
      { ...good, issuer: `https://host.test/acme/system#${SECRET}` },
      'issuer must have no user, password, query or fragment',
    ],
    [
      { ...good, issuer: 'https://host.test/acme/admin' },
      'issuer must end with /<tenant id>/system, got "/acme/admin"',
    ],
    [
      { ...good, issuer: 'https://host.test/system' },
      'issuer must end with /<tenant id>/system, got "/system"',
    ],
    [
      { ...good, issuer: 'https://host.test/acme/system/' },
      'issuer must end with /<tenant id>/system, got "/acme/system/"',
    ],
    [
      { ...good, issuer: 'https://host.test/%zz/system' },
      'issuer must end with /<tenant id>/system, got "/%zz/system"',
    ],
    [{ ...good, clientId: '' }, 'clientId must be at least 1 characters long'],
    [{ ...good, clientId: 'x'.repeat(257) }, 'clientId must be at most 256 characters long'],
    [{ ...good, clientId: 7 }, 'clientId must be a string'],
    [{ ...good, clientSecret: '' }, 'clientSecret must be at least 1 characters long'],
    [{ ...good, clientSecret: SECRET.repeat(200) }, 'clientSecret must be at most 4096 characters long'],
    [{ ...good, clientSecret: { value: SECRET } }, 'clientSecret must be a string'],
    [
      { ...good, authentication: SECRET },
      'authentication must be one of client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, self_signed_tls_client_auth',
    ],
    [{ ...good, clientsecret: SECRET }, 'unknown field "clientsecret"'],
    [{ ...good, keys: { secrets: KEY_ARN } }, 'unknown field "keys.secrets"'],
    [
      { ...good, keys: { credentials: KEY_ARN.replace('key/', 'alias/') } },
      'keys.credentials must be the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>',
    ],
    [JSON.parse(`{"__proto__": "${SECRET}"}`), 'issuer must be a string'],
    [[SECRET], 'value must be an object'],
    [SECRET, 'value must be an object'],
    [null, 'value must be an object'],
  ])('refuses %j naming field and bound', async (value, message) => {
    const error = await refusal(value);
    expect(error).toMatchObject({
      code: 'INVALID_ENROLMENT',
      disposition: 'reject',
      message: `enrolment "acme": ${message}`,
      facts: { tenant: 'acme' },
    });
    expect(saidBy(error)).not.toContain('canary');
  });

  test.each([
    ['clientId', (text: string) => text.replace('{', '{"clientId":"other",')],
    ['clientSecret', (text: string) => text.replace(/\}$/, `,"clientSecret":"${SECRET}"}`)],
    ['issuer', (text: string) => text.replace('{', '{"issuer":"https://other.example/acme/system",')],
    ['parts/hub', (text: string) => text.replace('{', '{"parts":{"hub":true,"hub":false},')],
    ['workspaces', (text: string) => text.replace('{', '{"workspaces":["a"],"\\u0077orkspaces":["b"],')],
  ])('refuses a secret with %s twice', async (place, edit) => {
    const error = await rejectionOf(() => parseEnrolment(edit(JSON.stringify(good)), 'acme'));
    expect(error).toMatchObject({
      code: 'INVALID_ENROLMENT',
      message: `enrolment "acme": the secret must name each member once, has /${place} twice`,
    });
    expect(saidBy(error)).not.toContain('canary');
  });

  test.each(['', 'not json', `{"clientSecret": "${SECRET}"`, `clientSecret=${SECRET}`])(
    'refuses a secret that is not JSON: %s',
    async (text) => {
      const error = await rejectionOf(() => parseEnrolment(text, 'acme'));
      expect(error).toMatchObject({
        code: 'INVALID_ENROLMENT',
        message: 'enrolment "acme": the secret must be a JSON object',
      });
      expect(saidBy(error)).not.toContain('canary');
      expect(error.cause).toBeUndefined();
    },
  );

  test('never shows a value, whatever stands in whichever field', async () => {
    const anyCanary = fc.oneof(
      fc.constant(SECRET),
      fc.constantFrom(`x:${SECRET}`, `:${SECRET}`, `http:${SECRET}/`, `${SECRET}/acme`, `//${SECRET}`),
      fc.constantFrom({ a: SECRET }, [SECRET], [[SECRET]]),
    );
    await fc.assert(
      fc.asyncProperty(
        // Not in a well-formed issuer's host or path: those are shown, and hold no secret.
        fc.record({
          clientSecret: anyCanary,
          clientId: anyCanary,
          authentication: anyCanary,
          extra: anyCanary,
        }),
        fc.subarray(['clientSecret', 'clientId', 'authentication', 'extra'] as const, { minLength: 1 }),
        async (wrong, names) => {
          const value: Record<string, unknown> = { ...good, authentication: 'none' };
          for (const name of names) value[name] = wrong[name];
          expect(saidBy(await refusal(value))).not.toContain('canary');
        },
      ),
    );
  });

  test.each([SECRET, `x:${SECRET}`, `${SECRET}:`, `javascript:${SECRET}`])(
    'does not show a secret that was pasted into issuer: %s',
    async (issuer) => {
      expect(saidBy(await refusal({ ...good, issuer }))).not.toContain('canary');
    },
  );
});

describe('isLoopback', () => {
  test.each(['localhost', '127.0.0.1', '127.255.0.9', '[::1]'])('knows %s', (hostname) => {
    expect(isLoopback(hostname)).toBe(true);
  });
  test.each(['localhost.example.test', '127.0.0.1.example.test', '128.0.0.1', '::1.test', '0.0.0.0'])(
    'is not fooled by %s',
    (hostname) => {
      expect(isLoopback(hostname)).toBe(false);
    },
  );
});
