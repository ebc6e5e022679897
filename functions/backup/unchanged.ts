/** Tells whether a tenant still equals its newest backup, so that a schedule may leave the backup out. In doubt, the backup is
 * stored. */
import { isDeepStrictEqual } from 'node:util';
import type { Clients } from '../runtime/clients.ts';
import { TIERS } from '../runtime/names.ts';
import { addDays } from '../vault/retention/calendar.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import { type Check, checkRecord, verifyCheckRecord } from './check-record.ts';
import { beginsPeriod } from './promote.ts';
import type { BackupRequest } from './request.ts';
import type { ExportedBackup } from './take-backup.ts';

/** The clients that a check needs. */
export type CheckTools = Pick<Clients, 'vault' | 'ledger' | 'retention'>;

/** Reads the last check of a tenant, for a request that may leave an unchanged backup out.
 * @param key the fingerprint key of the tenant
 * @returns null for other requests, and if there is none, or none that this function wrote, or the ledger does not answer */
export const readCheck = async (
  request: BackupRequest,
  key: Uint8Array,
  { ledger }: Pick<CheckTools, 'ledger'>,
): Promise<Check | null> => {
  if (request.storeUnchanged !== false) return null;
  const stored = await ledger.read('checks', request.tenant, request.tier).catch(() => null);
  return stored && verifyCheckRecord(stored.document, request, key);
};

/** Records that a tenant equals a version.
 * @throws AWS_UNAVAILABLE, AWS_ACCESS_DENIED */
export const writeCheck = (
  request: BackupRequest,
  exported: ExportedBackup,
  { versionId, storedFor }: Pick<Check, 'versionId' | 'storedFor'>,
  key: Uint8Array,
  { ledger }: Pick<CheckTools, 'ledger'>,
): Promise<string> => {
  const { tenant, tier, scheduledTime } = request;
  const { exportedAt, digests } = exported;
  const check = {
    tenant,
    tier,
    scheduledTime,
    checkedAt: exportedAt.toISOString(),
    versionId,
    storedFor,
    digests: { ...digests },
  };
  return ledger.write('checks', tenant, tier, checkRecord(check, key));
};

/** Tells whether an export equals the version of the last check, and no other reason asks for a new version.
 * @param last see `readCheck`
 * @throws the errors of `Vault.listVersions` */
export async function isUnchanged(
  request: BackupRequest,
  exported: ExportedBackup,
  last: Check,
  tools: CheckTools,
): Promise<boolean> {
  const { digests, previous } = exported;
  return (
    // A part whose export failed has no digest.
    isDeepStrictEqual({ ...digests }, last.digests) &&
    previous?.versionId === last.versionId &&
    !beginsPeriod(request, last.storedFor, tools.retention.promote) &&
    !lockEnds(request, previous, exported.exportedAt, tools) &&
    (await isNewestOfAll(request, previous, tools))
  );
}

/** Tells whether the newest version is in the last day of its lock: the newest backup of a tenant stays locked. */
function lockEnds(
  { tier }: BackupRequest,
  { storedAt }: VaultVersion,
  now: Date,
  { retention }: CheckTools,
): boolean {
  const days = retention.objectLock?.days[tier] ?? 0;
  return days > 0 && addDays(storedAt, days - 1) <= now;
}

/** Tells whether no other tier has a newer backup, such as a manual one: a restore would take that for the newest state.
 * Copies in longer tiers have the same content. */
async function isNewestOfAll(
  { tenant, tier }: BackupRequest,
  newest: VaultVersion,
  { vault }: CheckTools,
): Promise<boolean> {
  const others = TIERS.filter((each) => each !== tier && each !== 'safety');
  const versions = await Promise.all(others.map((each) => vault.listVersions(each, tenant)));
  return versions.flat().every(({ storedAt, etag }) => storedAt < newest.storedAt || etag === newest.etag);
}
