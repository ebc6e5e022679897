import { parseExport } from '../backup/export.ts';
import { type BackupTools, type TakenBackup, takeBackup } from '../backup/take-backup.ts';
import { stringifyJson } from '../config/json.ts';
import type { Json } from '../config/json-value.ts';
import { withoutClient } from '../config/own-client.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { TIERS } from '../runtime/names.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { Hub } from '../tenant/hub.client.ts';
import type { ImportMode } from '../tenant/import-mode.ts';
import type { Ledger } from '../vault/ledger.client.ts';
import { openChosen } from '../vault/open-chosen.ts';
import type { VaultVersion } from '../vault/vault.client.ts';
import { openVersion } from './open-version.ts';
import type { RestoreRequest } from './request.ts';
import { type Verification, verify } from './verify.ts';

export type RestoreTools = BackupTools &
  Pick<
    Clients,
    | 'keyRegistry'
    | 'enrolments'
    | 'connect'
    | 'maxExportBytes'
    | 'ledger'
    | 'tenantLocks'
    | 'now'
    | 'randomUuid'
  >;

/** What a restore did, or would do. Names and counts; no value of any property. */
export interface RestoreReport extends Omit<Verification, 'differences'> {
  /** `verified`: the tenant is as the backup says. `planned`: nothing was written. */
  readonly verdict: 'verified' | 'planned';
  readonly operationId: string;
  readonly tenant: string;
  readonly mode: ImportMode;
  readonly dryRun: boolean;
  readonly backup: {
    readonly tier: string;
    readonly versionId: string;
    readonly backupId: string;
    readonly storedAt: string;
  };
  /** Version of the backup that was made of the tenant just before; null for a dry run. */
  readonly safetyBackup: string | null;
  /** Objects that were left out of the import on purpose: the client that it is made with. */
  readonly leftOut: readonly string[];
  /** The first objects that differ, by name and property. */
  readonly differing: readonly DifferingObject[];
}

export interface DifferingObject {
  readonly type: string;
  readonly pointer: string;
  readonly kind: string;
  readonly properties: readonly string[];
}

/** A Lambda answers with at most 6 MB, and a person reads less. */
const MAX_DIFFERING = 100;

/** A restore that was killed holds up others for no longer than this. */
const LEASE = { seconds: 120, renewEverySeconds: 30 };

/** Bring a tenant back to a backup: open and check it, save the present, import, export again, compare.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of opening; then nothing was written
 * @throws TENANT_LOCKED if another restore of the tenant is under way; then nothing was written
 * @throws IMPORT_REFUSED, IMPORT_CONFLICT, ... naming the safety backup, if the tenant refused the document
 * @throws RESTORE_MISMATCH, NOTHING_COMPARED naming the safety backup, if the result is not proved */
export async function restore(request: RestoreRequest, tools: RestoreTools): Promise<RestoreReport> {
  const prepared = await prepare(request, tools);
  if (request.dryRun) return preview(prepared);
  const { operationId } = prepared;
  const lock = { tenant: request.tenant, operationId };
  const held = await tools.tenantLocks.acquire(lock, { ...LEASE, now: tools.now });
  try {
    return await write(prepared, tools);
  } finally {
    // A lock that cannot be given back ends with its lease.
    await held.giveBack().catch(() => {});
  }
}

/** All that is known before anything is written. */
interface Prepared {
  readonly operationId: string;
  readonly request: RestoreRequest;
  readonly enrolment: Enrolment;
  readonly hub: Hub;
  readonly backup: RestoreReport['backup'];
  /** What is to be imported. Holds secrets. */
  readonly imported: Json;
  readonly leftOut: readonly string[];
}

async function prepare(request: RestoreRequest, tools: RestoreTools): Promise<Prepared> {
  const operationId = tools.randomUuid();
  const enrolment = await tools.enrolments.get(request.tenant);
  const versions = await listVersions(request, tools);
  const { version, manifest, tree } = await openChosen(versions, request, (each) =>
    openVersion(each, enrolment.keys, tools),
  );
  const { tree: imported, removed: leftOut } = withoutClient(tree, enrolment.clientId);
  const { hub } = tools.connect(enrolment, request.dryRun ? 'read' : 'manage', operationId);
  const backup = {
    tier: version.tier,
    versionId: version.versionId,
    backupId: manifest.backupId,
    storedAt: version.storedAt.toISOString(),
  };
  return { operationId, request, enrolment, hub, backup, imported, leftOut };
}

/** Say what an import would change, with a token that cannot write. */
async function preview(prepared: Prepared): Promise<RestoreReport> {
  const { hub, imported, request, leftOut } = prepared;
  const live = parseExport(await hub.exportTree({ withCredentials: true }));
  return reportOf(prepared, verify(imported, live, live, request.mode, leftOut), null);
}

/** Save the present, import, and prove the result. */
async function write(prepared: Prepared, tools: RestoreTools): Promise<RestoreReport> {
  const { operationId, request, enrolment, hub, backup, imported, leftOut } = prepared;
  const { tenant, mode, dryRun } = request;
  const scheduledTime = `${tools.now().toISOString().slice(0, 19)}Z`;
  const safety = await takeBackup({ tenant, tier: 'safety', scheduledTime, enrolment, hub }, tools);
  let report: RestoreReport | undefined;
  try {
    await hub.importTree(stringifyJson(imported), { mode, dryRun: false, idempotencyKey: operationId });
    const after = parseExport(await hub.exportTree({ withCredentials: true }));
    report = reportOf(prepared, verify(imported, parseExport(safety.exported), after, mode, leftOut), safety);
    requireProof(report);
    await record(tools.ledger, tenant, operationId, report);
    return report;
  } catch (error) {
    const failure = namingSafetyBackup(error, safety);
    const { code, message, facts } = failure;
    await record(tools.ledger, tenant, operationId, {
      ...(report ?? { operationId, tenant, mode, dryRun, backup }),
      verdict: 'failed',
      safetyBackup: safety.versionId,
      error: { code, message, facts },
    });
    throw failure;
  }
}

const reportOf = (
  { operationId, request: { tenant, mode, dryRun }, backup, leftOut }: Prepared,
  verification: Verification,
  safety: TakenBackup | null,
): RestoreReport => ({
  verdict: safety ? 'verified' : 'planned',
  operationId,
  tenant,
  mode,
  dryRun,
  backup,
  safetyBackup: safety?.versionId ?? null,
  leftOut,
  ...summarize(verification),
});

/** Write what happened to the ledger. What is already done or has already failed does not become otherwise because it
 * cannot be written down. */
const record = (ledger: Ledger, tenant: string, operationId: string, document: object): Promise<unknown> =>
  ledger.write('operations', tenant, operationId, document).catch(() => null);

const listVersions = async (
  { tenant, tier }: RestoreRequest,
  { vault }: RestoreTools,
): Promise<VaultVersion[]> =>
  (await Promise.all((tier ? [tier] : TIERS).map((each) => vault.listVersions(each, tenant)))).flat();

const summarize = ({ differences, ...counts }: Verification) => ({
  ...counts,
  differing: differences.slice(0, MAX_DIFFERING).map(({ type, pointer, kind, properties }) => ({
    type,
    pointer,
    kind,
    properties: properties.map((property) => property.pointer.slice(pointer.length)),
  })),
});

/** A restore that cannot be proved has failed, whatever the tenant answered. */
function requireProof({ compared, equal, differing, operationId }: RestoreReport): void {
  if (compared === 0) {
    throw new TenantBackupError('NOTHING_COMPARED', 'the backup holds no object to compare', { operationId });
  }
  if (equal < compared) {
    const names = differing.slice(0, 5).map(({ pointer, kind }) => `${pointer} (${kind})`);
    throw new TenantBackupError(
      'RESTORE_MISMATCH',
      `${compared - equal} of ${compared} objects differ after the restore: ${names.join(', ')}`,
      { operationId, compared, equal },
    );
  }
}

/** After the safety backup was made, every failure says how to go back. */
function namingSafetyBackup(error: unknown, { versionId }: TakenBackup): TenantBackupError {
  const { code, message, facts, cause } = toTenantBackupError(error);
  return new TenantBackupError(
    code,
    `${message}; the state before is safety backup ${versionId}`,
    { ...facts, safetyBackup: versionId },
    { cause },
  );
}
