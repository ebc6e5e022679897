import { isDeepStrictEqual } from 'node:util';
import { compareTrees } from '../../functions/config/compare/compare.ts';
import { compareDumps } from '../../functions/config/compare/compare-dumps.ts';
import type { Comparison } from '../../functions/config/compare/compare-objects.ts';
import {
  isObject,
  type Json,
  type JsonObject,
  parseJson,
  stringifyJson,
} from '../../functions/config/json/json.ts';
import { parsePointer } from '../../functions/config/json/pointer.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { forTenant } from '../../functions/tenant/enrolment/enrolment.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../scripts/sandbox/support.ts';
import { connectBy, enrolmentFor } from './connection.ts';

/** Every kind of document that a tenant can be written as, and by whom: what is exported, imported elsewhere and exported
 * again has to be the same. */
export interface Family {
  readonly name: string;
  readonly kind: 'tree' | 'workspace' | 'dump' | 'root dump' | 'identity dump';
  readonly by: 'tenant' | 'root';
  read(tenant: Tenant): Promise<Buffer>;
  write(tenant: Tenant, document: string | Buffer): Promise<void>;
  compare(expected: Json, actual: Json): Comparison;
}

/** The workspace that documents of one workspace are written into. */
export const WORKSPACE = 'shop';

const update = { mode: 'update', dryRun: false, idempotencyKey: 'k'.repeat(32) } as const;
const dumps = (expected: Json, actual: Json) => compareDumps(expected as JsonObject, actual as JsonObject);

const tree = {
  kind: 'tree',
  read: ({ hub }: Tenant) => hub.exportTree({ withCredentials: true }),
  write: ({ hub }: Tenant, document: string | Buffer) => hub.importTree(document, update),
  compare: (expected: Json, actual: Json) => compareTrees(expected, actual, { shape: 'tenant' }),
} as const;
const dump = {
  read: ({ system }: Tenant) => system.exportDump({ withData: true }),
  write: ({ system }: Tenant, document: string | Buffer) => system.importDump(document, update),
  compare: dumps,
} as const;
const identity = {
  kind: 'identity dump',
  read: (tenant: Tenant) => tenant.identity.exportDump(),
  write: (tenant: Tenant, document: string | Buffer) => tenant.identity.importDump(document),
  compare: dumps,
} as const;

export const FAMILIES: readonly Family[] = [
  { name: 'hub tree', by: 'tenant', ...tree },
  { name: "hub tree by the root tenant's client", by: 'root', ...tree },
  {
    name: 'hub workspace',
    kind: 'workspace',
    by: 'tenant',
    read: ({ hub }) => hub.exportTree({ withCredentials: true, workspace: WORKSPACE }),
    write: ({ hub }, document) => hub.importTree(document, { ...update, workspace: WORKSPACE }),
    compare: (expected, actual) => compareTrees(expected, actual, { shape: 'workspace' }),
  },
  { name: 'system dump', kind: 'dump', by: 'tenant', ...dump },
  { name: 'root dump', kind: 'root dump', by: 'root', ...dump },
  { name: 'identity dump', by: 'tenant', ...identity },
  { name: "identity dump by the root tenant's client", by: 'root', ...identity },
];

/** Two deployments, so that a document that names its tenant can be written into a second one of the same name. */
export interface Deployments {
  /** @returns the tenant `id` of each deployment, new and empty */
  emptyTenants(id: string, by: Family['by']): [Tenant, Tenant];
  readonly sandboxes: readonly [Sandbox, Sandbox];
  close(): Promise<void>;
}

/** Patient enough for a busy machine. */
const LIMITS = { headersMilliseconds: 30_000, bodyMilliseconds: 30_000, connectMilliseconds: 30_000 };

export async function startDeployments(): Promise<Deployments> {
  const sandboxes: [Sandbox, Sandbox] = [await startSandbox(), await startSandbox()];
  const emptyTenant = (sandbox: Sandbox, id: string, by: Family['by']): Tenant => {
    const clients = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }];
    const { issuer } = sandbox.addTenant({ id, tree: {}, clients });
    const [root] = sandbox.root.clients;
    const enrolment =
      by === 'tenant'
        ? enrolmentFor(sandbox, { issuer })
        : forTenant(
            enrolmentFor(sandbox, {
              issuer: sandbox.root.issuer,
              clientId: root?.clientId,
              clientSecret: root?.clientSecret,
              scope: 'all-tenants',
            }),
            id,
          );
    return connectBy(enrolment, { access: 'manage', limits: LIMITS });
  };
  return {
    sandboxes,
    emptyTenants: (id, by) => [emptyTenant(sandboxes[0], id, by), emptyTenant(sandboxes[1], id, by)],
    async close() {
      for (const sandbox of sandboxes) await sandbox.close();
    },
  };
}

export interface RoundTrip {
  /** Objects that the document and the first export were compared by. */
  readonly compared: number;
  /** What the first export lacks of the document, or has changed. */
  readonly lost: readonly string[];
  /** What differs between the two exports, as the product sees it. */
  readonly differences: readonly string[];
  /** Whether they are the same as this file sees it, too. */
  readonly same: boolean;
  readonly first: Json;
}

/** Write a document into an empty tenant, and what that exports into another one.
 * @param document whose own ids of the tenant are `tenant` */
export async function roundTrip(
  deployments: Deployments,
  family: Family,
  tenant: string,
  document: Json,
): Promise<RoundTrip> {
  const [one, other] = deployments.emptyTenants(tenant, family.by);
  await family.write(one, stringifyJson(document));
  const exported = await family.read(one);
  await family.write(other, exported);
  const [first, second] = [exported, await family.read(other)].map((body) => parseJson(body)) as [Json, Json];
  const lost = family.compare(document, first);
  const again = family.compare(first, second);
  return {
    compared: Math.min(lost.compared, again.compared),
    lost: lost.differences.flatMap(({ kind, pointer, properties }) => {
      if (kind === 'extra') return [];
      // What the document leaves open, the tenant fills in.
      const changed = properties.filter((property) => !isBlank(valueAt(document, property.pointer)));
      return kind === 'missing' ? [pointer] : changed.map((property) => property.pointer);
    }),
    differences: again.differences.map(({ kind, pointer }) => `${kind} ${pointer}`),
    same: isDeepStrictEqual(essence(first), essence(second)),
    first,
  };
}

function valueAt(document: Json, pointer: string): Json | undefined {
  let value: Json | undefined = document;
  for (const name of parsePointer(pointer) ?? []) {
    value = (Object.hasOwn(value as object, name) ? (value as JsonObject)[name] : undefined) as Json;
    if (typeof value !== 'object' || value === null) break;
  }
  return value;
}

/** Nothing, or made of nothing but nothing, as redacted credentials are. */
const isBlank = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  (typeof value === 'object' && Object.values(value).every(isBlank));

/** Members that the sandbox stamps. Spelled out here, apart from the product's table. */
const STAMPED = new Set(['created_at', 'updated_at', 'client_id_issued_at', 'last_active']);

/** A document without stamps and without members that hold nothing; objects with sorted members, lists of objects in
 * order of their texts. */
function essence(value: Json): unknown {
  if (Array.isArray(value)) {
    const items = value.map(essence);
    return items.every((item) => typeof item === 'object' && item !== null)
      ? items.map((item) => JSON.stringify(item)).sort()
      : items;
  }
  if (!isObject(value)) return value;
  const members = Object.keys(value)
    .filter((name) => !STAMPED.has(name) && !isBlank(value[name]))
    .sort()
    .map((name) => [name, essence(value[name] as Json)]);
  return Object.fromEntries(members);
}
