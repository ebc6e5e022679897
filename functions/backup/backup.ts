import type { FoundReference } from '../config/reference-check.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { BackupRequest } from './request.ts';
import { type BackupTools, beginBackup, finishBackup } from './take-backup.ts';

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
 * @throws the errors of `beginBackup` and `finishBackup`; then nothing was stored */
export async function backup(
  request: BackupRequest,
  enrolment: Enrolment,
  tools: BackupTools & Pick<Clients, 'connect' | 'randomUuid'>,
): Promise<BackupReport> {
  const { tenant, tier, scheduledTime } = request;
  const found = await tools.vault.findScheduled(tier, tenant, scheduledTime);
  if (found) {
    const { versionId, sizeBytes } = found;
    return { outcome: 'found', tenant, tier, scheduledTime, versionId, sizeBytes };
  }
  const correlationId = tools.randomUuid();
  const apis = tools.connect(enrolment, 'read', correlationId);
  const begun = await beginBackup({ ...request, enrolment, apis }, tools);
  const { versionId, manifest, sizeBytes, promoted, references } = await finishBackup(begun, tools);
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
