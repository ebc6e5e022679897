import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../scripts/sandbox/json.ts';
import { TENANT, WORKSPACE } from '../../../../scripts/sandbox/state/model.ts';
import { redactTenant } from '../../../../scripts/sandbox/state/redact.ts';
import { isBlank, newServerKeys, regenerate } from '../../../../scripts/sandbox/state/regenerate.ts';
import { mapObjects } from '../../../../scripts/sandbox/state/walk.ts';

const AT = new Date('2026-01-02T03:04:05Z');

function signingKey(keys: JsonObject): JsonObject {
  const [key] = keys['keys'] as JsonObject[];
  if (key === undefined) throw new Error('no key');
  return key;
}

describe('newServerKeys', () => {
  it.each([
    ['ecdsa', 'EC', 'ES256'],
    [undefined, 'EC', 'ES256'],
    ['rsa', 'RSA', 'RS256'],
    ['ps', 'RSA', 'PS256'],
  ])('makes a key that signs for key type %s', (keyType, kty, alg) => {
    const key = signingKey(newServerKeys(keyType, AT));
    expect(key).toMatchObject({ kty, alg, use: 'sig', created_at: '2026-01-02T03:04:05Z' });
    const data = Buffer.from('something to sign');
    const signature = sign('sha256', data, createPrivateKey({ key: key as never, format: 'jwk' }));
    const { d, ...publicPart } = key;
    expect(d).toBeTypeOf('string');
    expect(
      verify('sha256', data, createPublicKey({ key: publicPart as never, format: 'jwk' }), signature),
    ).toBe(true);
  });

  it('never makes the same key twice', () => {
    expect(signingKey(newServerKeys('ecdsa', AT))['d']).not.toBe(signingKey(newServerKeys('ecdsa', AT))['d']);
  });
});

describe('regenerate', () => {
  it('fills in the secret, salt and keys of a redacted workspace', () => {
    const tree = {
      servers: {
        customers: { secret: 's', subject_identifier_algorithm_salt: 's', jwks: { keys: [{ d: 'd' }] } },
      },
    };
    const redacted = redactTenant(tree);
    const made = mapObjects(TENANT, redacted, (kind, value) => regenerate(kind, value, AT));
    expect(made).toMatchObject({
      servers: {
        customers: {
          secret: expect.stringMatching(/^[\w-]{43}$/),
          subject_identifier_algorithm_salt: expect.stringMatching(/^[\w-]{43}$/),
          jwks: { keys: [{ kty: 'EC' }], next_signing_key: null },
        },
      },
    });
  });

  it('keeps credentials that are there', () => {
    const workspace = {
      secret: 's',
      subject_identifier_algorithm_salt: 't',
      jwks: { keys: [{ d: 'd' }] },
      key_type: 'rsa',
    };
    expect(regenerate(WORKSPACE, workspace, AT)).toEqual(workspace);
  });

  it.each(['none', 'private_key_jwt', 'tls_client_auth'])(
    'gives no secret to a client of method %s',
    (method) => {
      const tree = {
        servers: {
          customers: { clients: { spa: { client_secret: '', token_endpoint_auth_method: method } } },
        },
      };
      const made = mapObjects(TENANT, tree, (kind, value) =>
        kind.name === 'client' ? regenerate(kind, value, AT) : value,
      );
      expect(made).toEqual(tree);
    },
  );

  it('gives no secret to a client that has a hashed one', () => {
    const tree = { servers: { customers: { clients: { web: { hashed_secret: 'hash' } } } } };
    const made = mapObjects(TENANT, tree, (kind, value) =>
      kind.name === 'client' ? regenerate(kind, value, AT) : value,
    );
    expect(made).toEqual(tree);
  });
});

describe('isBlank', () => {
  it.each([[undefined], [null], [''], [0], [[]], [{}], [{ keys: null, limit: 0 }], [['', null]]])(
    '%j is blank',
    (value) => {
      expect(isBlank(value)).toBe(true);
    },
  );
  it.each([['x'], [1], [false], [[{ a: 'x' }]]])('%j is not', (value) => {
    expect(isBlank(value)).toBe(false);
  });
});
