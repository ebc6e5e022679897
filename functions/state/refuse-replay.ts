import { mapLimited } from '../map-limited.ts';
import type { Manifest } from '../vault/format/manifest.ts';
import { replayed, replayFacts, replayOf } from '../vault/replay.ts';
import type { KeptBackups } from '../vault/storage/kept-backups.client.ts';
import type { Vault, VaultVersion } from '../vault/storage/vault.client.ts';
import { readManifest } from './choose-backup.ts';

const REQUESTS = 16;

/** Refuses a version whose bytes were stored before, unless a person uploaded it.
 * @param manifest of the version, verified
 * @param listed all versions of the tenant
 * @throws BACKUP_REPLAYED, and the errors of reading tags and manifests */
export async function refuseReplay(
  version: VaultVersion,
  manifest: Manifest,
  listed: readonly VaultVersion[],
  {
    vault,
    keptBackups,
  }: { readonly vault: Pick<Vault, 'uploadedBy'>; readonly keptBackups: Pick<KeptBackups, 'manifest'> },
): Promise<void> {
  const stored = { version, facts: replayFacts(manifest) };
  const reason = replayOf(stored, []) ?? replayOf(stored, await neighbours());
  if (reason === null || (await vault.uploadedBy(version)) !== null) return;
  throw replayed(version, reason);

  function neighbours() {
    const from = Date.parse(manifest.exportedAt);
    const near = listed.filter(
      ({ versionId, storedAt }) =>
        versionId !== version.versionId && storedAt.getTime() >= from && storedAt < version.storedAt,
    );
    return mapLimited(near, REQUESTS, async (each) => {
      const found = await readManifest(each, keptBackups);
      return { version: each, facts: found && replayFacts(found) };
    });
  }
}
