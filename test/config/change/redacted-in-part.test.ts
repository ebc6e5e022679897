/** An object may show one credential and hide another: what is hidden never overwrites the real one. */
import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';

const treeOf = (workspace: JsonObject, rest: JsonObject = {}): JsonObject => ({
  name: 'T',
  ...rest,
  servers: { shop: { name: 'Shop', ...workspace } },
});
const plan = (desired: Json, live: Json) =>
  planChanges(desired, live, { mode: 'update', credentials: 'restore' });

const idp = (secret: Json, more: JsonObject = {}) => ({
  idps: { up: { name: 'Up', credentials: { oidc: { client_secret: secret } }, ...more } },
});
const client = (secret: Json, more: JsonObject) => ({
  clients: { web: { client_name: 'Web', client_secret: secret, ...more } },
});

/** Trees by the credential that the backup hides; the other one is shown on both sides. */
const CASES: Readonly<Record<string, (secret: Json) => JsonObject>> = {
  'an identity provider beside its embedded client': (secret) =>
    treeOf(idp(secret, { client: { client_secret: 'embedded-secret' } })),
  'an identity provider beside the salt of its people': (secret) =>
    treeOf(idp(secret, { jit: { provisioning: { identifier_salt: 'salt-of-people' } } })),
  'the salt of people beside the identity provider': (secret) =>
    treeOf(idp('shown', { jit: { provisioning: { identifier_salt: secret } } })),
  'a client beside a key in its metadata': (secret) =>
    treeOf(client(secret, { metadata: { apiKey: 'in-metadata' } })),
  'a client beside a token in its description': (secret) =>
    treeOf(client(secret, { description: 'https://ada:in-url@example.com' })),
  'a workspace beside the credentials of its CIBA service': (secret) =>
    treeOf({
      secret,
      ciba_authentication_service: { external: { credentials: { password: 'of-ciba' } } },
    }),
  'the CIBA service beside the secret of its workspace': (secret) =>
    treeOf({
      secret: 'of-workspace',
      ciba_authentication_service: { type: 'external', external: { credentials: { password: secret } } },
    }),
  'a multi-factor method beside a URL with a password': (secret) =>
    treeOf(
      {},
      {
        mfa_methods: {
          sms: { url: 'https://ada:in-url@example.com', auth: { sms: { auth_token: secret } } },
        },
      },
    ),
  'a webhook beside a URL with a password': (secret) =>
    treeOf({ webhooks: { crm: { url: 'https://ada:in-url@example.com', api_key: secret } } }),
  'a phone provider beside the keys of the tenant': (secret) =>
    treeOf(
      {},
      {
        jwks: { keys: [{ kty: 'RSA', n: 'n', d: 'of-tenant' }] },
        phone_provider_config: { providers: [{ name: 'twilio', twilio: { auth_token: secret } }] },
      },
    ),
};

describe('a hidden credential', () => {
  it.each(Object.entries(CASES))('of %s stays as it is', (_, tree) => {
    for (const hidden of ['', null, '********']) {
      const { document, targetState, warnings } = plan(tree(hidden), tree('the-real-secret'));
      expect(document).toBeNull();
      expect(targetState).toEqual(tree('the-real-secret'));
      expect(warnings.map(({ code }) => code)).toEqual(['CREDENTIALS_FILLED']);
    }
    expect(plan(tree('older-secret'), tree('the-real-secret')).targetState).toEqual(tree('older-secret'));
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'a rotated secret of a client',
      client('now', { rotated_secrets: null }),
      client('now', { rotated_secrets: ['old'] }),
    ],
    [
      'a hash beside the secret',
      client('now', { hashed_secret: '' }),
      client('now', { hashed_secret: 'old' }),
    ],
    [
      'a rotated secret of a workspace',
      { secret: 'now', rotated_secrets: null },
      { secret: 'now', rotated_secrets: ['old'] },
    ],
    [
      'a key in metadata',
      client('now', { metadata: {} }),
      client('now', { metadata: { apiKey: 'planted' } }),
    ],
  ])('is none where a known credential beside it is shown: %s', (_, desired, live) => {
    expect(plan(treeOf(desired), treeOf(live)).targetState).toEqual(treeOf(desired));
  });
});

describe('a container that holds nothing but credentials, and that an export without them lacks', () => {
  const AT = '/servers/shop/clients/web';
  const web = (members: JsonObject) => treeOf({ clients: { web: { client_name: 'Web', ...members } } });
  const HIDDEN: readonly (readonly [
    what: string,
    desired: JsonObject,
    live: JsonObject,
    places: string[],
  ])[] = [
    ['its place', {}, { metadata: { token: 'canary' } }, ['metadata/token']],
    ['all above it', {}, { metadata: { vault: { token: 'canary' } } }, ['metadata/vault/token']],
    [
      'one of two',
      { metadata: { note: 'x' } },
      { metadata: { note: 'y', vault: { token: 'canary', key: 'canary-2' } } },
      ['metadata/vault/token', 'metadata/vault/key'],
    ],
  ];
  const stateAfter = (
    desired: JsonObject,
    live: JsonObject,
    places: string[],
    credentials: 'keep' | 'restore',
  ) => {
    const secretPointers = places.map((place) => `${AT}/${place}`);
    const { targetState } = planChanges(web(desired), web(live), {
      mode: 'update',
      credentials,
      secretPointers,
    });
    return JSON.stringify(targetState);
  };

  it.each(HIDDEN)('stays where credentials stay: %s', (_, desired, live, places) => {
    expect(stateAfter(desired, live, places, 'keep')).toContain('canary');
    expect(stateAfter({ ...desired, tos_uri: 'x' }, live, places, 'keep')).toMatch(
      /"tos_uri":"x".*canary|canary.*"tos_uri":"x"/,
    );
    expect(stateAfter(desired, live, places, 'restore')).not.toContain('canary');
  });

  it('goes with what else it holds, which the export would show', () => {
    const live = { metadata: { vault: { token: 'canary', url: 'https://vault.example' } } };
    expect(stateAfter({}, live, ['metadata/vault/token'], 'keep')).not.toContain('canary');
  });
});
