import { describe, expect, it } from 'vitest';
import { demoTenants } from '../../../../scripts/demo/tenants.ts';
import type { JsonObject } from '../../../../scripts/sandbox/json.ts';
import type { TenantState } from '../../../../scripts/sandbox/state/tenants.ts';
import { asTyped } from '../../../../scripts/sandbox/types/typed.ts';

const stateOf = (tree: JsonObject, more: Partial<TenantState> = {}): TenantState => ({
  tree,
  beside: {},
  identity: {},
  ids: new Map(),
  ...more,
});

const clientOf = (client: JsonObject): JsonObject => {
  const { tree } = asTyped('keep-unknown', stateOf({ servers: { main: { clients: { portal: client } } } }));
  const { servers } = tree as { servers: { main: { clients: { portal: JsonObject } } } };
  return servers.main.clients.portal;
};

describe('a server with typed fields', () => {
  it.each([
    ['a truth value', 'trusted', false],
    ['a number', 'client_secret_expires_at', 0],
    ['a text', 'client_uri', ''],
    ['a time', 'saml_metadata_updated_at', '0001-01-01T00:00:00Z'],
    ['a list', 'request_uris', null],
    ['a structure of scalars', 'token_exchange', { actor_claims: null }],
    ['any other structure', 'jwks', null],
  ])('writes out %s that was never sent', (_, name, zero) => {
    expect(clientOf({})[name]).toEqual(zero);
  });

  it('keeps what was sent, and completes structures', () => {
    expect(
      clientOf({ trusted: true, token_exchange: { more: 1 }, metadata: { any: 'thing' } }),
    ).toMatchObject({
      trusted: true,
      token_exchange: { actor_claims: null, more: 1 },
      metadata: { any: 'thing' },
    });
  });

  it('makes up no object that an import would treat by itself', () => {
    const { tree } = asTyped('keep-unknown', stateOf({ servers: { main: {} } }));
    const { main } = tree['servers'] as { main: JsonObject };
    for (const name of ['clients', 'idps', 'server_consent', 'theme_binding'])
      expect(main).not.toHaveProperty(name);
  });

  it.each([
    ['keep-unknown', 'x'],
    ['drop-unknown', undefined],
  ] as const)('%s: treats members without a field so, in objects of any list', (typed, expected) => {
    const state = stateOf(
      { servers: { main: { later: 'x' } } },
      { beside: { acrs: [{ later: 'x' }], unknown: [{ a: 1 }] }, identity: { users: [{ later: 'x' }] } },
    );
    const { tree, beside, identity } = asTyped(typed, state);
    expect((tree['servers'] as { main: JsonObject }).main['later']).toBe(expected);
    expect(beside['acrs']).toMatchObject([{ disabled: false }]);
    expect(beside['acrs']?.[0]?.['later']).toBe(expected);
    expect(identity['users']?.[0]?.['later']).toBe(expected);
    expect(beside['unknown']).toEqual([{ a: 1 }]);
  });

  it('stores what it shows as it shows it', () => {
    const [demo] = demoTenants();
    const once = asTyped(
      'drop-unknown',
      stateOf(demo?.tree ?? {}, { beside: demo?.dump ?? {}, identity: demo?.identity ?? {} }),
    );
    expect(asTyped('drop-unknown', once)).toEqual(once);
  });
});
