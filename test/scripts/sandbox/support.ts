import fc from 'fast-check';
import type { Json, JsonObject } from '../../../scripts/sandbox/json.ts';
import {
  type NewTenant,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../../scripts/sandbox/sandbox.ts';
import type { ObjectKind, Relation } from '../../../scripts/sandbox/state/model.ts';

export const CLIENT_ID = 'automation';
export const CLIENT_SECRET = 'automation-secret-of-at-least-32-characters';

/** A clock that moves only when it is told to. */
export class Clock {
  #at = Date.parse('2026-01-02T03:04:05.120Z');
  readonly now = (): Date => new Date(this.#at);
  advanceSeconds(seconds: number): void {
    this.#at += seconds * 1000;
  }
}

/** A sandbox with one tenant, and callers for it. */
export async function startWith(
  tree: JsonObject,
  { clients, dump, identity, ...options }: SandboxOptions & Partial<Omit<NewTenant, 'id' | 'tree'>> = {},
) {
  const clock = new Clock();
  const sandbox = await startSandbox({ now: clock.now, ...options });
  sandbox.addTenant({
    id: 'acme',
    tree,
    ...(dump && { dump }),
    ...(identity && { identity }),
    clients: clients ?? [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
  });
  return { sandbox, clock, ...callers(sandbox) };
}

export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

export function callers(sandbox: Sandbox, tenantId = 'acme') {
  const hub = `${sandbox.url}/api/hub/${tenantId}`;

  const system = `${sandbox.url}/api/system/${tenantId}`;
  const identity = `${sandbox.url}/api/identity/${tenantId}`;

  const requestToken = (
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${sandbox.issuer(tenantId)}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic(CLIENT_ID, CLIENT_SECRET), ...headers },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
    });

  const token = async (form: Record<string, string> = {}): Promise<string> =>
    ((await (await requestToken(form)).json()) as { access_token: string }).access_token;

  /** Call the hub with a fresh token, or with the one that is given. */
  const callTo =
    (base: string) =>
    async (path: string, { bearer, body, method, headers }: CallOptions = {}): Promise<Response> =>
      fetch(`${base}${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { authorization: `Bearer ${bearer ?? (await token())}`, ...headers },
        ...(body !== undefined && { body }),
      });
  const call = callTo(hub);

  const exportTree = async (withCredentials = true): Promise<JsonObject> =>
    (await (await call(`/promote/config?with_credentials=${withCredentials}`)).json()) as JsonObject;

  const importTree = async (tree: Json, mode = 'update', dryRun = false): Promise<Response> =>
    call(`/promote/config?mode=${mode}&dry_run=${dryRun}`, { body: JSON.stringify(tree) });

  return {
    requestToken,
    token,
    call,
    callSystem: callTo(system),
    callIdentity: callTo(identity),
    exportTree,
    importTree,
  };
}

interface CallOptions {
  readonly bearer?: string;
  readonly body?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** A caller of the APIs of the whole deployment. */
export function rootCaller(sandbox: Sandbox) {
  const { issuer, clients } = sandbox.root;
  return async (path: string, { method = 'GET', body }: CallOptions = {}): Promise<Response> => {
    const [client] = clients;
    const response = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic(client?.clientId ?? '', client?.clientSecret ?? '') },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token } = (await response.json()) as { access_token: string };
    return fetch(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}` },
      ...(body !== undefined && { body }),
    });
  };
}

/** Ids as they occur, and as they should never surprise anybody. */
const ids = fc.oneof(
  fc.constantFrom('portal', 'a/b', 'a~b', '~1', '', '__proto__', 'constructor', 'toString', 'naïve id', '0'),
  fc.string({ minLength: 1, maxLength: 8 }),
);

/** Members that the sandbox has never heard of. */
const unknownMembers = fc.dictionary(
  ids.map((id) => `x_${id}`),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  { maxKeys: 3 },
);

const WELL_KNOWN: Readonly<Record<string, JsonObject>> = {
  client: {
    client_secret: 'x'.repeat(32),
    rotated_secrets: ['y'],
    token_endpoint_auth_method: 'client_secret_post',
  },
  workspace: {
    secret: 'workspace-secret',
    subject_identifier_algorithm_salt: 'salt',
    jwks: { keys: [{ kty: 'EC', d: 'private' }] },
  },
  tenant: { name: 'A tenant', jwks: { keys: [{ kty: 'EC', d: 'private' }] } },
  webhook: { api_key: 'key' },
  'identity provider': { credentials: { oidc: { client_secret: 'upstream' } } },
};

/** Trees of any shape that the model allows, with unknown members everywhere and nothing that would be regenerated. */
export function treesOf(kind: ObjectKind): fc.Arbitrary<JsonObject> {
  const nested = Object.entries(kind.relations ?? {}).map(
    ([name, relation]): [string, fc.Arbitrary<Json>] => [name, relationsOf(relation)],
  );
  const parts = Object.entries(kind.parts ?? {}).map(([name, part]): [string, fc.Arbitrary<Json>] => [
    name,
    fc.option(treesOf(part), { nil: null }),
  ]);
  const known = fc.constant(WELL_KNOWN[kind.name] ?? {});
  const relations = fc.record<Record<string, Json>>(Object.fromEntries([...nested, ...parts]), {
    requiredKeys: [],
  });
  return fc
    .tuple(unknownMembers, known, relations)
    .map(([unknown, some, more]) => ({ ...unknown, ...some, ...more }));
}

function relationsOf({ shape, of }: Relation): fc.Arbitrary<Json> {
  const entry: fc.Arbitrary<Json> =
    of.bare === 'boolean' ? fc.boolean() : of.bare === 'string' ? fc.constant('some-policy') : treesOf(of);
  if (shape === 'single') return fc.option(entry, { nil: null });
  const map = fc.dictionary(ids, entry, { maxKeys: 2 });
  return shape === 'map' ? map : fc.dictionary(ids, map, { maxKeys: 2 });
}
