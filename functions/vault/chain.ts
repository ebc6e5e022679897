/** Audits the chain of backups. Each manifest names the version before it, so that a removed version leaves its name
 * behind. A version that was removed before it had a successor leaves none: docs/FORMAT.md describes what else shows
 * that. */
import type { Manifest } from './format/manifest.ts';
import type { VaultVersion } from './storage/vault.client.ts';

/** A version in the vault, and the manifest of its archive; null if it could not be read. */
export interface ChainVersion {
  readonly version: Pick<VaultVersion, 'tier' | 'versionId' | 'etag' | 'storedAt'>;
  readonly manifest: Pick<Manifest, 'tier' | 'previous'> | null;
}

/** The state of the version that a manifest names.
 *
 * - `first`: the manifest names none
 * - `whole`: the version exists, and is directly before this one
 * - `skipped`: the version exists, but others are between: two backups were made at once, or one was inserted
 * - `replaced`: a version with that id exists, with other content
 * - `expired`: the version is gone, as its retention permits
 * - `missing`: the version is gone too early
 * - `elsewhere`: a copy from another tier; its link belongs to the chain of that tier
 * - `unknown`: the manifest could not be read */
export type LinkState =
  | 'first'
  | 'whole'
  | 'skipped'
  | 'replaced'
  | 'expired'
  | 'missing'
  | 'elsewhere'
  | 'unknown';

export interface ChainLink {
  readonly versionId: string;
  readonly state: LinkState;
  /** The version that it names, if its state is not as it should be. */
  readonly previous?: { readonly versionId: string; readonly etag: string };
}

export interface ChainAudit {
  /** One link for each version, newest first. */
  readonly links: readonly ChainLink[];
  /** Versions that are gone too early, or have other content; each once. */
  readonly missing: readonly { readonly versionId: string; readonly namedBy: string }[];
}

/** Audits the chain of one archive key.
 * @param versions all versions of the key, as S3 lists them, in any order
 * @param mayBeRemoved whether S3's lifecycle may have removed a version that became noncurrent when `successor` was
 * stored. `newerVersions` is the number of newer versions that are kept; `noncurrentSince` is the start of its
 * retention */
export function auditChain(
  versions: readonly ChainVersion[],
  mayBeRemoved: (gone: { noncurrentSince: Date; newerVersions: number }) => boolean,
): ChainAudit {
  const newestFirst = versions.toSorted(
    (a, b) => b.version.storedAt.getTime() - a.version.storedAt.getTime(),
  );
  const positions = new Map(newestFirst.map(({ version }, index) => [version.versionId, index]));
  const links = newestFirst.map((entry, index): ChainLink => {
    const { version, manifest } = entry;
    const { versionId } = version;
    if (manifest === null) return { versionId, state: 'unknown' };
    if (manifest.tier !== version.tier) return { versionId, state: 'elsewhere' };
    const { previous } = manifest;
    if (previous === null) return { versionId, state: 'first' };
    const position = positions.get(previous.versionId);
    if (position === undefined) {
      const removed = mayBeRemoved({ noncurrentSince: version.storedAt, newerVersions: index + 1 });
      return { versionId, state: removed ? 'expired' : 'missing', previous };
    }
    if (newestFirst[position]?.version.etag !== previous.etag) {
      return { versionId, state: 'replaced', previous };
    }
    return position === index + 1 ? { versionId, state: 'whole' } : { versionId, state: 'skipped', previous };
  });
  const missing = new Map<string, string>();
  for (const { versionId, state, previous } of links) {
    if (previous && (state === 'missing' || state === 'replaced') && !missing.has(previous.versionId)) {
      missing.set(previous.versionId, versionId);
    }
  }
  return { links, missing: [...missing].map(([versionId, namedBy]) => ({ versionId, namedBy })) };
}
