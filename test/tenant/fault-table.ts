import { isTenantBackupError, type TenantBackupError } from '../../functions/errors.ts';
import { forTenant } from '../../functions/tenant/enrolment/enrolment.ts';
import type { FaultOrder, RequestKind } from '../../scripts/sandbox/faults.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { CLIENT_SECRET, startWith } from '../scripts/sandbox/support.ts';
import { type connectBy, connectTo, enrolmentFor } from './connection.ts';

/** What becomes of one call to a tenant that misbehaves in one way. */
export interface Outcome {
  /** `fine` or the code of the error, after how many tries if it was not the first; for a write, what the tenant holds
   * afterwards. */
  readonly text: string;
  readonly error: TenantBackupError | undefined;
  /** The access token of the call, where there was one. */
  readonly token: string | undefined;
}

/** Secrets and texts that no message may repeat: of the tenant, of the client, of what was sent, and of what was answered. */
export const CANARIES = ['canary', CLIENT_SECRET, 'told to fail', 'proxy page', 'doctype'];

type Connection = ReturnType<typeof connectBy>;

interface Call {
  /** The requests that the fault hits. */
  readonly on: RequestKind;
  readonly run: (connection: Connection) => Promise<unknown>;
  readonly by?: 'root';
}

/** Each write changes two objects, so that one that stops half-way can be told. */
const TREE = { name: 'canary-written', servers: { main: { name: 'canary-written' } } };
const OPERATIONS = [
  { op: 'replace', path: '/name', value: 'canary-written' },
  { op: 'replace', path: '/servers/main/name', value: 'canary-written' },
];
const DUMP = {
  tenant: { id: 'acme', name: 'canary-written' },
  servers: [{ tenant_id: 'acme', id: 'main', name: 'canary-written' }],
};
const users = (name: string) =>
  ['u1', 'u2'].map((id) => ({
    id,
    tenant_id: 'acme',
    user_pool_id: 'people',
    status: 'active',
    payload: { name },
  }));

const write = { mode: 'update', dryRun: false } as const;
const importTree = ({ hub }: Connection) =>
  hub.importTree(JSON.stringify(TREE), { ...write, idempotencyKey: 'k'.repeat(32) });

/** Where an element stands in its list, as patches of dumps name it. */
const indexIn = (list: unknown, id: string) => (list as { id: string }[]).findIndex((each) => each.id === id);

export const CALLS = {
  // As the first steps of a write, which then must not have happened.
  discovery: { on: 'discovery', run: importTree },
  token: { on: 'token', run: importTree },
  'hub export': { on: 'export', run: ({ hub }) => hub.exportTree({ withCredentials: true }) },
  'hub import': { on: 'import', run: importTree },
  'hub patch (6902)': {
    on: 'patch',
    run: ({ hub }) => hub.patchTree(JSON.stringify(OPERATIONS), { ...write, format: 'rfc6902' }),
  },
  'hub patch (7396)': {
    on: 'patch',
    run: ({ hub }) => hub.patchTree(JSON.stringify(TREE), { ...write, format: 'rfc7396' }),
  },
  'system export': { on: 'export', run: ({ system }) => system.exportDump() },
  'system import': { on: 'import', run: ({ system }) => system.importDump(JSON.stringify(DUMP), write) },
  'system patch': {
    on: 'patch',
    async run({ system }) {
      const { servers } = JSON.parse((await system.exportDump()).toString());
      const operations = [
        { op: 'replace', path: '/tenant/name', value: 'canary-written' },
        { op: 'replace', path: `/servers/${indexIn(servers, 'main')}/name`, value: 'canary-written' },
      ];
      await system.patchDump(JSON.stringify(operations), write);
    },
  },
  'identity export': { on: 'export', run: ({ identity }) => identity.exportDump() },
  'identity import': {
    on: 'import',
    run: ({ identity }) => identity.importDump(JSON.stringify({ users: users('canary-written') })),
  },
  'identity patch': {
    on: 'patch',
    run: ({ identity }) =>
      identity.patchDump(
        JSON.stringify(
          [0, 1].map((at) => ({ op: 'replace', path: `/users/${at}/payload/name`, value: 'canary-written' })),
        ),
        write,
      ),
  },
  'list tenants': { on: 'list', by: 'root', run: ({ listTenants }) => listTenants() },
} satisfies Record<string, Call>;
export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as CallName[];

export const isWrite = (name: CallName): boolean => !/export|list/.test(name);

/** Do one call to a tenant of its own, whose deployment has one fault. */
export async function tryCall(
  name: CallName,
  fault: FaultOrder,
  headersMilliseconds: number,
): Promise<Outcome> {
  const call: Call = CALLS[name];
  const secret = 'canary-of-the-tenant-at-least-32-characters';
  const { sandbox } = await startWith(
    {
      name: 'Acme',
      pools: { people: { name: 'People' } },
      servers: { main: { name: 'Main', secret, clients: { portal: { client_secret: secret } } } },
    },
    { identity: { users: users('Somebody') } },
  );
  try {
    const enrolment =
      call.by === 'root'
        ? enrolmentFor(sandbox, {
            issuer: sandbox.root.issuer,
            clientId: sandbox.root.clients[0]?.clientId,
            clientSecret: sandbox.root.clients[0]?.clientSecret,
            scope: 'all-tenants',
          })
        : forTenant(enrolmentFor(sandbox), 'acme');
    const access = isWrite(name) ? 'manage' : 'read';
    const limits = {
      headersMilliseconds,
      bodyMilliseconds: headersMilliseconds,
      connectMilliseconds: 30_000,
    };
    const connection = connectTo(sandbox, { enrolment, access, limits });
    const before = stateOf(sandbox);
    sandbox.setFault('*', { ...fault, on: call.on });
    const error = await failureOf(call.run(connection));
    const tries = sandbox.requests.filter((request) => isOf(call.on, request)).length;
    const ended = (error?.code ?? 'fine') + (tries > 1 ? ` (${tries} tries)` : '');
    const text = isWrite(name) ? `${ended}, ${writtenBy(before, stateOf(sandbox))}` : ended;
    sandbox.clearFaults();
    // From memory, unless the call never had one.
    const token = await connection.tokens.get(enrolment, access);
    return { text, error, token };
  } finally {
    await sandbox.close();
  }
}

async function failureOf(work: Promise<unknown>): Promise<TenantBackupError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (isTenantBackupError(error)) return error;
    throw error;
  }
}

const METHODS: Readonly<Record<string, readonly string[]>> = {
  import: ['POST', 'PUT'],
  patch: ['PATCH'],
  export: ['GET'],
  list: ['GET'],
};

function isOf(kind: RequestKind, { method, path }: { method: string; path: string }): boolean {
  if (kind === 'discovery') return path.endsWith('/openid-configuration');
  if (kind === 'token') return path.endsWith('/oauth2/token');
  return path.startsWith('/api/') && (METHODS[kind] ?? []).includes(method);
}

/** Everything of the tenant but stamps, which a write that changes nothing may leave. */
const stateOf = (sandbox: Sandbox): JsonObject =>
  JSON.parse(
    JSON.stringify([sandbox.dump('acme'), sandbox.identity('acme')], (name, value) =>
      name === 'updated_at' ? undefined : value,
    ),
  );

function writtenBy(before: JsonObject, after: JsonObject): string {
  if (JSON.stringify(before) === JSON.stringify(after)) return 'not applied';
  const written = JSON.stringify(after).split('canary-written').length - 1;
  return written === 2 ? 'applied' : `applied to ${written} of 2 objects`;
}
