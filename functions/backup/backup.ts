import type { FoundReference } from '../config/references/reference-check.ts';
import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { documentsIn } from '../vault/format/documents.ts';
import { mayPass } from './may-pass.ts';
import type { BackupRequest } from './request.ts';
import { type BackupTools, beginBackup, finishBackup, type TakenBackup } from './take-backup.ts';

/** What became of a request. Ids and counts only. */
export interface BackupReport {
  /** `stored`: a new version. `found`: an earlier delivery of this request had stored it. */
  readonly outcome: 'stored' | 'found';
  readonly tenant: string;
  readonly tier: string;
  readonly scheduledTime: string;
  readonly versionId: string;
  readonly sizeBytes: number;
  readonly backupId?: string;
  /** Under which the tenant's audit log knows of the exports. */
  readonly correlationId?: string;
  /** Tiers that got a copy. */
  readonly promoted?: readonly string[];
  readonly objects?: Readonly<Record<string, number>>;
  /** What was noticed, by kind, if anything was. */
  readonly warnings?: Readonly<Record<string, number>>;
  /** The first references to nothing, by object and place. */
  readonly references?: readonly FoundReference[];
}

/** Back up one tenant for one time, once, however often the request is delivered.
 *
 * A part whose export failed for good does not take the others with it: they are stored as an incomplete backup, and the request
 * fails all the same.
 * @param isLast the queue delivers the request no more: what fails now has failed for good
 * @throws the errors of `beginBackup` and `finishBackup`; nothing was stored then, but for an incomplete backup that the message
 *   names */
export async function backup(
  request: BackupRequest,
  enrolment: Enrolment,
  tools: BackupTools & Pick<Clients, 'connect' | 'randomUuid'>,
  isLast = false,
): Promise<BackupReport> {
  const { tenant, tier, scheduledTime } = request;
  const found = await tools.vault.findScheduled(tier, tenant, scheduledTime);
  if (found) {
    const { versionId, sizeBytes } = found;
    return { outcome: 'found', tenant, tier, scheduledTime, versionId, sizeBytes };
  }
  const correlationId = tools.randomUuid();
  const apis = tools.connect(enrolment, 'read', correlationId);
  const begun = await beginBackup(
    { ...request, enrolment, apis },
    tools,
    ({ failure }) => isLast || !mayPass(failure),
  );
  const taken = await finishBackup(begun, tools);
  if (taken.missing.length > 0) throw incomplete(taken);
  const { versionId, manifest, sizeBytes, promoted, references } = taken;
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

/** The failure of the first part that is missing, with what is there instead. */
function incomplete({ missing, manifest, versionId }: TakenBackup): TenantBackupError {
  const names = missing.map(({ part }) => part);
  const [first] = missing;
  if (first === undefined) throw new TypeError('a whole backup is no failure');
  const { code, message, facts, cause } = first.failure;
  return new TenantBackupError(
    code,
    `${message}; ${documentsIn(manifest).join(' and ')} are stored without ${names.join(' and ')}, as incomplete version ${versionId}`,
    { ...facts, missing: names, versionId },
    { cause },
  );
}
