import { mapLimited } from '../map-limited.ts';
import { replayed, replayOf, type StoredBackup } from '../vault/replay.ts';
import type { Vault } from '../vault/storage/vault.client.ts';
import type { TenantHistory, VersionRecord } from './history.ts';

const REQUESTS = 16;

/** Marks versions that hold bytes which were stored before: as uploaded if a person did that, and as broken otherwise. */
export async function markReplays(
  history: TenantHistory,
  { vault }: { readonly vault: Pick<Vault, 'uploadedBy'> },
): Promise<TenantHistory> {
  const { tenant } = history;
  const stored = history.versions.map(storedOf);
  const versions = await mapLimited(history.versions, REQUESTS, async (record) => {
    if (record.gone || record.verdict === 'archived' || record.uploadedBy !== null) return record;
    const reason = replayOf(storedOf(record), stored);
    if (reason === null) return record;
    const uploadedBy = await vault.uploadedBy({ ...record, tenant });
    if (uploadedBy !== null) return { ...record, uploadedBy };
    const { code, message } = replayed({ ...record, tenant }, reason);
    return { ...record, verdict: 'broken' as const, problem: { code, message } };
  });
  return { ...history, versions };
}

const storedOf = ({ tier, versionId, etag, storedAt, manifest }: VersionRecord): StoredBackup => ({
  version: { tier, versionId, etag, storedAt: new Date(storedAt) },
  facts: manifest,
});
