import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterMembers, isJsonObject, type Json, type JsonObject } from '../../../../scripts/sandbox/json.ts';
import { importDocument } from '../../../../scripts/sandbox/state/import.ts';
import { isOwnMember, TENANT } from '../../../../scripts/sandbox/state/model.ts';
import { withoutStamps } from '../../../../scripts/sandbox/state/stamp.ts';
import { mapObjects, visitObjects } from '../../../../scripts/sandbox/state/walk.ts';
import { treesOf } from '../support.ts';

const AT = new Date('2026-01-02T03:04:05.120Z');
const NOW = '2026-01-02T03:04:05.12Z';
const LATER = new Date('2026-01-03T00:00:00Z');
const SECRET = 'a-client-secret-of-more-than-32-characters';

const client = (more: JsonObject = {}): JsonObject => ({
  client_name: 'Portal',
  client_secret: SECRET,
  ...more,
});
const customers = (workspace: JsonObject): JsonObject => ({ servers: { customers: workspace } });
const unstamped = (tree: JsonObject): JsonObject => mapObjects(TENANT, tree, withoutStamps);

/** What each object holds itself, by pointer; null is no object. */
const objectsOf = (tree: JsonObject): Map<string, Json> =>
  new Map(
    [...visitObjects(TENANT, tree)].flatMap(({ kind, value, pointer }): [string, Json][] => {
      if (value === null) return [];
      return [
        [pointer, isJsonObject(value) ? filterMembers(value, (name) => isOwnMember(kind, name)) : value],
      ];
    }),
  );

describe('importing an object that the tenant lacks', () => {
  it.each(['ignore', 'fail', 'update'] as const)('creates it with mode %s', (mode) => {
    const { tree, conflicts } = importDocument({}, customers({ clients: { portal: client() } }), mode, AT);
    expect(tree).toMatchObject(
      customers({ clients: { portal: client({ created_at: NOW, updated_at: NOW }) } }),
    );
    expect(conflicts).toEqual([]);
  });

  it('stamps the times of creation, whatever the document says', () => {
    const old = {
      created_at: '2020-01-01T00:00:00Z',
      updated_at: '2020-01-01T00:00:00Z',
      client_id_issued_at: 1,
    };
    const { tree } = importDocument({}, customers({ clients: { portal: client(old) } }), 'update', AT);
    expect(tree).toMatchObject(
      customers({
        clients: { portal: { created_at: NOW, updated_at: NOW, client_id_issued_at: 1_767_323_045 } },
      }),
    );
  });

  it('creates it next to others, in a workspace whose settings the document does not hold', () => {
    const before = customers({ name: 'Customers', secret: 's', clients: { shop: client() } });
    const { tree } = importDocument(before, customers({ clients: { portal: client() } }), 'update', AT);
    expect(tree).toMatchObject(before);
    expect(Object.keys((tree['servers'] as never)['customers']['clients'])).toEqual(['shop', 'portal']);
  });
});

describe('importing an object that the tenant has', () => {
  const before = importDocument(
    {},
    customers({ clients: { portal: client({ scopes: ['openid'] }) } }),
    'update',
    AT,
  ).tree;
  const incoming = customers({ clients: { portal: client({ client_name: 'Changed' }) } });

  it('replaces it whole with mode update, and stamps the change', () => {
    const { tree } = importDocument(before, incoming, 'update', LATER);
    const issued = 1_767_323_045;
    expect((tree['servers'] as never)['customers']['clients']['portal']).toEqual({
      ...client({ client_name: 'Changed' }),
      created_at: NOW,
      updated_at: '2026-01-03T00:00:00Z',
      client_id_issued_at: issued,
    });
  });

  it('keeps its stamps with mode update if nothing changes', () => {
    const same = customers({ clients: { portal: client({ scopes: ['openid'], updated_at: 'whatever' }) } });
    expect(importDocument(before, same, 'update', LATER).tree).toEqual(before);
  });

  it('keeps it with mode ignore', () => {
    expect(importDocument(before, incoming, 'ignore', LATER).tree).toEqual(before);
  });

  it('names it with mode fail', () => {
    expect(importDocument(before, incoming, 'fail', LATER).conflicts).toEqual([
      '/servers/customers/clients/portal',
    ]);
  });

  it('keeps what the document lacks', () => {
    const more = customers({
      clients: { portal: client(), shop: client() },
      webhooks: { audit: { api_key: 'k' } },
    });
    const { tree } = importDocument(importDocument({}, more, 'update', AT).tree, incoming, 'update', LATER);
    expect(tree).toMatchObject(
      customers({ clients: { shop: client() }, webhooks: { audit: { api_key: 'k' } } }),
    );
  });

  it('keeps the scopes of a service that the document names without them', () => {
    const orders = { services: { orders: { name: 'Orders', scopes: { read: { display_name: 'Read' } } } } };
    const { tree } = importDocument(
      importDocument({}, customers(orders), 'update', AT).tree,
      customers({ services: { orders: { name: 'Orders 2' } } }),
      'update',
      LATER,
    );
    expect(tree).toMatchObject(
      customers({
        services: { orders: { name: 'Orders 2', updated_at: '2026-01-03T00:00:00Z', scopes: { read: {} } } },
      }),
    );
  });
});

describe('credentials that a document leaves out', () => {
  it.each([
    ['missing', { client_name: 'Portal' }],
    ['blank', client({ client_secret: '' })],
    ['null', client({ client_secret: null })],
  ])('makes a new client secret for one that is %s, and so loses the old one', (_name, portal) => {
    const before = customers({ clients: { portal: client() } });
    const { tree } = importDocument(before, customers({ clients: { portal } }), 'update', AT);
    const secret = (tree['servers'] as never)['customers']['clients']['portal']['client_secret'] as string;
    expect(secret).not.toBe(SECRET);
    expect(secret.length).toBeGreaterThanOrEqual(32);
  });

  it('leaves upstream credentials blank, because nobody can make them up', () => {
    const before = customers({ idps: { google: { credentials: { google: { client_secret: 's' } } } } });
    const { tree } = importDocument(
      before,
      customers({ idps: { google: { name: 'G', credentials: null } } }),
      'update',
      AT,
    );
    expect(tree).toEqual(customers({ idps: { google: { name: 'G', credentials: null } } }));
  });

  it('makes a new secret for the client within another object', () => {
    const { tree } = importDocument(
      {},
      customers({ gateways: { edge: { client: { client_secret: '' } } } }),
      'update',
      AT,
    );
    const made = (tree['servers'] as never)['customers']['gateways']['edge']['client'];
    expect(made).toMatchObject({
      client_secret: expect.stringMatching(/^.{32,}$/),
      created_at: NOW,
      updated_at: NOW,
    });
  });
});

describe('what an import does in silence', () => {
  it('skips an identity provider whose pool does not exist', () => {
    const document = customers({ idps: { pool: { identity_pool_id: 'gone' }, google: { name: 'Google' } } });
    const { tree, skipped } = importDocument({}, document, 'update', AT);
    expect(skipped).toEqual(['/servers/customers/idps/pool']);
    expect(tree).toMatchObject(customers({ idps: { google: { name: 'Google' } } }));
    expect((tree['servers'] as never)['customers']['idps']).not.toHaveProperty('pool');
  });

  it.each([
    ['of the tenant', { pools: { gone: { name: 'Pool' } } }, {}],
    ['of a workspace', customers({ pools: { gone: {} } }), {}],
    ['of the same document', {}, { pools: { gone: { name: 'Pool' } } }],
  ])('creates it if the pool is one %s', (_name, before, more) => {
    const document = { ...customers({ idps: { pool: { identity_pool_id: 'gone' } } }), ...more };
    expect(importDocument(before as JsonObject, document, 'update', AT).skipped).toEqual([]);
  });

  it('unbinds execution points that name nothing', () => {
    const before = customers({
      policy_execution_points: { server_user_token: 'p', server_machine_token: 'p' },
      script_execution_points: { token_minting: { customers: { script_id: 's' } } },
    });
    const document = customers({
      policy_execution_points: { server_user_token: '' },
      script_execution_points: { token_minting: { customers: { script_id: '' } } },
    });
    expect(importDocument(before, document, 'update', AT).tree).toEqual(
      customers({
        policy_execution_points: { server_machine_token: 'p' },
        script_execution_points: { token_minting: {} },
      }),
    );
  });

  it('shows members that only steer an import as false', () => {
    const { tree } = importDocument({}, customers({ name: 'C', initialize: true }), 'update', AT);
    expect(tree).toMatchObject(customers({ name: 'C', initialize: false }));
  });
});

describe('laws', () => {
  const trees = treesOf(TENANT);
  // A tenant in which everything that the server makes has been made.
  const settled = trees.map((tree) => importDocument({}, tree, 'update', AT).tree);

  it('an export imported into an empty tenant gives the tenant again, stamps apart', () => {
    fc.assert(
      fc.property(settled, (tree) => {
        expect(unstamped(importDocument({}, tree, 'update', LATER).tree)).toEqual(unstamped(tree));
      }),
      { numRuns: 100 },
    );
  });

  it('an export imported into its own tenant changes nothing, whatever the mode', () => {
    fc.assert(
      fc.property(settled, fc.constantFrom('ignore' as const, 'update' as const), (tree, mode) => {
        expect(importDocument(tree, tree, mode, LATER).tree).toEqual(tree);
      }),
      { numRuns: 100 },
    );
  });

  it('mode ignore changes no object that exists', () => {
    fc.assert(
      fc.property(settled, trees, (tree, document) => {
        const after = objectsOf(importDocument(tree, document, 'ignore', LATER).tree);
        for (const [pointer, object] of objectsOf(tree)) expect(after.get(pointer), pointer).toEqual(object);
      }),
      { numRuns: 100 },
    );
  });

  it('an import modifies neither the tenant nor the document', () => {
    fc.assert(
      fc.property(settled, trees, (tree, document) => {
        const before = structuredClone({ tree, document });
        importDocument(tree, document, 'update', LATER);
        expect({ tree, document }).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});
