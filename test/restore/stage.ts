import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { type RestoreReport, restore } from '../../functions/restore/restore.ts';
import { parseRestoreRequest } from '../../functions/restore/source/request.ts';
import type { Call } from '../../functions/restore/source/restore-plan.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { ENROLMENT_PREFIX } from '../../functions/runtime/names.ts';
import { type OperationStatus, statusOfOperation } from '../../functions/status/operation-status.ts';
import { connectTenant, type Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { createConnections } from '../../functions/tenant/http/connections.client.ts';
import { createTokens } from '../../functions/tenant/http/token.client.ts';
import { createWriteQueue } from '../../functions/tenant/http/write-queue.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { PLAIN_AWS } from '../../scripts/local/awkward.ts';
import { clientSettings } from '../../scripts/local/local-aws.ts';
import { type JsonObject, objectMember } from '../../scripts/sandbox/json.ts';
import { type NewTenant, type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol } from '../deployed.ts';
import { LIMITS, RETRY } from '../tenant/connection.ts';

/** Backup and restore in this process: against the sandbox over HTTP, with real S3, KMS and Secrets Manager calls to the
 * local AWS. */
export interface Stage {
  readonly deployed: Deployed;
  readonly sandbox: Sandbox;
  /** The product's clients, but for their patience. */
  readonly clients: Clients;
  /** The first tenant of the demonstration. */
  readonly tree: JsonObject;
  newTenant(id: string, options?: Partial<NewTenant>): Promise<string>;
  /** A tenant with a backup of its good state. */
  backedUp(id: string, options?: Partial<NewTenant>): Promise<{ tenant: string; good: JsonObject }>;
  backUp(tenant: string, scheduledTime?: string): ReturnType<typeof backUpTenant>;
  restoring(
    tenant: string,
    request?: object,
    changes?: Partial<Clients>,
    call?: Call,
  ): Promise<RestoreReport>;
  statusOf(tenant: string, operationId?: string, changes?: Partial<Clients>): Promise<OperationStatus>;
  damageBadly(tenant: string): void;
  /** Requests that wrote, or should have written, to a tenant. */
  writesTo(tenant: string): readonly { readonly method: string }[];
  /** Store another enrolment of the tenant, as its owner would. */
  changeEnrolment(tenant: string, changes: object): Promise<void>;
  close(): Promise<void>;
}

export const OWN_CLIENT = '/servers/system/clients/tenant-backup';

/** As if a process had been killed: what waits for this goes no further. */
export const never = (): Promise<never> => new Promise(() => {});

/** A clock that is ahead: leases have run out. */
export const later = (seconds: number) => ({ now: () => new Date(Date.now() + seconds * 1000) });

export async function openStage(): Promise<Stage> {
  const deployed = await deploy({}, PLAIN_AWS);
  const sandbox = await startSandbox();
  const clients = withoutPauses(await clientsInProcess(deployed));
  const tree = demoTenants()[0]?.tree ?? {};
  const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  const stage: Stage = {
    deployed,
    sandbox,
    clients,
    tree,
    async newTenant(id, options = {}) {
      await enrol(deployed, sandbox, { id, tree, ...options });
      return id;
    },
    async backedUp(id, options) {
      const tenant = await stage.newTenant(id, options);
      await stage.backUp(tenant);
      return { tenant, good: sandbox.tenant(tenant) };
    },
    backUp: async (tenant, scheduledTime = '2026-01-31T02:00:00Z') =>
      backUpTenant({ tenant, tier: 'daily', scheduledTime }, await clients.enrolments.get(tenant), clients),
    restoring: (tenant, request = {}, changes = {}, call) =>
      restore(parseRestoreRequest({ tenant, ...request }, new Date()), { ...clients, ...changes }, call),
    statusOf: (tenant, operationId, changes = {}) =>
      statusOfOperation({ tenant, operationId }, { ...clients, ...changes }),
    damageBadly: (tenant) => sandbox.changeTenant(tenant, (live) => void damage(live, 'tenant-backup')),
    writesTo: (tenant) =>
      sandbox.requests.filter(
        ({ tenant: of, method, path }) =>
          of === tenant && method !== 'GET' && path.includes('/promote/config'),
      ),
    async changeEnrolment(tenant, changes) {
      const SecretId = `${ENROLMENT_PREFIX}${tenant}`;
      const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      const enrolment = { ...JSON.parse(SecretString), ...changes };
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(enrolment) }));
    },
    async close() {
      secrets.destroy();
      await sandbox.close();
      await deployed.close();
    },
  };
  return stage;
}

function withoutPauses(real: Clients): Clients {
  // No test here waits for a tenant that is silent, and a busy machine answers late.
  const patience = { headersMilliseconds: 15_000, bodyMilliseconds: 15_000 };
  const connections = createConnections({ ...LIMITS, ...patience, maxBodyBytes: real.maxExportBytes });
  const tokens = createTokens(connections, () => Date.now());
  const tools = { sleep: async () => {}, random: () => 0 };
  return {
    ...real,
    retryTools: tools,
    connect: (enrolment, access, correlationId, signal) =>
      connectTenant({
        enrolment,
        access,
        connections,
        tokens,
        retry: RETRY,
        tools,
        writes: createWriteQueue(),
        renew: ({ name }) => real.enrolments.get(name),
        correlationId,
        signal,
      }),
  };
}

/** Clients whose hub is another one. */
export const withHub = (
  clients: Clients,
  change: (hub: Tenant['hub']) => Partial<Tenant['hub']>,
): Partial<Clients> => ({
  connect: (...where) =>
    changed(clients.connect(...where), ({ hub }) => ({ hub: { ...hub, ...change(hub) } })),
});

/** A tenant with other APIs, also after it authenticates again. */
export const changed = (tenant: Tenant, change: (tenant: Tenant) => Partial<Tenant>): Tenant => ({
  ...tenant,
  ...change(tenant),
  withNewTokens: async () => changed(await tenant.withNewTokens(), change),
});

/** Go to a place in a tree, to change it there. */
export const at = (tree: JsonObject, ...path: string[]): Record<string, JsonObject> =>
  path.reduce(
    (holder: Record<string, JsonObject>, name) =>
      objectMember(holder as never, name) as Record<string, JsonObject>,
    tree as Record<string, JsonObject>,
  );

/** Where two tenants differ, value by value, found without the product's own code. A member that is null or empty means
 * the same as one that is missing. */
export const differences = (a: JsonObject, b: JsonObject): string[] =>
  differencesBetween(a, b).filter(
    (pointer) => !isNothing(valueAt(a, pointer)) || !isNothing(valueAt(b, pointer)),
  );

const valueAt = (tree: JsonObject, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, name) => (value as JsonObject | undefined)?.[name], tree);

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
