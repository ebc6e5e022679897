import type { FoundReference } from '../config/references/reference-check.ts';
import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { isOfAllTenants } from '../tenant/enrolment/root-enrolments.ts';
import { isShared, tenantsOfShared } from '../tenant/enrolment/shared-enrolment.ts';
import { documentsIn } from '../vault/format/documents.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import type { Check } from './check-record.ts';
import { type ClaimTools, claimRequest } from './claim.ts';
import type { MissingPart } from './export-tenant.ts';
import { type ForwardReport, type ForwardTools, forward, listAllTenants } from './forward.ts';
import { limitsOfBackup } from './limits-of-backup.ts';
import { mayPass } from './may-pass.ts';
import type { BackupRequest } from './request.ts';
import { type BackupTools, exportBackup, sealExport, storeBackup, type TakenBackup } from './take-backup.ts';
import { isUnchanged, readCheck, writeCheck } from './unchanged.ts';

/** The answer to a request for one tenant. Ids and counts only. */
export interface BackupReport {
  /** `stored`: a new version. `found`: another delivery of this request had stored it. `unchanged`: the tenant equals the version,
   * which is its newest. */
  readonly outcome: 'stored' | 'found' | 'unchanged';
  readonly tenant: string;
  readonly tier: string;
  readonly scheduledTime: string;
  readonly versionId: string;
  /** Of a version that was stored or found. */
  readonly sizeBytes?: number;
  readonly backupId?: string;
  /** Names the exports in the tenant's audit log. */
  readonly correlationId?: string;
  /** Tiers that got a copy. */
  readonly promoted?: readonly string[];
  readonly objects?: Readonly<Record<string, number>>;
  /** Numbers of warnings by kind, if there are any. */
  readonly warnings?: Readonly<Record<string, number>>;
  /** The first dangling references, by object and place. */
  readonly references?: readonly FoundReference[];
}

/** Answers a request: backs the tenant up, or, where the enrolment stands for many tenants, requests a backup of each.
 * @param isLast see `backUpTenant`
 * @throws NOT_ENROLLED, INVALID_ENROLMENT and the errors of `backUpTenant`, `listAllTenants` and `forward` */
export async function backup(
  request: BackupRequest,
  tools: BackupTools & ForwardTools & Pick<Clients, 'enrolments' | 'connect'>,
  isLast = false,
): Promise<BackupReport | ForwardReport> {
  const enrolment = await tools.enrolments.resolve(request.tenant);
  if (isShared(enrolment)) return forward(request, tenantsOfShared(enrolment), tools);
  if (isOfAllTenants(enrolment)) return forward(request, await listAllTenants(enrolment, tools), tools);
  return backUpTenant(request, enrolment, tools, isLast);
}

/** Backs up one tenant for one time, once, however often the request is delivered.
 *
 * A part whose export fails for good does not take the others with it: an incomplete backup holds them, and the request fails
 * all the same. An unchanged tenant is not stored again if the request says so. A request that asks for less than a whole backup
 * is never answered by a whole one, nor the other way round.
 * @param isLast the queue does not deliver the request again: every failure is final
 * @throws the errors of `limitsOfBackup`, `exportBackup`, `sealExport`, `claimRequest`, `storeBackup` and `writeCheck`; nothing is stored then, except an incomplete backup that the message names */
export async function backUpTenant(
  request: BackupRequest,
  enrolment: Enrolment,
  tools: BackupTools & ClaimTools & Pick<Clients, 'connect' | 'randomUuid'>,
  isLast = false,
): Promise<BackupReport> {
  const { tenant, tier, scheduledTime } = request;
  const limits = limitsOfBackup(request, enrolment);
  const extent = limits === undefined ? 'whole' : 'limited';
  const found = await tools.vault.findScheduled(tier, tenant, scheduledTime, extent);
  if (found) return foundReport(request, found);
  const fingerprintKey = await tools.fingerprintKeys.derive(tenant);
  const mayBeUnchanged = request.storeUnchanged === false;
  const last = await readCheck(request, fingerprintKey, tools);
  if (last !== null && last.scheduledTime >= scheduledTime) return unchangedReport(request, last);
  const correlationId = tools.randomUuid();
  const apis = tools.connect(enrolment, 'read', correlationId);
  const target = { ...request, enrolment, limits, apis };
  const mayLack = ({ failure }: MissingPart) => isLast || !mayPass(failure);
  const exported = await exportBackup(target, { mayLack, digest: mayBeUnchanged }, fingerprintKey, tools);
  if (last !== null && (await isUnchanged(request, exported, last, tools))) {
    await writeCheck(request, exported, last, fingerprintKey, tools);
    return { ...unchangedReport(request, last), correlationId };
  }
  const made = await sealExport(target, exported, tools);
  const storedMeanwhile = await claimRequest(request, extent, tools);
  if (storedMeanwhile) return foundReport(request, storedMeanwhile);
  const taken = await storeBackup(request, made, tools);
  if (taken.missing.length > 0) throw incomplete(taken);
  const { versionId, manifest, sizeBytes, promoted, references } = taken;
  if (mayBeUnchanged) {
    const version = { versionId, storedFor: scheduledTime };
    // Without a record, the next backup is stored as well.
    await writeCheck(request, exported, version, fingerprintKey, tools).catch(() => null);
  }
  return {
    outcome: 'stored',
    tenant,
    tier,
    scheduledTime,
    versionId,
    sizeBytes,
    backupId: manifest.backupId,
    correlationId,
    promoted,
    objects: manifest.objects,
    ...(Object.keys(manifest.warnings).length > 0 && { warnings: manifest.warnings }),
    ...(references.length > 0 && { references }),
  };
}

/** Answers a request whose deliveries all ended without a result. The queue delivers such a request once more, so that it leaves
 * a reason. Tries nothing again.
 * @param deliveries number of deliveries before this one
 * @throws FUNCTION_KILLED unless one of them stored the backup, or found the tenant unchanged, before it died */
export async function reportDeadTries(
  request: BackupRequest,
  deliveries: number,
  tools: Pick<BackupTools, 'vault' | 'fingerprintKeys'> & Pick<Clients, 'ledger'>,
): Promise<BackupReport> {
  const { tenant, tier, scheduledTime } = request;
  const found = await tools.vault.findScheduled(tier, tenant, scheduledTime);
  if (found) return foundReport(request, found);
  const last = await readCheck(request, await tools.fingerprintKeys.derive(tenant), tools);
  if (last !== null && last.scheduledTime >= scheduledTime) return unchangedReport(request, last);
  throw new TenantBackupError(
    'FUNCTION_KILLED',
    `delivery ${deliveries} of ${deliveries} ended without a result: the backup function was killed or throttled, or could not report its failure`,
    { deliveries },
  );
}

const foundReport = (
  { tenant, tier, scheduledTime }: BackupRequest,
  { versionId, sizeBytes }: VaultVersion,
): BackupReport => ({ outcome: 'found', tenant, tier, scheduledTime, versionId, sizeBytes });

const unchangedReport = (
  { tenant, tier, scheduledTime }: BackupRequest,
  { versionId }: Pick<Check, 'versionId'>,
): BackupReport => ({ outcome: 'unchanged', tenant, tier, scheduledTime, versionId });

/** Extends the failure of the first missing part by what the incomplete backup holds. */
function incomplete({ missing, manifest, versionId }: TakenBackup): TenantBackupError {
  const names = missing.map(({ part }) => part);
  const [first] = missing;
  if (first === undefined) throw new TypeError('a whole backup is no failure');
  const { code, message, facts, cause } = first.failure;
  return new TenantBackupError(
    code,
    `${message}; incomplete version ${versionId} holds ${documentsIn(manifest).join(' and ')} without ${names.join(' and ')}`,
    { ...facts, missing: names, versionId },
    { cause },
  );
}
