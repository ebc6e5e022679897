/** Tells old bytes that somebody stored again from a backup that S3 stored when it was made. The signature cannot: it is valid. */
import { TenantBackupError } from '../errors.ts';
import { contentTime, type Manifest } from './format/manifest.ts';
import type { VaultVersion } from './storage/vault.client.ts';

/** What a version must agree with: the public page of its archive. */
export interface ReplayFacts extends Pick<Manifest, 'backupId' | 'exportedAt' | 'previous'> {
  /** See `contentTime`. */
  readonly contentTime: string | null;
}

/** A version with its facts; null if its manifest cannot be read. */
export interface StoredBackup {
  readonly version: Pick<VaultVersion, 'tier' | 'versionId' | 'etag' | 'storedAt'>;
  readonly facts: ReplayFacts | null;
}

/** No function lives longer between its export and its put, clocks included. */
export const LONGEST_RUN_MILLISECONDS = 3_600_000;

export const replayFacts = (manifest: Manifest): ReplayFacts => ({
  backupId: manifest.backupId,
  exportedAt: manifest.exportedAt,
  previous: manifest.previous,
  contentTime: contentTime(manifest),
});

/** Finds out whether a version holds bytes that were stored before.
 * - S3 stored it at another time than its export, by more than a function lives. A version that was sealed again names the time
 *   of its source, an adopted one its export; both are as old as they say
 * - a later backup lies between it and an earlier version of the same backup, or names these bytes as its predecessor. A put whose
 *   answer was lost stores the bytes twice, with no backup in between
 * @param others versions of the same tenant; only those of the last hour before it count, and none of the same second, as S3 knows
 * no finer time
 * @returns the reason; null if it is no replay */
export function replayOf(
  { version, facts }: Required<StoredBackup>,
  others: readonly StoredBackup[],
): string | null {
  if (facts === null) return null;
  const { backupId, exportedAt, contentTime: content } = facts;
  const storedAt = content === null ? version.storedAt : new Date(content);
  if (Math.abs(storedAt.getTime() - Date.parse(exportedAt)) > LONGEST_RUN_MILLISECONDS) {
    return `it was exported ${exportedAt}, and stored ${storedAt.toISOString().slice(0, 19)}Z`;
  }
  if (content !== null) return null;
  const earlier = others.filter(
    (other) =>
      other.version.versionId !== version.versionId && isBetween(other.version.storedAt, exportedAt, version),
  );
  const following = earlier.find((other) => other.facts?.previous?.etag === version.etag);
  const first = earlier
    .filter((other) => other.facts?.contentTime === null && other.facts.backupId === backupId)
    .sort((a, b) => a.version.storedAt.getTime() - b.version.storedAt.getTime())[0];
  const later =
    first &&
    earlier.find(
      (other) =>
        other.version.tier !== 'safety' &&
        other.facts !== null &&
        other.facts.backupId !== backupId &&
        Date.parse(other.facts.exportedAt) > first.version.storedAt.getTime(),
    );
  const found = following ?? later;
  return found === undefined ? null : `backup ${found.facts?.backupId} was made after it, and stored before`;
}

const isBetween = (
  storedAt: Date,
  exportedAt: string,
  { storedAt: until }: Pick<VaultVersion, 'storedAt'>,
): boolean => storedAt.getTime() >= Date.parse(exportedAt) && storedAt < until;

/** @param reason see `replayOf` */
export const replayed = (
  { tier, tenant, versionId }: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
  reason: string,
): TenantBackupError =>
  new TenantBackupError(
    'BACKUP_REPLAYED',
    `version ${versionId} of ${tier}/${tenant}.tar holds old bytes that were stored again: ${reason}`,
    { tenant, tier, versionId },
  );
