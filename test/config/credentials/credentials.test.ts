import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  joinCredentials,
  joinInPlace,
  splitCredentials,
} from '../../../functions/config/credentials/credentials.ts';
import { type Json, parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import { anyRedaction } from '../any-json.ts';
import { CANARY, redact, type Tree, tenant, workspace } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';

/** Split, after proving that the halves make the whole again. */
function split(full: Json, mask: Json = full) {
  const before = [stringifyJson(full), stringifyJson(mask)];
  const parts = splitCredentials(full, mask);
  expect(joinCredentials(parts.config, parts.credentials)).toEqual(full);
  expect(joinInPlace(parseJson(stringifyJson(parts.config)), parts.credentials)).toEqual(full);
  expect([stringifyJson(full), stringifyJson(mask)], 'inputs unchanged').toEqual(before);
  const { redacted, known, lookalike } = parts.counts;
  expect(Object.keys(parts.credentials)).toHaveLength(redacted + known + lookalike);
  return parts;
}

describe('splitCredentials and joinCredentials', () => {
  it('give back any JSON under any redaction', () => {
    fc.assert(
      fc.property(anyRedaction, ({ full, mask }) => void split(full, mask)),
      { numRuns: 1000 },
    );
  });

  it('give back any tenant, and leave no credential in its configuration', () => {
    fc.assert(
      fc.property(tenant, (full: Tree) => {
        const { config, credentials } = split(full, redact(full));
        expect(JSON.stringify(config)).not.toContain(CANARY);
        expect(JSON.stringify(full).split(CANARY).length).toBe(
          JSON.stringify(credentials).split(CANARY).length,
        );
      }),
    );
  });

  it('leave no credential in the configuration of a tenant whose export cannot be redacted', () => {
    fc.assert(
      fc.property(tenant, (full: Tree) => {
        const { config, counts } = split(full);
        expect(JSON.stringify(config)).not.toContain(CANARY);
        expect(counts.redacted).toBe(0);
      }),
    );
  });

  it('give back any workspace, and leave no credential in its configuration', () => {
    fc.assert(
      fc.property(workspace, (full: Tree) => {
        const { config } = split(full, redact(full));
        expect(JSON.stringify(config)).not.toContain(CANARY);
      }),
    );
  });

  it('take what the mask shows as blank, in every form, and keep that form', () => {
    const full = {
      a: 'x',
      b: ['x'],
      c: { d: 'x' },
      e: 7,
      f: true,
      g: { h: 'x', i: ['x', { j: 'x' }] },
      k: 'x',
    };
    const mask = { a: '', b: null, c: {}, e: 0, f: false, g: { h: '', i: ['', { j: null }] } };
    const { config, credentials, counts } = split(full, mask);
    expect(config).toEqual(mask);
    expect(credentials).toEqual({
      '/a': 'x',
      '/b': ['x'],
      '/c/d': 'x',
      '/e': 7,
      '/f': true,
      '/g/h': 'x',
      '/g/i/0': 'x',
      '/g/i/1/j': 'x',
      '/k': 'x',
    });
    expect(counts).toEqual({ redacted: 9, known: 0, lookalike: 0 });
  });

  it('leave values alone that are blank with credentials too', () => {
    const full = { a: '', b: { c: null, d: [] }, e: 0, f: false };
    expect(split(full, { a: null, b: null })).toMatchObject({ config: full, credentials: {} });
  });

  it('take known credentials that the mask shows', () => {
    const full = {
      secret: 'x',
      rotated_secrets: ['x', 'y'],
      webhooks: { w: { url: 'https://a.example', api_key: 'x' } },
      idps: { i: { name: 'I', credentials: { external: { username: 'u', api_key_in: 'header' } } } },
      scripts: { s: { body: 'return 1', test_input: '{}' } },
      servers: { w: { idps: { i: { jit: { provisioning: { identifier_salt: 'x' } } } } } },
    };
    const { config, counts } = split(full);
    expect(config).toEqual({
      secret: '',
      rotated_secrets: null,
      webhooks: { w: { url: 'https://a.example', api_key: '' } },
      idps: { i: { name: 'I', credentials: { external: { username: '', api_key_in: '' } } } },
      scripts: { s: { body: 'return 1', test_input: '' } },
      servers: { w: { idps: { i: { jit: { provisioning: { identifier_salt: '' } } } } } },
    });
    expect(counts).toEqual({ redacted: 0, known: 7, lookalike: 0 });
  });

  it('take look-alikes: PEM private keys, private members of JWKs, names, URLs with passwords', () => {
    const pem = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc\n-----END ENCRYPTED PRIVATE KEY-----';
    const full = {
      text: `const key = \`${pem}\``,
      future: { kty: 'EC', x: 'public', d: 'x' },
      not_a_key: { d: 'distance' },
      metadata: {
        apiKey: 'x',
        'Client-Secret': 'x',
        db: 'postgres://user:x@db.example/a',
        tokens: ['x', 'y'],
      },
    };
    const { config, counts } = split(full);
    expect(config).toEqual({
      text: '',
      future: { kty: 'EC', x: 'public', d: '' },
      not_a_key: { d: 'distance' },
      metadata: { apiKey: '', 'Client-Secret': '', db: '', tokens: null },
    });
    expect(counts).toEqual({ redacted: 0, known: 0, lookalike: 6 });
  });

  it.each([1, 2, 33, 255])('take a credential that the mask shows %i levels down', (depth) => {
    const nested = (text: string): Json => parseJson(`${'{"a":['.repeat(depth)}${text}${']}'.repeat(depth)}`);
    const { config, counts } = split(nested('{"api_key":"x","b":["y"]}'));
    expect(config).toEqual(nested('{"api_key":"","b":["y"]}'));
    expect(counts).toEqual({ redacted: 0, known: 0, lookalike: 1 });
  });

  it('leave texts, ids and links alone whose names only sound like credentials', () => {
    const full = {
      token_endpoint_auth_method: 'client_secret_basic',
      access_token_ttl: '1h0m0s',
      access_token_strategy: 'jwt',
      clients: { token: { client_name: 'T', token_endpoint_auth_signing_alg: 'RS256' } },
      policy_execution_points: { server_machine_token: 'policy-1' },
      translations: { en: { content: { password: 'Password', reset_token: 'Your code' } } },
      root_cas: '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----',
      site: 'https://example.com/@someone',
    };
    expect(split(full)).toMatchObject({ config: full, credentials: {} });
  });

  it('take a credential that the mask shows as a placeholder', () => {
    const { config, counts } = split({ unknown: 'x', secret: 'y' }, { unknown: '********', secret: 'y***' });
    expect(config).toEqual({ unknown: '', secret: '' });
    expect(counts.redacted).toBe(2);
  });

  it('accept texts in another order, and volatile fields with other values', () => {
    const full = {
      clients: { a: { scopes: ['x', 'y'], updated_at: '2026-01-01T00:00:00Z', application_types: ['a'] } },
      gateways: { g: { last_active: '2026-01-01T00:00:00Z' } },
    };
    const mask = {
      clients: {
        a: { scopes: ['y', 'x'], updated_at: '2026-01-01T00:00:01Z', application_types: ['a', 'b'] },
      },
      gateways: { g: {} },
    };
    expect(split(full, mask)).toMatchObject({ config: full, credentials: {} });
  });

  it.each<[string, Json, Json, string]>([
    ['another value', { a: { b: 'canary-1' } }, { a: { b: 'canary-2' } }, '/a/b'],
    ['a value where there was none', { a: '' }, { a: 'canary' }, '/a'],
    ['a member that was not there', { a: {} }, { a: { b: 'canary' } }, '/a/b'],
    ['another kind of value', { a: { b: 1 } }, { a: [1] }, '/a'],
    ['a longer list', { a: ['x'] }, { a: ['x', 'canary'] }, '/a'],
    ['another client', { clients: { a: { n: 1 } } }, { clients: { b: { n: 1 } } }, '/clients/a'],
    ['one client less', { clients: { a: { n: 1 } } }, { clients: {} }, '/clients/a'],
    ['one client less, as null', { clients: { a: { n: 1 } } }, { clients: { a: null } }, '/clients/a'],
    ['one client more', { clients: {} }, { clients: { a: { n: 1 } } }, '/clients/a'],
    ['no clients at all', { clients: { a: { n: 1 } } }, { clients: null }, '/clients'],
    ['one workspace less', { servers: { w: { name: 'W' } } }, { servers: {} }, '/servers/w'],
    [
      'one claim less',
      { claims: { id_token: { sub: { a: 1 } } } },
      { claims: { id_token: {} } },
      '/claims/id_token/sub',
    ],
    [
      'one link less',
      { servers_bindings: { other: true } },
      { servers_bindings: {} },
      '/servers_bindings/other',
    ],
    ['no document', { a: 1 }, null, ''],
  ])('refuse a mask with %s, naming the pointer and no value', (_, full, mask, pointer) => {
    const error = failureOf(() => splitCredentials(full, mask));
    expect(error.code).toBe('EXPORT_INCONSISTENT');
    expect(error.disposition).toBe('retry');
    expect(error.facts).toEqual({ pointer });
    expect(error.message).not.toContain('canary');
  });

  it('keep numbers that a double cannot hold on either side', () => {
    const full = parseJson('{"secret":1e400,"limit":12345678901234567890}');
    expect(stringifyJson(split(full, parseJson('{"secret":0,"limit":12345678901234567890}')).config)).toBe(
      '{"secret":0,"limit":12345678901234567890}',
    );
  });

  it('split and join a document of as many levels as are allowed', () => {
    const nest = (leaf: string) => parseJson(`${'{"a":['.repeat(255)}${leaf}${']}'.repeat(255)}`);
    const full = nest('{"b":"x"}');
    const { config, credentials } = splitCredentials(full, nest('{"b":""}'));
    expect(Object.values(credentials)).toEqual(['x']);
    expect(stringifyJson(joinCredentials(config, credentials))).toBe(stringifyJson(full));
  });

  it('share the parts of a document that hold no credential', () => {
    const full = { a: { b: 1 }, c: { secret: 'x' } };
    expect(splitCredentials(full, full).config.a).toBe(full.a);
  });

  it('keep the mask itself where it shows the same, lists and all', () => {
    const tree = () => ({ a: [], b: ['x', 'y'], c: { d: [{ e: 1 }], f: {} } });
    const mask = tree();
    expect(splitCredentials(tree(), mask).config).toBe(mask);
  });

  it.each(['/a/b/c', '/list/3', 'a', '/a~2'])(
    'refuse to join a credential at %s, which has no place',
    (pointer) => {
      for (const join of [joinCredentials, joinInPlace]) {
        const error = failureOf(() => join({ a: 'x', list: [1] }, { [pointer]: 'canary' }));
        expect(error.code).toBe('PART_MALFORMED');
        expect(error.message).not.toContain('canary');
      }
    },
  );
});
