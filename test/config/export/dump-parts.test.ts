import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBlankDumpCredentials } from '../../../functions/config/credentials/blank-dump-credentials.ts';
import { joinCredentials, splitCredentials } from '../../../functions/config/credentials/credentials.ts';
import { fingerprintCredentials } from '../../../functions/config/credentials/fingerprints.ts';
import { dumpParts, validateIdentityDump } from '../../../functions/config/export/dump-parts.ts';
import { parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import { DUMP_CURSOR } from '../../../functions/config/model/dump-fields.ts';
import { countDumpObjects } from '../../../functions/config/model/dump-objects.ts';
import { identityDump, shuffled, systemDump } from '../any-dump.ts';
import { anyJson } from '../any-json.ts';
import { CANARY, type Tree } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';
import { leavesOf } from '../leaves.ts';

const bytesOf = (dump: unknown): Buffer => Buffer.from(stringifyJson(dump as never));
const configOf = (dump: Tree): Tree => parseJson(Buffer.concat(dumpParts(bytesOf(dump)).config));

describe('dumpParts', () => {
  it('leaves no credential in the configuration, and takes nothing else', () => {
    fc.assert(
      fc.property(systemDump, (dump: Tree) => {
        const { config, credentials, counts } = dumpParts(bytesOf(dump));
        expect(Buffer.concat(config).toString()).not.toContain(CANARY);
        const hidden = leavesOf(dump).filter(({ value }) => String(value).includes(CANARY));
        const taken = leavesOf(credentials as Tree);
        expect(taken.map(({ value }) => value).sort()).toEqual(hidden.map(({ value }) => value).sort());
        expect(counts.known + counts.lookalike).toBe(Object.keys(credentials).length);
        expect(counts.lookalike).toBe(1);
      }),
    );
  });

  it('gives the dump back when both parts are put together', () => {
    fc.assert(
      fc.property(systemDump, anyJson, (dump: Tree, unknown) => {
        const whole = { ...dump, [`__proto__`]: 1, future_section: unknown };
        const { config, credentials } = dumpParts(bytesOf(whole));
        const joined = joinCredentials(parseJson(Buffer.concat(config)), credentials);
        expect(stringifyJson(joined)).toBe(stringifyJson(parseJson(bytesOf(whole))));
      }),
    );
  });

  it('says of the pieces what is true of the whole', () => {
    fc.assert(
      fc.property(systemDump, (dump: Tree) => {
        const whole = splitCredentials(dump, dump, DUMP_CURSOR);
        const parts = dumpParts(bytesOf(dump));
        expect(configOf(dump)).toEqual(whole.config);
        expect(parts.credentials).toEqual(whole.credentials);
        expect({ redacted: 0, ...parts.counts }).toEqual(whole.counts);
        expect(parts.objects).toEqual(countDumpObjects(dump));
        // Whoever may open configurations alone counts the same.
        expect(countDumpObjects(parseJson(Buffer.concat(parts.config)) as typeof dump)).toEqual(
          parts.objects,
        );
        expect(parts.blanks).toEqual(findBlankDumpCredentials(dump));
      }),
    );
  });

  it('fingerprints a credential the same wherever its object stands', () => {
    const key = Buffer.alloc(32, 7);
    const printsOf = (dump: Tree): string[] => {
      const { credentials, placeOf } = dumpParts(bytesOf(dump));
      return Object.values(fingerprintCredentials(credentials, key, placeOf)).sort();
    };
    fc.assert(
      fc.property(systemDump, fc.nat(), (dump: Tree, seed) => {
        // The keys of a set have no name to tell them apart by: only whole objects move.
        expect(printsOf(shuffled(dump, seed))).toEqual(printsOf(dump));
      }),
    );
    const client = (client_id: string) => ({ client_id, client_secret: 'canary-equal' });
    const prints = printsOf({ servers: [{ id: 's' }], clients: [client('a'), client('b')] });
    expect(new Set(prints).size).toBe(2);
  });

  it.each([
    ['servers', { id: 's', secret: 'x' }, '/servers/0/secret'],
    ['servers', { id: 's', rotated_secrets: ['x'] }, '/servers/0/rotated_secrets'],
    ['servers', { id: 's', jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, '/servers/0/jwks/keys/0/k'],
    ['servers', { id: 's', jwks: { next_signing_key: { d: 'x' } } }, '/servers/0/jwks/next_signing_key/d'],
    [
      'servers',
      { id: 's', trust_anchor_configuration: { jwks: { keys: [{ d: 'x' }] } } },
      '/servers/0/trust_anchor_configuration/jwks/keys/0/d',
    ],
    ['tenant', { jwks: { revoked_signing_keys: [{ p: 'x' }] } }, '/tenant/jwks/revoked_signing_keys/0/p'],
    ['tenants', { jwks: { keys: [{ q: 'x' }] } }, '/tenants/0/jwks/keys/0/q'],
    ['clients', { hashed_secret: 'x' }, '/clients/0/hashed_secret'],
    ['clients', { registration_token: { signature: 'x' } }, '/clients/0/registration_token/signature'],
    ['clients', { saml_idp_signing_key: { d: 'x' } }, '/clients/0/saml_idp_signing_key/d'],
    [
      'idps',
      { credentials: { custom: { anything: { at: ['x'] } } } },
      '/idps/0/credentials/custom/anything/at',
    ],
    ['idps', { jit: { provisioning: { identifier_salt: 'x' } } }, '/idps/0/jit/provisioning/identifier_salt'],
    [
      'ciba_authentication_services',
      { external: { credentials: { username: 'x' } } },
      '/ciba_authentication_services/0/external/credentials/username',
    ],
    ['mfa_methods', { auth: { email: { username: 'x' } } }, '/mfa_methods/0/auth/email/username'],
    ['scripts', { test_input: { user: 'x' } }, '/scripts/0/test_input/user'],
    ['secrets', { value: 'x' }, '/secrets/0/value'],
    ['secrets', { secret: 'x' }, '/secrets/0/secret'],
    ['vanity_domains', { key: 'x' }, '/vanity_domains/0/key'],
    ['vanity_domains', { cert: 'x' }, '/vanity_domains/0/cert'],
    ['webhooks', { api_key: 'x' }, '/webhooks/0/api_key'],
    ['future_things', { db_password: 'x' }, '/future_things/0/db_password'],
  ])('seals the credentials of %s', (collection, element, pointer) => {
    const content = collection === 'tenant' ? element : [element];
    const dump = { servers: [{ id: 'other' }], [collection]: content };
    const { credentials, counts } = dumpParts(bytesOf(dump));
    expect(Object.keys(credentials)).toEqual([pointer]);
    // Known to the table, whatever it looks like.
    expect(counts.known).toBe(collection === 'future_things' ? 0 : 1);
  });

  it.each([
    ['', 'EXPORT_MALFORMED'],
    ['{"servers": [{"id": "s"}', 'EXPORT_INCOMPLETE'],
    ['{"servers": [{"id": "s"}], "clients": [tru]}', 'EXPORT_MALFORMED'],
    ['[]', 'EXPORT_MALFORMED'],
    ['{}', 'EXPORT_MALFORMED'],
    ['{"servers": {"s": {}}}', 'EXPORT_MALFORMED'],
    ['{"status_code": 500, "error": "canary"}', 'EXPORT_MALFORMED'],
  ])('refuses %j', (text, code) => {
    const failure = failureOf(() => dumpParts(Buffer.from(text)));
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain(CANARY);
  });
});

describe('validateIdentityDump', () => {
  it('counts what an identity dump holds', () => {
    fc.assert(
      fc.property(identityDump, (dump: Tree) => {
        expect(validateIdentityDump(bytesOf(dump))).toEqual({
          objects: countDumpObjects(dump),
          userCredentials: { total: dump.user_credentials.length, blank: 0 },
        });
      }),
    );
  });

  it('takes a dump without people, if its collections are named', () => {
    const { objects } = validateIdentityDump(Buffer.from('{"pools": null, "users": []}'));
    expect(objects).toEqual({});
  });

  it('counts the credentials that are blank', () => {
    const dump = {
      user_credentials: [{ id: 'a', payload: { x: 'y' } }, { id: 'b', payload: { x: '' } }, { id: 'c' }],
    };
    expect(validateIdentityDump(bytesOf(dump)).userCredentials).toEqual({ total: 3, blank: 2 });
  });

  it.each(['{}', ' { } '])('takes %j for that of a tenant without pools', (text) => {
    expect(validateIdentityDump(Buffer.from(text))).toEqual({
      objects: {},
      userCredentials: { total: 0, blank: 0 },
    });
  });

  it.each(['', 'null', '[]', '{"error": "x"}', '{"users": [{"id": "u"}'])('refuses %j', (text) => {
    expect(failureOf(() => validateIdentityDump(Buffer.from(text))).code).toMatch(
      /^EXPORT_(MALFORMED|INCOMPLETE)$/,
    );
  });
});

describe('findBlankDumpCredentials', () => {
  it.each([
    [{ servers: [{ id: 's', secret: '' }] }, 'workspace_secret', '/servers/0/secret'],
    [{ servers: [{ id: 's', jwks: { keys: [{ kid: '1' }] } }] }, 'workspace_jwks', '/servers/0/jwks'],
    [{ tenant: { id: 't', jwks: null } }, 'tenant_jwks', '/tenant/jwks'],
    [{ tenants: [{ id: 't', jwks: {} }] }, 'tenant_jwks', '/tenants/0/jwks'],
    [{ clients: [{ client_id: 'c' }] }, 'client_secret', '/clients/0'],
    [{ secrets: [{ id: 'x', value: '' }] }, 'script_secret', '/secrets/0'],
  ] as const)('finds one in %j', (dump, type, pointer) => {
    expect(findBlankDumpCredentials(dump as never)).toMatchObject([{ type, pointer }]);
  });

  it('finds none in what has them, or does not need them', () => {
    fc.assert(
      fc.property(systemDump, (dump: Tree) => {
        expect(findBlankDumpCredentials(dump)).toEqual([]);
      }),
    );
    const client = { client_id: 'c', token_endpoint_auth_method: 'none' };
    expect(findBlankDumpCredentials({ clients: [client], servers: [{ id: 's' }] })).toEqual([]);
  });
});
