import { isDeepStrictEqual } from 'node:util';
import type { FoundReference } from '../config/reference-check.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { BackupRequest } from './request.ts';
import { type BackupTools, type BegunBackup, beginBackup, finishBackup } from './take-backup.ts';

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

/** What is known of a request besides itself. */
export interface Delivery {
  /** It was delivered before, and may be done. */
  readonly isRepeated: boolean;
}

/** Back up one tenant for one time, once, however often the request is delivered.
 *
 * What only reads happens at the same time, before it is known whether all of it is needed: that an enrolment changes is rare,
 * and the exports are what takes the time. Only for a request that was delivered before it is asked first whether it is done.
 * @throws NOT_ENROLLED, INVALID_ENROLMENT and the errors of `beginBackup` and `finishBackup`; then nothing was stored */
export async function backup(
  request: BackupRequest,
  tools: BackupTools & Pick<Clients, 'enrolments' | 'connect' | 'randomUuid'>,
  { isRepeated }: Delivery = { isRepeated: false },
): Promise<BackupReport> {
  const { tenant, tier, scheduledTime } = request;
  const correlationId = tools.randomUuid();
  const begin = (enrolment: Enrolment): Promise<BegunBackup> =>
    beginBackup({ ...request, enrolment, apis: tools.connect(enrolment, 'read', correlationId) }, tools);
  const remembered = tools.enrolments.remembered(tenant);
  // Whether it is there does not matter to what is done already.
  const enrolled = tools.enrolments.get(tenant);
  enrolled.catch(() => {});
  const finding = tools.vault.findScheduled(tier, tenant, scheduledTime);
  const isDone = isRepeated && (await finding) !== null;
  const early = isDone ? null : Promise.resolve(remembered ?? enrolled).then(begin);
  // Looked at below, or not at all.
  early?.catch(() => {});

  const found = await finding;
  if (found) {
    // Lambda would go on with it in the middle of a later request.
    await early?.catch(() => {});
    return {
      outcome: 'found',
      tenant,
      tier,
      scheduledTime,
      versionId: found.versionId,
      sizeBytes: found.sizeBytes,
    };
  }
  const enrolment = await enrolled;
  const isAsBegun = remembered === undefined || isDeepStrictEqual(enrolment, remembered);
  const begun = await (early !== null && isAsBegun ? early : begin(enrolment));
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
