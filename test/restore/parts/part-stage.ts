import { randomUUID } from 'node:crypto';
import type {
  Json as ProductJson,
  JsonObject as ProductJsonObject,
} from '../../../functions/config/json/json-value.ts';
import { partOf } from '../../../functions/restore/parts/parts.ts';
import type { Verification } from '../../../functions/restore/parts/verification.ts';
import type {
  DumpTarget,
  HubTarget,
  PartChanges,
  PartTarget,
} from '../../../functions/restore/source/restore-plan.ts';
import { exportState } from '../../../functions/state/export-state.ts';
import type { Tenant } from '../../../functions/tenant/api/tenant.client.ts';
import type { TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';
import { AUTOMATION_CLIENT_ID, type DemoTenant, demoTenants } from '../../../scripts/demo/tenants.ts';
import type { BehaviourOrder } from '../../../scripts/sandbox/behaviour.ts';
import type { Json } from '../../../scripts/sandbox/json.ts';
import { type Sandbox, startSandbox } from '../../../scripts/sandbox/sandbox.ts';
import { connectBy, enrolmentFor } from '../../tenant/connection.ts';

/** The steps of one part of a restore against the sandbox, without the vault: a restore in some twentieths of a second. */
export interface PartStage {
  readonly sandbox: Sandbox;
  /** A tenant like the first one of the demonstration, which is backed up. */
  backedUp(part: TenantPart, like?: DemoTenant): Promise<BackedUp>;
  close(): Promise<void>;
}

export interface BackedUp {
  readonly id: string;
  readonly apis: Tenant;
  /** The part in the backup. Holds secrets. */
  readonly good: ProductJson;
  /** Changes the tenant through its API, as an administrator would. */
  patch(operations: readonly object[]): Promise<void>;
  /** Plans the restore, writes it, and compares. */
  restored(
    changes?: Partial<HubTarget> | Partial<DumpTarget>,
    workspaces?: readonly string[],
  ): Promise<Restored>;
  exported(): Promise<ProductJson>;
}

export interface Restored {
  readonly planned: PartChanges;
  readonly verification: Verification;
}

export const [DEMO] = demoTenants() as [DemoTenant];

export async function openPartStage(behaviour: BehaviourOrder = {}): Promise<PartStage> {
  const sandbox = await startSandbox({ behaviour });
  let count = 0;
  return {
    sandbox,
    async backedUp(part, like = DEMO) {
      const id = `t-${count++}`;
      // By a client of the tree, so that it has what all other clients have.
      const { issuer, clients: [client] = [] } = sandbox.addTenant({ ...like, id });
      const enrolment = enrolmentFor(sandbox, { ...client, issuer, scopes: undefined });
      const limits = { maxBodyBytes: 16 * 1024 * 1024 };
      const { pauses: _, ...apis } = connectBy(enrolment, { access: 'manage', limits });
      const exported = () => exportState(part, apis);
      const good = await exported();
      return {
        id,
        apis,
        good,
        exported,
        patch: (operations) => patch(apis, part, JSON.stringify(operations)),
        async restored(changes = {}, workspaces) {
          const target = { ...targetOf(part, good), ...changes } as PartTarget;
          const planned = partOf(target).planChanges(target, await exported());
          await write(planned, apis, workspaces);
          return { planned, verification: partOf(target).verify(planned, await exported()) };
        },
      };
    },
    close: () => sandbox.close(),
  };
}

/** Writes what is planned.
 * @param workspaces that the enrolment lists. @default - the whole tenant */
export async function write(
  planned: PartChanges,
  apis: Tenant,
  workspaces?: readonly string[],
): Promise<void> {
  const { target } = planned;
  partOf(target).requireWritable(planned);
  for (const each of partOf(target).writesOf(planned, workspaces)) {
    await partOf(target).write(target, each, apis, randomUUID());
  }
}

async function patch({ hub, system, identity }: Tenant, part: TenantPart, operations: string): Promise<void> {
  if (part === 'hub') await hub.patchTree(operations, { format: 'rfc6902', mode: 'update', dryRun: false });
  else await { system, identity }[part].patchDump(operations, { mode: 'update' });
}

function targetOf(part: TenantPart, good: ProductJson): PartTarget {
  const shared = {
    mode: 'update',
    credentials: 'restore',
    ownClientId: AUTOMATION_CLIENT_ID,
    added: null,
    secretPointers: [],
  } as const;
  if (part !== 'hub') return { ...shared, part, dump: good as ProductJsonObject };
  const desired = { kind: 'backup', tree: good, secretPointers: [], leaveOut: [], warnings: [] } as const;
  return { ...shared, part, desired, send: 'everything', prune: false };
}

const STAMPS = new Set([
  'created_at',
  'updated_at',
  'status_updated_at',
  'client_id_issued_at',
  'application_types',
]);

/** What matters of a state: without stamps, and without these members. */
export const without = (state: unknown, ...members: string[]): Json =>
  JSON.parse(
    JSON.stringify(state, (name, value: Json) =>
      STAMPS.has(name) || members.includes(name) ? undefined : value,
    ),
  ) as Json;
