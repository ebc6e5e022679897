/** An export that hides every secret behind one text is no good backup, even if no list knows the text. */
import { describe, expect, it } from 'vitest';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';

type Secret = (name: string) => string;
const real: Secret = (name) => `of-${name}-1f0c`;
const all =
  (text: string): Secret =>
  () =>
    text;

const clients = (secret: Secret, count = 2): JsonObject =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `c${index}`,
      { client_name: `C ${index}`, client_secret: secret(`client-${index}`) },
    ]),
  );
const workspaceOf = (secret: Secret, name = 'shop'): JsonObject => ({
  name,
  secret: secret(`${name}-secret`),
  subject_identifier_algorithm_salt: secret(`${name}-salt`),
  jwks: { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: secret(`${name}-d`), p: secret(`${name}-p`) }] },
});
const treeOf = (servers: JsonObject): JsonObject => ({ name: 'T', servers });
const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));
const blanksOf = (servers: JsonObject) =>
  exportParts(bytesOf(treeOf(servers)), bytesOf(treeOf(servers))).blanks;

describe('one text in many places', () => {
  it.each(['not-shown-by-this-build', '9d4e1e23bd5b727046a9e3b4b7db57bd', 'secret', 'p', 'ask the owner'])(
    'is no secret: %s',
    (text) => {
      const blanks = blanksOf({ shop: { ...workspaceOf(all(text)), clients: clients(real) } });
      expect(blanks.map(({ pointer }) => pointer).sort()).toEqual([
        '/servers/shop/jwks/keys/0/d',
        '/servers/shop/jwks/keys/0/p',
        '/servers/shop/secret',
        '/servers/shop/subject_identifier_algorithm_salt',
      ]);
      expect(() => assessBlanks(blanks, 'accept')).toThrow(/the export is redacted/);
    },
  );

  it('is no secret in other workspaces either, and not of clients', () => {
    const [one, other] = [
      workspaceOf(all('gone')),
      { name: 'B', secret: 'gone', clients: clients(all('gone')) },
    ];
    expect(blanksOf({ one, other }).map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/servers/other/secret', '/servers/other/clients/c0/client_secret']),
    );
  });

  it('is no secret of ten clients, unless the enrolment says so', () => {
    const shop = { ...workspaceOf(real), clients: clients(all('gone'), 10) };
    const blanks = blanksOf({ shop });
    expect(() => assessBlanks(blanks, 'refuse')).toThrow(/set blankClientSecrets to accept/);
    expect(assessBlanks(blanks, 'accept')).toEqual({ blank_client_secrets: 10 });
  });

  it('is no secret in a dump', () => {
    const servers = [{ id: 'shop', ...workspaceOf(all('gone')) }];
    const dump = { servers, clients: [{ client_id: 'a', client_secret: 'gone' }] };
    const { blanks } = dumpParts(bytesOf(dump));
    expect(blanks.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/servers/0/secret', '/clients/0/client_secret']),
    );
  });

  it.each(['subject_identifier_algorithm_salt', 'd'])(
    'is a secret of a script that uses the %s of its workspace',
    (name) => {
      const servers = [{ id: 'shop', ...workspaceOf(real) }];
      const secret = real(`shop-${name === 'd' ? 'd' : 'salt'}`);
      const secrets = [{ id: 'one', authorization_server_id: 'shop', name: 'PAIRWISE', secret }];
      expect(dumpParts(bytesOf({ servers, secrets })).blanks).toEqual([]);
    },
  );

  it.each<[string, JsonObject]>([
    ['two workspaces, of which one is a copy', { a: workspaceOf(real), b: workspaceOf(real) }],
    ['nine clients', { shop: { ...workspaceOf(real), clients: clients(all('dev-secret'), 9) } }],
    [
      'ten clients of eleven',
      {
        shop: {
          ...workspaceOf(real),
          clients: { ...clients(all('dev-secret'), 10), own: { client_secret: 'own' } },
        },
      },
    ],
    [
      'the identity providers of many workspaces',
      Object.fromEntries(
        Array.from({ length: 12 }, (_, index) => [
          `w${index}`,
          {
            ...workspaceOf(real, `w${index}`),
            idps: {
              google: {
                settings: { google: { client_id: 'us' } },
                credentials: { google: { client_secret: 'g' } },
              },
            },
          },
        ]),
      ),
    ],
    [
      'a client and the identity provider that uses it',
      {
        shop: {
          ...workspaceOf(real),
          clients: clients(real),
          idps: {
            up: {
              settings: { oidc: { client_id: 'c0' } },
              credentials: { oidc: { client_secret: real('client-0') } },
            },
          },
        },
      },
    ],
    ['a key that is current and next', { shop: { ...workspaceOf(real), jwks: nextOf(workspaceOf(real)) } }],
  ])('is a secret of %s', (_, servers) => {
    expect(blanksOf(servers)).toEqual([]);
  });
});

function nextOf({ jwks }: JsonObject): JsonObject {
  const { keys } = jwks as { keys: Json[] };
  return { keys, next_signing_key: keys[0] as Json };
}
