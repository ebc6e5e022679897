/**
 * Generated exports: realistic tenants with credentials, and what SecureAuth shows of them without credentials. The
 * redaction here is written out field by field, apart from the tables that it is used to test.
 */
import fc from 'fast-check';

/** A tree that a test may change. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into documents that have no closed type
export type Tree = any;

/** A recognisable secret: a test can look for `canary` anywhere. */
export const CANARY = 'canary';
const secretText = fc.stringMatching(/^[a-z0-9]{8}$/).map((text) => `${CANARY}-${text}`);

const id = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{2,11}$/);
const word = fc.stringMatching(/^[A-Za-z][A-Za-z ]{0,14}$/);
const url = id.map((name) => `https://${name}.example.com/callback`);
const timestamp = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const duration = fc.constantFrom('10m0s', '1h0m0s', '720h0m0s', '30s');
/** Keys that need escaping in a JSON Pointer, or care in JavaScript. */
const path = fc.oneof(
  fc.constantFrom('pages/error/index.tmpl', 'a~b/c', 'https://example.com/claim', '__proto__', 'constructor'),
  id,
);

/** A map of generated entries, also for names like `__proto__`. */
export const mapOf = <T>(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<T>,
  maxKeys = 3,
): fc.Arbitrary<Record<string, T>> =>
  fc
    .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: maxKeys })
    // Not `fromEntries` by assignment: `__proto__` has to become a member.
    .map((entries) => Object.fromEntries(entries));

/** A key with its private part. */
export const privateKey = fc.record({
  kid: id,
  kty: fc.constant('RSA'),
  use: fc.constantFrom('sig', 'enc'),
  alg: fc.constant('RS256'),
  n: id,
  e: fc.constant('AQAB'),
  d: secretText,
  p: secretText,
  q: secretText,
  created_at: timestamp,
});

/** SecureAuth's own keys. */
export const serverJwks = fc.record({
  keys: fc.array(privateKey, { minLength: 1, maxLength: 2 }),
  next_signing_key: fc.option(privateKey),
  next_encryption_key: fc.constant(null),
  revoked_signing_keys: fc.option(fc.array(privateKey, { minLength: 1, maxLength: 1 })),
  revoked_encryption_keys: fc.constant(null),
  rotated_keys_limit: fc.nat(5),
  revoked_keys_limit: fc.nat(5),
});

/** A client, with one kind of authentication and the secrets that it needs. */
export const client = fc
  .record({
    client_name: word,
    description: fc.option(word),
    redirect_uris: fc.uniqueArray(url, { maxLength: 3 }),
    grant_types: fc.subarray(['authorization_code', 'client_credentials', 'refresh_token']),
    scopes: fc.subarray(['openid', 'email', 'profile']),
    token_endpoint_auth_method: fc.constantFrom(
      'client_secret_basic',
      'client_secret_post',
      'none',
      'private_key_jwt',
    ),
    client_secret: secretText,
    hashed_secret: fc.constantFrom('', `${CANARY}-hash`),
    rotated_secrets: fc.option(fc.array(secretText, { minLength: 1, maxLength: 2 })),
    client_id_issued_at: fc.nat(),
    created_at: timestamp,
    updated_at: timestamp,
    trusted: fc.boolean(),
    system: fc.boolean(),
    jwks: fc.constantFrom(null, { keys: [{ kty: 'RSA', kid: 'public', n: 'abc', e: 'AQAB' }] }),
    metadata: fc.dictionary(id, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
    policy_execution_points: mapOf(fc.constantFrom('client_user_token', 'client_machine_token'), id, 2),
  })
  .map((value) => {
    const keeps = value.token_endpoint_auth_method.startsWith('client_secret');
    return keeps ? value : { ...value, client_secret: '', hashed_secret: '', rotated_secrets: null };
  });

const scope = fc.record({
  description: word,
  display_name: word,
  implicit: fc.boolean(),
  metadata: fc.constantFrom(null, { tier: 'gold' }),
  policy_execution_points: fc.constantFrom(null, { scope_user_grant: 'p1', scope_machine_token: 'p2' }),
});

const idp = fc.record({
  name: word,
  method: fc.constant('oidc'),
  disabled: fc.boolean(),
  version: fc.constant(3),
  settings: fc.record({
    oidc: fc.record({ issuer_url: url, client_id: id, scopes: fc.subarray(['openid', 'email']) }),
  }),
  credentials: fc.record({
    oidc: fc.record({
      client_secret: secretText,
      private_key_jwt: fc.option(
        secretText.map((key) => ({ key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` })),
      ),
    }),
    static: fc.constantFrom(null, { users: [{ username: 'jane', password: `${CANARY}-user` }] }),
  }),
  client: fc.option(client),
  jit: fc.record({ provisioning: fc.record({ identifier_salt: secretText, enabled: fc.boolean() }) }),
  mappings: fc.constantFrom([], [{ source: 'email', target: 'email', type: 'string' }]),
});

/** A document as parsed JSON is: without parts that appear in two places of it. */
const unshared = (document: unknown): Tree => JSON.parse(JSON.stringify(document));

const anyWorkspace = fc.record({
  name: word,
  type: fc.constantFrom('regular', 'system', 'admin', 'developer'),
  secret: secretText,
  rotated_secrets: fc.option(fc.array(secretText, { minLength: 1, maxLength: 2 })),
  subject_identifier_algorithm_salt: secretText,
  jwks: serverJwks,
  access_token_ttl: duration,
  access_token_strategy: fc.constantFrom('jwt', 'opaque'),
  enforce_pkce: fc.boolean(),
  grant_types: fc.subarray(['authorization_code', 'refresh_token', 'client_credentials']),
  token_endpoint_auth_methods: fc.subarray(['client_secret_basic', 'private_key_jwt']),
  version: fc.constant(3),
  authentication_context_settings: fc.record({
    attributes: fc.array(
      fc.record({ name: id, type: fc.constant('string'), labels: fc.subarray(['simple', 'advanced']) }),
      {
        maxLength: 3,
      },
    ),
  }),
  future_setting: fc.jsonValue({ maxDepth: 2 }),
  clients: mapOf(id, client, 4),
  idps: mapOf(id, idp, 2),
  services: mapOf(
    id,
    fc.record({
      name: word,
      type: fc.constant('user'),
      updated_at: timestamp,
      scopes: mapOf(path, scope),
      apis: mapOf(
        id,
        fc.record({
          method: fc.constantFrom('GET', 'POST'),
          path: fc.constant('/x'),
          policy_id: fc.option(id),
        }),
      ),
    }),
  ),
  scopes_without_service: mapOf(path, scope),
  claims: mapOf(
    fc.constantFrom('id_token', 'access_token', 'saml_assertion'),
    mapOf(
      path,
      fc.record({
        source_path: id,
        source_type: fc.constant('authnCtx'),
        scopes: fc.subarray(['email']),
        opaque: fc.boolean(),
      }),
    ),
  ),
  policies: mapOf(
    id,
    fc.record({ policy_name: word, language: fc.constantFrom('rego', 'cloudentity'), definition: word }),
  ),
  policy_execution_points: fc.oneof(
    fc.constant(null),
    mapOf(fc.constantFrom('server_user_token', 'server_machine_token'), fc.oneof(id, fc.constant(''))),
  ),
  scripts: mapOf(
    id,
    fc.record({ name: word, body: fc.constant('module.exports = async () => ({})'), test_input: secretText }),
  ),
  script_execution_points: mapOf(
    fc.constant('token_minting'),
    mapOf(
      id,
      id.map((script_id) => ({ script_id })),
    ),
  ),
  gateways: mapOf(
    id,
    fc.record({
      name: word,
      last_active: timestamp,
      client: fc.option(client),
      gateway_api_groups: mapOf(id, fc.record({ name: word, apis: fc.constant([]) }), 2),
    }),
    2,
  ),
  custom_apps: mapOf(id, fc.record({ name: word, url, type: fc.constant('post-authn'), client }), 1),
  webhooks: mapOf(
    id,
    fc.record({ url, api_key: secretText, active: fc.boolean(), insecure: fc.boolean() }),
    2,
  ),
  servers_bindings: mapOf(id, fc.boolean(), 2),
  pools: mapOf(id, fc.record({ name: word, mfa_session_ttl: duration }), 1),
  server_consent: fc.option(fc.record({ type: fc.constant('oidc'), client: fc.option(client) })),
  ciba_authentication_service: fc.option(
    fc.record({
      type: fc.constant('external'),
      external: fc.record({
        url,
        credentials: fc.record({ username: id, password: secretText, api_key_value: secretText }),
      }),
      client: fc.constant(null),
    }),
  ),
  theme_binding: fc.option(id.map((theme_id) => ({ theme_id }))),
});

/** A workspace with credentials, as `with_credentials=true` shows it. */
export const workspace: fc.Arbitrary<Tree> = anyWorkspace.map(unshared);

const anyTenant = fc.record({
  name: word,
  url,
  jwks: serverJwks,
  metadata: fc.dictionary(id, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
  settings: fc.record({ default_workspace_id: id }),
  styling: fc.constantFrom(null, { colors: { primary: '#fff', background: '' } }),
  features: mapOf(id, fc.record({ enabled: fc.boolean() })),
  mfa_methods: mapOf(
    id,
    fc.record({
      mechanism: fc.constant('sms'),
      enabled: fc.boolean(),
      auth: fc.record({ sms: fc.record({ sid: secretText, auth_token: secretText }) }),
    }),
    2,
  ),
  pools: mapOf(
    id,
    fc.record({ name: word, public_registration_allowed: fc.boolean(), metadata: fc.constant({}) }),
  ),
  schemas: mapOf(
    id,
    fc.record({
      name: word,
      schema: fc.constant({ type: 'object', required: ['a'] }),
      created_at: timestamp,
    }),
    2,
  ),
  themes: mapOf(
    id,
    fc.record({ name: word, templates: mapOf(path, fc.record({ content: word, updated_at: timestamp })) }),
    2,
  ),
  translations: mapOf(
    fc.constantFrom('en', 'pl'),
    fc.record({
      enabled: fc.boolean(),
      content: fc.constant({ password: 'Password', reset_token: 'Code' }),
      updated_at: timestamp,
    }),
  ),
  servers: mapOf(id, anyWorkspace, 3),
  future_section: fc.option(mapOf(id, fc.record({ name: word }))),
});

/** A whole tenant with credentials, as `with_credentials=true` shows it. */
export const tenant: fc.Arbitrary<Tree> = anyTenant.map(unshared);

/** What SecureAuth shows of a tenant, or of a workspace, with `with_credentials=false`. */
export function redact(full: Tree): Tree {
  const tree = structuredClone(full);
  for (const server of Object.values(tree.servers ?? { own: tree })) redactWorkspace(server);
  if (tree.servers === undefined) return tree;
  tree.jwks = redactedServerJwks();
  for (const { auth } of values(tree.mfa_methods)) if (auth?.sms) auth.sms = { sid: '', auth_token: '' };
  return tree;
}

function redactWorkspace(server: Tree): void {
  server.secret = '';
  server.subject_identifier_algorithm_salt = '';
  server.rotated_secrets = null;
  server.jwks = redactedServerJwks();
  for (const found of values(server.clients)) redactClient(found);
  for (const section of [server.gateways, server.custom_apps])
    for (const found of values(section)) redactClient(found.client);
  redactClient(server.server_consent?.client);
  for (const found of values(server.idps)) {
    redactClient(found.client);
    found.credentials = null;
    found.jit.provisioning.identifier_salt = '';
  }
  for (const found of values(server.webhooks)) delete found.api_key;
  const external = server.ciba_authentication_service?.external;
  if (external) external.credentials = { username: '', password: '', api_key_value: '' };
}

function redactClient(found: Tree): void {
  if (!found) return;
  Object.assign(found, { client_secret: '', hashed_secret: '', rotated_secrets: null });
}

const values = (map: Tree): Tree[] => Object.values(map ?? {});

const redactedServerJwks = (): Tree => ({
  keys: null,
  next_signing_key: null,
  next_encryption_key: null,
  revoked_signing_keys: null,
  revoked_encryption_keys: null,
  rotated_keys_limit: 0,
  revoked_keys_limit: 0,
});
