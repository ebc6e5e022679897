import { type BackupChoice, chooseVersion } from './choose-version.ts';
import type { Manifest } from './manifest.ts';
import type { VaultVersion } from './vault.client.ts';

/** Choose the version that is meant, and open it. A backup that was sealed anew is as old as the one that it was sealed
 * from, whenever S3 took it: otherwise sealing an old backup anew would make it the newest state.
 * @throws the errors of `chooseVersion` and of `open` */
export async function openChosen<Opened extends { readonly manifest: Manifest }>(
  versions: readonly VaultVersion[],
  choice: BackupChoice,
  open: (version: VaultVersion) => Promise<Opened>,
): Promise<Opened & { readonly version: VaultVersion }> {
  let candidates = versions;
  for (;;) {
    const version = chooseVersion(candidates, choice);
    const opened = await open(version);
    const { resealed } = opened.manifest;
    if (resealed === null || choice.versionId !== undefined) return { ...opened, version };
    const storedAt = new Date(resealed.storedAt);
    candidates = candidates.map((candidate) =>
      candidate.tier === version.tier && candidate.versionId === version.versionId
        ? { ...candidate, storedAt }
        : candidate,
    );
    const again = chooseVersion(candidates, choice);
    if (again.versionId === version.versionId && again.tier === version.tier) return { ...opened, version };
  }
}
