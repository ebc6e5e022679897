import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBlankCredentials } from '../../../functions/config/credentials/blank-credentials.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { redact, type Tree, tenant, workspace } from '../arbitraries.ts';

const found = (workspaceMembers: Json): string[] =>
  findBlankCredentials(workspaceMembers, { shape: 'workspace' }).map(({ pointer }) => pointer);

describe('findBlankCredentials', () => {
  it('finds nothing in exports with credentials', () => {
    fc.assert(
      fc.property(
        fc.oneof(tenant, workspace),
        (tree: Tree) => void expect(findBlankCredentials(tree)).toEqual([]),
      ),
    );
  });

  it('finds every workspace, every client with a secret, and the tenant keys of a redacted export', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const expected = ['/jwks'];
        for (const [id, server] of Object.entries<Tree>(tree.servers)) {
          expected.push(`/servers/${id}/secret`, `/servers/${id}/jwks`);
          for (const [clientId, { client_secret }] of Object.entries<Tree>(server.clients)) {
            if (client_secret !== '') expected.push(`/servers/${id}/clients/${clientId}`);
          }
        }
        const pointers = findBlankCredentials(redact(tree))
          .filter(({ type }) => type !== 'upstream_secret')
          .map(({ pointer }) => pointer);
        expect(pointers.sort()).toEqual(expected.sort());
      }),
    );
  });

  it.each<[string, Json]>([
    ['missing', {}],
    ['without a private key', { jwks: { keys: [{ kty: 'RSA', n: 'x', d: '' }], rotated_keys_limit: 3 } }],
    ['null', { jwks: null }],
  ])('judges a key set that is %s', (what, members) => {
    expect(found(members)).toEqual(what === 'missing' ? [] : ['/jwks']);
  });

  it.each<Json>([
    {
      keys: [
        { kty: 'RSA', n: 'x' },
        { kty: 'RSA', n: 'x', d: 'x' },
      ],
    },
    { keys: [{ kty: 'oct', k: 'x' }] },
    { keys: null, next_signing_key: { kty: 'EC', d: 'x' } },
  ])('accepts a key set with one private key: %j', (jwks) => {
    expect(found({ jwks })).toEqual([]);
  });

  it.each<[boolean, Json]>([
    [true, {}],
    [true, { client_secret: '', hashed_secret: null, rotated_secrets: [''] }],
    [true, { token_endpoint_auth_method: 'client_secret_jwt', client_secret: '' }],
    [true, { token_endpoint_auth_method: '', client_secret: '' }],
    [false, { client_secret: 'x' }],
    [false, { client_secret: '', hashed_secret: 'x' }],
    [false, { client_secret: '', hashed_rotated_secrets: ['x'] }],
    [false, { token_endpoint_auth_method: 'none' }],
    [false, { token_endpoint_auth_method: 'private_key_jwt', client_secret: '' }],
    [false, { token_endpoint_auth_method: 'tls_client_auth' }],
    [false, { token_endpoint_auth_method: 'self_signed_tls_client_auth' }],
    [false, { saml_service_provider_id: 'https://sp.example' }],
  ])('says %s to a client %j having lost its secret', (lost, client) => {
    expect(found({ clients: { c: client } })).toEqual(lost ? ['/clients/c'] : []);
  });

  it('does not miss a secret that this build does not export', () => {
    expect(found({ name: 'W' })).toEqual([]);
    expect(found({ name: 'W', secret: '' })).toEqual(['/secret']);
  });
});
