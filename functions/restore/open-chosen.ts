import type { Json } from '../config/json-value.ts';
import type { EnrolledKeys } from '../vault/key-purpose.ts';
import type { Manifest } from '../vault/manifest.ts';
import type { VaultVersion } from '../vault/vault.client.ts';
import { chooseVersion } from './choose-version.ts';
import { type OpeningTools, openVersion } from './open-version.ts';
import type { RestoreRequest } from './request.ts';

/** Choose the version that a request means, and open it. A backup that was sealed anew is as old as the one that it was
 * sealed from, whenever S3 took it: otherwise sealing an old backup anew would make it the newest state.
 * @throws the errors of `chooseVersion` and `openVersion` */
export async function openChosen(
  versions: readonly VaultVersion[],
  request: RestoreRequest,
  enrolledKeys: EnrolledKeys | undefined,
  tools: OpeningTools,
): Promise<{ version: VaultVersion; manifest: Manifest; tree: Json }> {
  let candidates = versions;
  for (;;) {
    const version = chooseVersion(candidates, request);
    const opened = await openVersion(version, enrolledKeys, tools);
    const { resealed } = opened.manifest;
    if (resealed === null || request.versionId !== undefined) return { version, ...opened };
    const storedAt = new Date(resealed.storedAt);
    candidates = candidates.map((candidate) =>
      candidate.tier === version.tier && candidate.versionId === version.versionId
        ? { ...candidate, storedAt }
        : candidate,
    );
    const again = chooseVersion(candidates, request);
    if (again.versionId === version.versionId && again.tier === version.tier) return { version, ...opened };
  }
}
