import { isComplete, type TenantHistory, takenAt, type VersionRecord } from './history.ts';

/** The newest state of a tenant that a good backup holds. */
export interface NewestState {
  readonly record: VersionRecord;
  /** When the tenant was in this state: when S3 stored the backup, or a later check found the tenant equal to it. */
  readonly at: Date;
  /** Time of that check, RFC 3339 in UTC; null without one. */
  readonly checkedAt: string | null;
}

/** Finds the newest complete backup that is not known to be broken, and the last check that found the tenant equal to it. Safety
 * backups and uploads of old bytes do not count: neither is the state of last night. A check counts only for the newest version of its tier
 * that no other tier surpasses: a restore of the newest state takes that version.
 * @returns undefined if the tenant has no good backup */
export function newestState(history: TenantHistory): NewestState | undefined {
  const kept = history.versions.filter(({ gone }) => !gone);
  const [newest] = kept.filter(isGood).sort((a, b) => takenAt(b).getTime() - takenAt(a).getTime());
  if (newest === undefined) return undefined;
  const taken = takenAt(newest);
  for (const { tier, versionId, at } of history.checks) {
    const record = kept.find((each) => each.tier === tier);
    const isNewest = record?.versionId === versionId && record.etag === newest.etag;
    if (isNewest && new Date(at) > taken) return { record, at: new Date(at), checkedAt: at };
  }
  return { record: newest, at: taken, checkedAt: null };
}

const isGood = (record: VersionRecord): boolean =>
  record.tier !== 'safety' && record.uploadedBy === null && record.verdict !== 'broken' && isComplete(record);
