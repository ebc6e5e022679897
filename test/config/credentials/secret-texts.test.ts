/** Secrets inside of texts, and what only looks like them. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { splitCredentials } from '../../../functions/config/credentials/credentials.ts';
import { holdsSecret } from '../../../functions/config/credentials/secret-texts.ts';
import { type Random, randomOf } from './random-text.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privatePem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const publicPem = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64Url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (r: Random) => `${base64Url({ alg: 'HS256' })}.${base64Url({ sub: r(8) })}.${r(43)}`;

const SECRETS: Readonly<Record<string, readonly ((r: Random) => string)[]>> = {
  'an AWS key': [
    ...['AKIA', 'ASIA', 'AROA', 'A3T7'].map((prefix) => (r: Random) => `${prefix}${r(16, 'upper')}`),
    (r) => `aws_secret_access_key=${r(39)}7`,
    (r) => `export AWS_SECRET_ACCESS_KEY="${r(39)}7"`,
  ],
  'a chat webhook': [
    (r) => `https://hooks.slack.com/services/T${r(8, 'upper')}/B${r(8, 'upper')}/${r(24)}`,
    (r) =>
      `https://hooks.slack.com/workflows/T${r(8, 'upper')}/A${r(8, 'upper')}/${r(18, 'digits')}/${r(24)}`,
    (r) => `https://discord.com/api/webhooks/${r(18, 'digits')}/${r(68)}`,
    (r) => `https://canary.discordapp.com/api/webhooks/${r(18, 'digits')}/${r(68)}`,
    (r) =>
      `https://acme.webhook.office.com/webhookb2/${r(32, 'hex')}@${r(8)}/IncomingWebhook/${r(32, 'hex')}/${r(8)}`,
    (r) => `https://outlook.office.com/webhook/${r(32, 'hex')}@${r(8)}/IncomingWebhook/${r(32, 'hex')}`,
    (r) =>
      `https://prod-1.westeurope.logic.azure.com/workflows/${r(32, 'hex')}/triggers/manual/paths/invoke?sp=%2F&sig=${r(43)}`,
    (r) => `https://chat.googleapis.com/v1/spaces/${r(11)}/messages?key=x&token=${r(43)}`,
    (r) => `https://api.telegram.org/bot${r(10, 'digits')}:${r(35)}/sendMessage`,
  ],
  'a JWT': [
    jwt,
    (r) => `Authorization: ${jwt(r)}`,
    (r) => `{"id_token":"${jwt(r)}"}`,
    (r) => `const t = '${jwt(r)}';`,
    (r) => `see\n${jwt(r)}\nthere`,
  ],
  'a token of a service': [
    (r) => `gho_${r(36)}`,
    (r) => `glrt-${r(20)}`,
    (r) => `rk_live_${r(24)}`,
    (r) => `AIza${r(35)}`,
    (r) => `whsec_${r(32)}`,
    (r) => `dop_v1_${r(64, 'hex')}`,
    (r) => `pypi-${r(60)}`,
  ],
  'a secret in a URL': [
    (r) => `https://api.example.com/cb?api_key=${r(16, 'hex')}&x=1`,
    (r) => `https://api.example.com/cb?x=1&access_token=${r(24)}`,
    (r) => `https://a.blob.core.windows.net/c?sv=2020&sig=${r(20)}%3D`,
    (r) => `/hook?client_secret=${r(12)}`,
    (r) => `grant_type=password&username=u&password=${r(12)}`,
    (r) => `https://api.example.com/?API-KEY=${r(16)}`,
    (r) => `https://${r(32, 'hex')}@logs.example.com/1`,
    (r) => `redis://:${r(12)}@cache.example.com:6379/0`,
  ],
  'a header': [
    (r) => `Bearer ${r(31, 'hex')}7`,
    (r) => `authorization: bearer 7${r(40)}`,
    (r) => `-H "Authorization: Token 7${r(39, 'hex')}"`,
    (r) => `Basic ${base64(`admin:${r(9)}`)}`,
    (r) => `{"Authorization": "Basic ${base64(`u:${r(20)}`)}"}`,
    (r) => `curl -u admin:${r(9)} https://api.example.com`,
    (r) => `curl https://api.example.com --user 'admin:${r(9)}'`,
  ],
  'a connection string': [
    (r) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${r(86)}==;`,
    (r) => `Endpoint=sb://a.example.net/;SharedAccessKeyName=Root;SharedAccessKey=${r(43)}=`,
    (r) => `Server=db.example.com;Database=shop;User Id=app;Password=${r(12)};`,
    (r) => `host=db.example.com user=app password=${r(12)} dbname=shop`,
    (r) => `Data Source=db;Uid=app;Pwd=${r(9)}`,
  ],
  'a key': [
    () => privatePem,
    () => JSON.stringify(privatePem),
    () => base64(privatePem),
    () => JSON.stringify(pair.privateKey.export({ format: 'jwk' })),
    (r) => `{ "kty": "oct", "k": "${r(43)}" }`,
    () => base64('-----BEGIN RSA PRIVATE KEY-----\nabc'),
    () => base64('-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc'),
    () => base64('-----BEGIN OPENSSH PRIVATE KEY-----\nabc'),
  ],
  'a literal in code': [
    (r) => `const apiKey = "${r(7)}7";`,
    (r) => `{ client_secret: '${r(7)}7${r(20)}' }`,
    (r) => `fetch(url, { headers: { "X-Api-Key": "${r(7)}7" } })`,
    (r) => `{"password":"${r(7)}7"}`,
    (r) => `secretKey=\`${r(7)}7${r(9)}\``,
  ],
};

/** Things that every tenant has. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  'a public key': [publicPem, base64(publicPem), JSON.stringify(pair.publicKey.export({ format: 'jwk' }))],
  'a certificate': [
    `-----BEGIN CERTIFICATE-----\n${'MIIB8Ab3'.repeat(40)}\n-----END CERTIFICATE-----`,
    base64(`-----BEGIN CERTIFICATE-----\n${'MIIB8Ab3'.repeat(40)}`),
    `<X509Certificate>${'MIIDdTCCAl2gAwIBAgILBAAAAAABFUtaw5Qw'.repeat(9)}</X509Certificate>`,
  ],
  'a URL': [
    'https://app.example.com/callback?state=af0ifjsldkj&session_state=1234567890abcdef',
    'https://id.example.com/acme/main/oauth2/token',
    'https://id.example.com/reset?token={{ .Token }}',
    'https://id.example.com/authorize?client_id=8f3b2c1d9e7a6f5b4c3d2e1f0a9b8c7d&response_type=code',
    'https://slack.com/intl/en-gb/help',
    'mailto:ada@example.com',
    'https://hooks.example.com/services/T000/B000/X',
    'https://example.com/@someone/tokens?page=2',
  ],
  'an id': [
    '8f3b2c1d9e7a6f5b4c3d2e1f0a9b8c7d',
    '5e1fe6a4-2b1f-4d3c-9a0b-6b1f3c2d1e0f',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    '2026-01-31T02:00:00.123456Z',
    'sk_test_mode',
    'ghp_is_a_prefix_of_tokens',
    'eyJ is how a JWT begins',
  ],
  'a text': [
    'Enter the password that we sent to you. Token: see your mail.',
    'Bearer tokens authenticate each request to this interface',
    'Basic authentication with user name and password',
    'password = input.password; secret = process.env.SECRET',
    'const token = await issueToken({ client_secret: secrets.crm });',
    '<input type="password" name="password" value="" placeholder="Password">',
    'The host= and user= of a database are no secrets',
    'allow { input.token.scope == "openid" }',
    "password: 'errors.password'",
  ],
};

describe('holdsSecret', () => {
  it.each(Object.entries(SECRETS))('finds %s', (kind, makers) => {
    expect(makers.length).toBeGreaterThanOrEqual(5);
    for (const [index, make] of makers.entries()) {
      for (let round = 0; round < 10; round++) {
        const text = make(randomOf(`${kind} ${index} ${round}`));
        for (const each of [text, `(${text})`, `${'a text before. '.repeat(200)}\n${text}\nand after`]) {
          expect(holdsSecret(each), each).toBe(true);
        }
      }
    }
  });

  it.each(Object.entries(PLAIN))('does not take %s for one', (_, texts) => {
    for (const text of texts) expect(holdsSecret(text), text).toBe(false);
    expect(holdsSecret(texts.join('\n'))).toBe(false);
  });

  it('finds a secret wherever a person may write one', () => {
    const text = `xoxb-${randomOf('slack')(40)}`;
    const tree = {
      name: 'T',
      metadata: { note: text },
      translations: { en: { content: { greeting: text } } },
      servers: {
        shop: { description: text, scripts: { one: { body: `send("${text}")` } }, list: ['plain', text] },
      },
    };
    const { config, counts } = splitCredentials(tree, tree);
    expect(JSON.stringify(config)).not.toContain(text);
    expect(counts).toEqual({ redacted: 0, known: 0, lookalike: 5 });
  });
});
