/** Placeholders are no secrets: not at backup, not at restore, in no place of credentials and in no kind of document. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { findBlankCredentials } from '../../../functions/config/credentials/blank-credentials.ts';
import { isPlaceholder } from '../../../functions/config/credentials/blank-secret.ts';
import { dumpParts, validateIdentityDump } from '../../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';
import { demoTenants } from '../../../scripts/demo/tenants.ts';

const PLACEHOLDERS = [
  ...['********', '***', '*', '•••••', '●●●●', 'xxxxxxxx', 'XXX', '-', '---', '...', '…', '______', '####'],
  ...[
    '[REDACTED]',
    'redacted',
    '<redacted>',
    '***REDACTED***',
    '__REDACTED__',
    '(hidden)',
    '<hidden>',
    'masked',
  ],
  ...['_VALUE_NOT_SHOWN_', '(sensitive value)', '<sensitive>', '[FILTERED]', '<secret>', '[password]'],
  ...['null', 'undefined', 'None', 'n/a', '(known after apply)', 'SECRET_HIDDEN', ' ******** '],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template
  ...['##SES_ACCESS_KEY_ID##', '@@CLIENT_SECRET@@', '${CLIENT_SECRET}', '{{ .client_secret }}', '%secret%'],
  ...['0000', 'aaaaaaaa', '!!!!', '\u25a0\u25a0\u25a0\u25a0', '********1234', '****a', 'sk_live_********'],
  ...['YOUR_ACCESS_SECRET_KEY', 'your-client-secret-here', '<YOUR_API_KEY>'],
];

describe('isPlaceholder', () => {
  it.each(PLACEHOLDERS)('takes %j for one', (text) => {
    expect(isPlaceholder(text)).toBe(true);
  });

  it.each([
    ...[
      'secret',
      's3cr3t',
      'hunter2',
      'changeit',
      'x',
      'xx',
      'p@ssw0rd!',
      'hidden-treasure',
      'masked-ball-2026',
    ],
    ...[
      'nullable',
      'none-of-your-business',
      'your-mother',
      '***a',
      'a*******',
      '<K7#q>',
      '000',
      '00001',
      '[1,2,3]',
    ],
    ...['$2b$12$KIXQ4', '-----BEGIN PRIVATE KEY-----', '{"kty":"oct","k":"x"}', '${', '##', 'password123'],
  ])('takes %j for a secret', (text) => {
    expect(isPlaceholder(text)).toBe(false);
  });

  it('never takes a random secret for one', () => {
    for (let length = 4; length <= 64; length++) {
      for (const encoding of ['hex', 'base64', 'base64url', 'ascii'] as const) {
        for (let round = 0; round < 20; round++) {
          expect(isPlaceholder(randomBytes(length).toString(encoding))).toBe(false);
        }
      }
    }
  });
});

const REAL = 'f3b8c1d0-a-real-secret-5e77';

/** Makes each real secret one of its own. */
function numbered(document: JsonObject): JsonObject {
  let count = 0;
  return JSON.parse(JSON.stringify(document), (_, value) => (value === REAL ? `${REAL}-${count++}` : value));
}

/** A tenant with a secret in every kind of place. */
const treeOf = (s: string): JsonObject =>
  numbered({
    name: 'T',
    jwks: keySet(s),
    mfa_methods: { sms: { mechanism: 'sms', auth: { sms: { sid: 'AC1', auth_token: s }, email: null } } },
    phone_provider_config: { providers: [{ name: 'twilio', twilio: { sid: 'AC1', auth_token: s } }] },
    servers: {
      shop: {
        name: 'Shop',
        secret: s,
        rotated_secrets: [s],
        subject_identifier_algorithm_salt: s,
        jwks: keySet(s),
        clients: {
          web: { client_name: 'Web', client_secret: s, hashed_secret: s, rotated_secrets: [s] },
          signed: {
            client_name: 'Signed',
            token_endpoint_auth_method: 'private_key_jwt',
            jwks: { keys: [{ kty: 'EC', crv: 'P-256', kid: '1', x: 'x1', y: 'y1' }] },
            saml_idp_signing_key: { kty: 'EC', kid: '2', d: s },
          },
        },
        idps: {
          oidc: {
            name: 'Up',
            method: 'oidc',
            settings: { oidc: { client_id: 'us' } },
            credentials: { oidc: { client_secret: s, private_key_jwt: { algorithm: 'ES256', key: s } } },
            jit: { provisioning: { identifier_salt: s } },
          },
          staff: {
            name: 'Staff',
            method: 'static',
            credentials: { static: { users: [{ username: 'ada', password: s, title: '-' }] } },
          },
        },
        gateways: { edge: { name: 'Edge', client: { client_secret: s } } },
        custom_apps: { terms: { name: 'Terms', client: { client_secret: s } } },
        webhooks: { crm: { url: 'https://crm.example', api_key: s } },
        scripts: { one: { name: 'one', test_input: { password: '********' } } },
        ciba_authentication_service: {
          type: 'external',
          external: { credentials: { username: '-', password: s, api_key_value: s, api_key_name: 'none' } },
          client: { client_secret: s },
        },
      },
    },
  });

const keySet = (s: string): Json => ({ keys: [{ kty: 'RSA', kid: 'k', n: 'n', e: 'AQAB', d: s, p: s }] });

const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));

/** Places whose value is a real secret, each with a change that puts a text there. */
const places = placesOf(treeOf(REAL), '');
function placesOf(value: Json, pointer: string): string[] {
  if (typeof value === 'string' && value.startsWith(REAL)) return [pointer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries<Json>(value as JsonObject).flatMap(([key, inner]) =>
    placesOf(inner, `${pointer}/${key}`),
  );
}

/** The tenant with a text in one place. */
const withAt = (pointer: string, text: string): JsonObject => {
  const tree = structuredClone(treeOf(REAL)) as Record<string, unknown>;
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() as string;
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, tree);
  holder[last] = text;
  return tree as JsonObject;
};

const at = (value: Json | null | undefined, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((holder, key) => (holder as Record<string, unknown> | undefined)?.[key], value);

describe('a tree', () => {
  it('with real secrets alone is backed up without a warning', () => {
    const { blanks } = exportParts(bytesOf(treeOf(REAL)), bytesOf(treeOf('')));
    expect(assessBlanks(blanks, 'refuse')).toEqual({});
  });

  it.each(places)('with a placeholder at %s is no good backup', (pointer) => {
    for (const [text, mask] of [
      ['********', ''],
      ['<redacted>', '<redacted>'],
    ] as const) {
      const { blanks } = exportParts(bytesOf(withAt(pointer, text)), bytesOf(withAt(pointer, mask)));
      expect(() => assessBlanks(blanks, 'refuse')).toThrow(/blank or hidden/);
    }
  });

  it.each(places)('with a placeholder at %s never overwrites the secret that is there', (pointer) => {
    const desired = withAt(pointer, '********');
    const { document, targetState, warnings } = planChanges(desired, treeOf(REAL), {
      mode: 'update',
      credentials: 'restore',
    });
    expect(JSON.stringify(document) ?? '').not.toContain('****');
    expect(at(targetState, pointer)).toBe(at(treeOf(REAL), pointer));
    expect(warnings.map(({ code }) => code)).toContain('CREDENTIALS_FILLED');
  });

  it.each(PLACEHOLDERS)('of nothing but %j is refused whatever the enrolment says', (text) => {
    const { blanks } = exportParts(bytesOf(treeOf(text)), bytesOf(treeOf('')));
    expect(() => assessBlanks(blanks, 'accept')).toThrow(/the export is redacted/);
  });

  it('counts hidden secrets of clients and other services where the enrolment accepts them', () => {
    const full = treeOf(REAL) as unknown as { servers: { shop: { clients: JsonObject; idps: JsonObject } } };
    const hidden = treeOf('********') as typeof full;
    full.servers.shop.clients = hidden.servers.shop.clients;
    full.servers.shop.idps = hidden.servers.shop.idps;
    const { blanks } = exportParts(bytesOf(full as never), bytesOf(treeOf('')));
    expect(() => assessBlanks(blanks, 'refuse')).toThrow(/set blankClientSecrets to accept/);
    expect(assessBlanks(blanks, 'accept')).toEqual({ blank_client_secrets: 2, blank_upstream_secrets: 2 });
  });

  it.each(demoTenants())('counts nothing in $id, which has pools as identity providers', ({ tree }) => {
    expect(findBlankCredentials(tree as JsonObject)).toEqual([]);
  });

  it('counts other services without a secret, and names those that are made without one', () => {
    const blank = treeOf('') as unknown as { servers: { shop: JsonObject }; mfa_methods: JsonObject };
    const real = treeOf(REAL) as unknown as typeof blank;
    const desired = {
      ...real,
      mfa_methods: blank.mfa_methods,
      servers: {
        shop: {
          ...real.servers.shop,
          idps: blank.servers.shop['idps'],
          webhooks: blank.servers.shop['webhooks'],
        },
      },
    } as unknown as JsonObject;
    const { blanks } = exportParts(bytesOf(desired), bytesOf(treeOf('')));
    expect(assessBlanks(blanks, 'refuse')).toEqual({ blank_upstream_secrets: 4 });
    const { idps: _, webhooks: __, ...shop } = real.servers.shop;
    const live = { ...real, mfa_methods: {}, servers: { shop } } as unknown as JsonObject;
    const { warnings } = planChanges(desired, live, { mode: 'update', credentials: 'restore' });
    expect(warnings.find(({ code }) => code === 'CREDENTIALS_LOST')?.pointers.toSorted()).toEqual([
      '/mfa_methods/sms',
      '/servers/shop/idps/oidc',
      '/servers/shop/idps/staff',
      '/servers/shop/webhooks/crm',
    ]);
  });

  it('makes objects without their placeholders', () => {
    const { document } = planChanges(
      treeOf('<hidden>'),
      { ...treeOf(REAL), servers: {}, mfa_methods: {} },
      {
        mode: 'update',
        credentials: 'restore',
      },
    );
    expect(JSON.stringify(document)).toContain('"client_secret":""');
    expect(JSON.stringify(document)).not.toContain('hidden');
  });
});

/** A system dump with a secret in every kind of place. */
const dumpOf = (s: string): JsonObject =>
  numbered({
    tenant: { id: 't', jwks: keySet(s) },
    servers: [{ tenant_id: 't', id: 'shop', secret: s, jwks: keySet(s) }],
    clients: [{ tenant_id: 't', authorization_server_id: 'shop', client_id: 'web', client_secret: s }],
    idps: [
      {
        tenant_id: 't',
        authorization_server_id: 'shop',
        id: 'up',
        credentials: { oidc: { client_secret: s } },
      },
    ],
    webhooks: [{ tenant_id: 't', server_id: 'shop', id: 'w', api_key: s }],
    mfa_methods: [
      { tenant_id: 't', id: 'm', mechanism: 'sms', auth: { sms: { sid: 'AC1', auth_token: s } } },
    ],
    vanity_domains: [{ tenant_id: 't', id: 'v', domain: 'id.example.com', key: s, cert: 'cert' }],
  });
const dumpPlaces = placesOf(dumpOf(REAL), '');

describe('a dump', () => {
  it.each(dumpPlaces)('with a placeholder at %s is no good backup, and overwrites nothing', (pointer) => {
    const dump = JSON.parse(JSON.stringify(dumpOf(REAL)));
    const keys = pointer.split('/').slice(1);
    const last = keys.pop() as string;
    keys.reduce((holder, key) => holder[key], dump)[last] = '[REDACTED]';
    expect(() => assessBlanks(dumpParts(bytesOf(dump)).blanks, 'refuse')).toThrow(/blank or hidden/);
    const { targetState, document } = planDumpChanges(dump, dumpOf(REAL), { mode: 'update' });
    expect(at(targetState, pointer)).toBe(at(dumpOf(REAL), pointer));
    expect(JSON.stringify(document) ?? '').not.toContain('REDACTED');
    const made = planDumpChanges(dump, { ...dumpOf(REAL), [keys[0] as string]: [] }, { mode: 'update' });
    expect(JSON.stringify(made.document) ?? '').not.toContain('REDACTED');
  });

  it('with real secrets alone is backed up without a warning', () => {
    expect(assessBlanks(dumpParts(bytesOf(dumpOf(REAL))).blanks, 'refuse')).toEqual({});
  });

  it('of people counts a hidden password as blank, and never restores it over one that is there', () => {
    const people = (hashed_password: string): JsonObject => ({
      users: [{ tenant_id: 't', user_pool_id: 'p', id: 'u' }],
      user_credentials: [
        {
          tenant_id: 't',
          user_pool_id: 'p',
          user_id: 'u',
          id: 'c',
          type: 'password',
          payload: { hashed_password },
        },
      ],
    });
    expect(validateIdentityDump(bytesOf(people('********'))).userCredentials).toEqual({ total: 1, blank: 1 });
    expect(validateIdentityDump(bytesOf(people('$2b$12$KIX'))).userCredentials).toEqual({
      total: 1,
      blank: 0,
    });
    const { targetState } = planDumpChanges(people('********'), people(REAL), { mode: 'update' });
    expect(JSON.stringify(targetState)).not.toContain('****');
    expect(JSON.stringify(targetState)).toContain(REAL);
  });
});
