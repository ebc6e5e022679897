import { expect, it } from 'vitest';
import { isSensitiveName, looksLikeCredential } from '../../../functions/config/credentials/lookalike.ts';

it.each([
  'password',
  'smtp_password',
  'clientSecret',
  'client_secret',
  'secrets',
  'API-Key',
  'apikey',
  'api_key_value',
  'auth_token',
  'accessToken',
  'private_key',
  'signing_key',
  'passphrase',
  'identifier_salt',
  'credentials',
  'tokens',
  'hashed_secret',
  'password_hash',
  ...[
    'authorization',
    'Authorization',
    'proxy_authorization',
    'Proxy-Authorization',
    'bearer',
    'auth_header',
  ],
  ...['pwd', 'db_pwd', 'userPwd', 'pwd2', 'pw', 'smtp_pass', 'ldapPass', 'passwordText', 'password_plain'],
  ...['pin', 'PIN', 'login_pin', 'pin_code', 'pinCode', 'PIN-Code'],
  ...['basic_auth', 'basicAuth', 'Basic-Auth', 'proxy_basic_auth', 'http_basic_auth'],
  ...['connection_string', 'connectionString', 'db_connection_strings', 'conn_str', 'dsn', 'sentry_dsn'],
  ...['otp_seed', 'totpSeed', 'mnemonic', 'service_account', 'service_account_json', 'serviceAccount'],
  ...['private_key_pem', 'privateKeyPem', 'ssh_key', 'tls_key', 'account_key', 'subscriptionKey', 'app_key'],
  ...['secret2', 'password1', 'new_password_2', 'api_secret_v2', 'token_base64', 'clientSecretText'],
])('takes %s for the name of a credential', (name) => {
  expect(isSensitiveName(name)).toBe(true);
});

it.each([
  'token_endpoint_auth_method',
  'access_token_ttl',
  'access_token_strategy',
  'client_secret_expires_at',
  'token_type',
  'password_policy',
  'secret_name',
  'api_key_name',
  'api_key_in',
  'key',
  'key_type',
  'jwks_uri',
  'monkey',
  'tokenize',
  'id_token_signed_response_alg',
  'public_key',
  'use_custom_token_ttls',
  'saltlake',
  ...[
    'authorization_endpoint',
    'authorization_details',
    'authorization_server_id',
    'pinned',
    'spin',
    'mapping',
  ],
  ...[
    'pass',
    'bypass',
    'compass',
    'pin_length',
    'pwd_policy',
    'connection',
    'connection_string_name',
    'seed',
  ],
  ...[
    'secret_version',
    'tokens_per_second',
    'public_key_pem',
    'idempotency_key',
    'foreign_key',
    'auth',
    'header',
  ],
  ...['client_id', 'redirect_uris', 'kid', 'x5c', 'certificate', 'signing_cert', 'issuer_url', 'webhook_url'],
])('does not take %s for one', (name) => {
  expect(isSensitiveName(name)).toBe(false);
});

it.each([
  ['', false],
  [0, false],
  [true, false],
  [null, false],
  [{ a: 'x' }, false],
  [[], false],
  [[''], false],
  [['x', 1], false],
  [['', 'x'], true],
  ['x', true],
])('says of a member called password with the value %j: %s', (value, verdict) => {
  expect(looksLikeCredential('password', value, false)).toBe(verdict);
});

it.each([
  ['-----BEGIN PRIVATE KEY-----', true],
  ['var pem = "-----BEGIN EC PRIVATE KEY-----\\n"', true],
  ['-----BEGIN PGP PRIVATE KEY BLOCK-----', true],
  ['-----BEGIN PUBLIC KEY-----', false],
  ['put your PRIVATE KEY here', false],
  ['https://user:x@example.com/path', true],
  ['connect to amqp://user:x@example.com now', true],
  ['https://example.com:8443/@user', false],
  ['https://user@example.com', false],
  ['https://example.com/?mail=a:b@example.com', false],
])('says of the text %j: %s', (text, verdict) => {
  expect(looksLikeCredential(undefined, text, false)).toBe(verdict);
});

it('takes private members of a key, and only inside of a key', () => {
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) {
    expect(looksLikeCredential(name, 'x', true)).toBe(true);
    expect(looksLikeCredential(name, 'x', false)).toBe(false);
  }
  expect(looksLikeCredential('oth', [{ r: 'x' }], true)).toBe(true);
  expect(looksLikeCredential('n', 'x', true)).toBe(false);
});
