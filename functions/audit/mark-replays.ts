import { mapLimited } from '../map-limited.ts';
import { LONGEST_RUN_MILLISECONDS, replayed, replayOf, type StoredBackup } from '../vault/replay.ts';
import type { Vault } from '../vault/storage/vault.client.ts';
import type { TenantHistory, VersionRecord } from './history.ts';

const REQUESTS = 16;

/** Marks versions that hold bytes which were stored before: as uploaded if a person did that, and as broken otherwise. */
export async function markReplays(
  history: TenantHistory,
  { vault }: { readonly vault: Pick<Vault, 'uploadedBy'> },
): Promise<TenantHistory> {
  const { tenant } = history;
  const near = neighboursAmong(history.versions);
  const versions = await mapLimited(history.versions, REQUESTS, async (record) => {
    if (record.gone || record.verdict === 'archived' || record.uploadedBy !== null) return record;
    const reason = replayOf(storedOf(record), near(record));
    if (reason === null) return record;
    const uploadedBy = await vault.uploadedBy({ ...record, tenant });
    if (uploadedBy !== null) return { ...record, uploadedBy };
    const { code, message } = replayed({ ...record, tenant }, reason);
    return { ...record, verdict: 'broken' as const, problem: { code, message } };
  });
  return { ...history, versions };
}

/** Finds the versions that S3 stored in the longest run before another one, which are all that `replayOf` needs, and some more.
 * A search among all would take the square of their number. */
function neighboursAmong(
  versions: readonly VersionRecord[],
): (record: VersionRecord) => readonly StoredBackup[] {
  const runOf = ({ storedAt }: VersionRecord) => Math.floor(Date.parse(storedAt) / LONGEST_RUN_MILLISECONDS);
  const byRun = Map.groupBy(versions, runOf);
  return (record) =>
    [runOf(record) - 1, runOf(record)].flatMap((run) => (byRun.get(run) ?? []).map(storedOf));
}

const storedOf = ({ tier, versionId, etag, storedAt, manifest }: VersionRecord): StoredBackup => ({
  version: { tier, versionId, etag, storedAt: new Date(storedAt) },
  facts: manifest,
});
