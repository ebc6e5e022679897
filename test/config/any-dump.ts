/** Generated dumps of one tenant, with everything that needs care: credentials, random ids, lists inside services. Made from
 * one number, as generators that are nested as deeply as a dump would take most of a test's time. */
import fc from 'fast-check';
import { CANARY, type Tree } from './arbitraries.ts';

/** A source of pseudo-random whole numbers below a bound (Lehmer's). */
function source(seed: number): (bound: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}

interface Maker {
  text(): string;
  /** A credential. */
  hidden(): string;
  random(): string;
  /** One to three things. */
  some<T>(make: (index: number) => T): T[];
  key(): Tree;
}

function maker(seed: number): Maker {
  const next = source(seed);
  const random = () => Array.from({ length: 8 }, () => 'abcdefghijklmnop0123456789'[next(26)]).join('');
  const hidden = () => `${CANARY}-${random()}`;
  return {
    random,
    hidden,
    text: () => `Text ${random()}`,
    some: (make) => Array.from({ length: 1 + next(3) }, (_, index) => make(index)),
    key: () => ({
      kid: random(),
      kty: 'RSA',
      n: random(),
      d: hidden(),
      p: hidden(),
      created_at: '2026-01-01T00:00:00Z',
    }),
  };
}

/** A system dump. Every text that is a credential holds the canary, and no other one does. */
export const systemDump: fc.Arbitrary<Tree> = fc.nat().map((seed) => {
  const { text, hidden, random, some, key } = maker(seed);
  const jwks = () => ({
    keys: some(key),
    next_signing_key: key(),
    next_encryption_key: null,
    rotated_keys_limit: 0,
  });
  const tenant_id = 'acme';
  const dump: Tree = {
    tenant: {
      id: tenant_id,
      name: text(),
      jwks: jwks(),
      metadata: { order: ['b', 'a'] },
    },
    servers: [],
    clients: [],
    services: [],
    scopes_without_service: [],
    claims: [],
    policies: [],
    policy_execution_points: [],
    scripts: [],
    script_execution_points: [],
    idps: [],
    webhooks: [],
    secrets: [],
    acrs: [],
    roles: [
      {
        role: 'admin',
        subject: { type: 'user', tenant_id, identity_pool_user_id: 'u' },
        resource: { type: 'tenant', tenant_id },
      },
    ],
    vanity_domains: [
      { tenant_id, id: 'v', domain: 'id.example.com', key: hidden(), cert: hidden(), api_key: '' },
    ],
    mfa_methods: [
      { tenant_id, id: 'sms', mechanism: 'sms', auth: { sms: { sid: hidden(), auth_token: hidden() } } },
    ],
    brute_force_limits: [{ tenant_id, protected_type: 'password', max_attempts: random().length }],
    recurring_jobs: [{ tenant_id, id: 'job', interval: '1h0m0s', scheduled_at: '2026-01-01T00:00:00Z' }],
    feature_flags: [],
    templates: null,
    future_things: [
      { tenant_id, server_id: 'shop', id: 'f', access_token: hidden(), depth: [[1, { a: text() }]] },
    ],
  };
  for (const id of ['system', 'shop']) {
    const server_id = id;
    const authorization_server_id = id;
    dump.servers.push({
      tenant_id,
      id,
      name: text(),
      secret: hidden(),
      rotated_secrets: some(hidden),
      subject_identifier_algorithm_salt: hidden(),
      jwks: jwks(),
      access_token_ttl: '1h0m0s',
      version: 3,
    });
    const point = (type: string, target_fk: string): void => {
      dump.policy_execution_points.push({ tenant_id, server_id, type, target_fk, policy_id: 'block' });
    };
    dump.policies.push({
      tenant_id,
      server_id,
      id: 'block',
      policy_name: text(),
      definition: 'package acp.authz',
    });
    point('server_user_token', id);
    const scope = (name: string) => {
      const made = {
        tenant_id,
        authorization_server_id,
        id: random(),
        name,
        description: text(),
        transient: true,
      };
      point('scope_user_grant', made.id);
      return made;
    };
    some((index) => {
      const client_id = `${id}-${index}`;
      dump.clients.push({
        tenant_id,
        authorization_server_id,
        client_id,
        client_name: text(),
        client_secret: hidden(),
        rotated_secrets: some(hidden),
        scopes: ['openid', 'email'],
        updated_at: '2026-01-01T00:00:00Z',
        jwks: { keys: [key()] },
      });
      point('client_user_token', client_id);
      dump.services.push({
        tenant_id,
        authorization_server_id,
        id: `${id}-service-${index}`,
        name: text(),
        scopes: some((at) => scope(`scope-${at}`)),
        apis: some((at) => ({
          tenant_id,
          server_id,
          service_id: `${id}-service-${index}`,
          id: `api-${at}`,
          path: `/${text()}`,
          method: 'GET',
        })),
      });
      dump.scopes_without_service.push(scope(`lone-${index}`));
      dump.claims.push({
        tenant_id,
        authorization_server_id,
        id: random(),
        type: 'id_token',
        name: `claim-${index}`,
        source_path: text(),
      });
      dump.scripts.push({
        tenant_id,
        authorization_server_id,
        id: `script-${index}`,
        body: text(),
        test_input: hidden(),
      });
      dump.script_execution_points.push({
        tenant_id,
        server_id,
        type: 'client_token_minting',
        target_fk: client_id,
        script_id: `script-${index}`,
      });
      dump.idps.push({
        tenant_id,
        authorization_server_id,
        id: `idp-${index}`,
        name: text(),
        credentials: { oidc: { client_secret: hidden() } },
      });
      dump.webhooks.push({
        tenant_id,
        server_id,
        webhook_id: `hook-${index}`,
        url: 'https://example.com',
        api_key: hidden(),
      });
      dump.secrets.push({
        tenant_id,
        server_id,
        id: `secret-${index}`,
        value: hidden(),
        created_at: '2026-01-01T00:00:00Z',
      });
      dump.acrs.push({ tenant_id, authorization_server_id, id: `acr-${index}`, value: text() });
    });
  }
  return dump;
});

/** An identity dump: people, and what belongs to each of them. Whatever says something about a person holds the canary. */
export const identityDump: fc.Arbitrary<Tree> = fc.nat().map((seed) => {
  const { hidden, some } = maker(seed);
  const dump: Tree = {
    pools: [],
    schemas: [{ tenant_id: 'acme', id: 'schema', name: 'Schema', schema: { type: 'object' } }],
  };
  for (const name of [
    'users',
    'user_credentials',
    'user_identifiers',
    'user_verifiable_addresses',
    'groups',
    'group_members',
    'codes',
  ])
    dump[name] = [];
  for (const user_pool_id of ['customers', 'staff']) {
    dump.pools.push({ tenant_id: 'acme', id: user_pool_id, name: user_pool_id, payload_schema_id: 'schema' });
    dump.groups.push({ tenant_id: 'acme', user_pool_id, id: 'vip', name: hidden() });
    some((index) => {
      const user_id = `${user_pool_id}-${index}`;
      const own = { tenant_id: 'acme', user_pool_id, user_id, id: `${user_id}-own` };
      dump.users.push({
        tenant_id: 'acme',
        user_pool_id,
        id: user_id,
        payload: { name: hidden() },
        status: 'active',
      });
      dump.user_credentials.push({
        ...own,
        type: 'password',
        payload: { hashed_password: { value: hidden() } },
      });
      dump.user_identifiers.push({ ...own, type: 'email', identifier: hidden() });
      dump.user_verifiable_addresses.push({ ...own, type: 'email', address: hidden() });
      dump.group_members.push({ tenant_id: 'acme', user_pool_id, group_id: 'vip', user_id });
      dump.codes.push({ ...own, code: { hashed_code: { value: hidden() } } });
    });
  }
  return dump;
});

/** The same elements in another order. */
export function shuffled(dump: Tree, seed: number): Tree {
  const next = source(seed);
  const shuffle = (list: readonly Tree[]): Tree[] =>
    list
      .map((value) => [next(1_000_000), value] as const)
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);
  const copy = structuredClone(dump);
  for (const [name, list] of Object.entries<Tree>(copy)) if (Array.isArray(list)) copy[name] = shuffle(list);
  for (const service of copy.services ?? []) service.scopes = shuffle(service.scopes);
  return copy;
}

/** The same dump with other ids of scopes and claims, as an import from a tree makes them. */
export function regenerated(dump: Tree): Tree {
  const copy = structuredClone(dump);
  const renamed = new Map<string, string>();
  const rename = (element: Tree): void => {
    renamed.set(element.id, `new-${element.id}`);
    element.id = `new-${element.id}`;
  };
  for (const scope of [
    ...copy.scopes_without_service,
    ...copy.services.flatMap(({ scopes }: Tree) => scopes),
  ])
    rename(scope);
  for (const claim of copy.claims) claim.id = `new-${claim.id}`;
  for (const point of copy.policy_execution_points)
    point.target_fk = renamed.get(point.target_fk) ?? point.target_fk;
  return copy;
}
