import { TenantBackupError } from '../errors.ts';
import { type Archive, packArchive, sha256Hex, unpackArchive } from './archive.ts';
import { encryptionContextOf, type PartIdentity } from './encryption-context.ts';
import {
  FORMAT_VERSION,
  type Manifest,
  type ManifestHead,
  manifestDigest,
  type PartName,
} from './manifest.ts';
import { compressPart, decompressPart } from './part.ts';
import { readSealHeader, type Sealer } from './sealer.client.ts';

/** What a backup is, apart from its content: the fields of the manifest that the caller knows. */
export type BackupFacts = Omit<Manifest, 'format' | 'formatVersion' | 'parts'>;

/** The plain bytes of a part, and the ARN of the KMS key, or of an alias of it, to seal them under. */
export interface PlainPart {
  readonly name: PartName;
  readonly plain: Uint8Array;
  readonly keyArn: string;
}

/** A backup as bytes, and its public page. */
export interface SealedBackup {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
}

/** Compress and seal each part under its own key, and pack them into one archive.
 * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Sealer`
 * @see openBackup: `openBackup(sealBackup(facts, parts))` gives back the same parts */
export async function sealBackup(
  facts: BackupFacts,
  parts: readonly PlainPart[],
  sealer: Sealer,
): Promise<SealedBackup> {
  const compressed = await Promise.all(parts.map((part) => compressPart(part.plain)));
  const head: ManifestHead = {
    format: 'tenant-backup',
    formatVersion: FORMAT_VERSION,
    ...facts,
    parts: parts.map(({ name, plain }, index) => ({
      name,
      plainBytes: plain.byteLength,
      compressedBytes: compressed[index]?.byteLength ?? 0,
    })),
  };
  const manifestSha256 = manifestDigest(head);
  const sealed = await Promise.all(
    parts.map(({ name, keyArn }, index) =>
      sealer.seal(compressed[index] ?? new Uint8Array(), {
        keyArn,
        context: encryptionContextOf(identityOf(head, name, manifestSha256)),
      }),
    ),
  );
  const manifest: Manifest = {
    ...head,
    parts: head.parts.map((part, index) => {
      const bytes = sealed[index] ?? new Uint8Array();
      return {
        ...part,
        sealedBytes: bytes.byteLength,
        sealedSha256: sha256Hex(bytes),
        // The key's own ARN, which an alias that was asked for may not name for long.
        keyArn: sealingKeyOf(bytes),
      };
    }),
  };
  const sealedParts = new Map(head.parts.map(({ name }, index) => [name, sealed[index] ?? new Uint8Array()]));
  return { manifest, bytes: await packArchive({ manifest, sealedParts }) };
}

/** The KMS key that a sealed part says it can be opened with. */
function sealingKeyOf(sealed: Uint8Array): string {
  const key = readSealHeader(sealed).encryptedDataKeys.find(({ providerId }) => providerId === 'aws-kms');
  if (!key) throw new TypeError('a part is always sealed under a KMS key');
  return key.providerInfo;
}

/** An archive whose outside has been checked; each part is opened, and checked, on request. */
export interface OpenedBackup {
  readonly manifest: Manifest;
  /** @returns the plain bytes of the part
   * @throws PART_MALFORMED if the backup has no such part, or its bytes are not as announced
   * @throws CONTEXT_MISMATCH, KEY_MISMATCH, SEAL_BROKEN, KEY_UNAVAILABLE see `Sealer` */
  open(name: PartName): Promise<Buffer>;
}

/** What the opener knows, and the archive must agree with. */
export interface OpenExpectations {
  /** Whose backup this must be. */
  readonly tenant: string;
  /** The keys that may have sealed a part; an archive cannot bring its own. */
  readonly trustedKeyArns: readonly string[];
  /** Largest part that is opened, in bytes before compression. */
  readonly maxPartBytes: number;
}

/** Check an archive and make its parts ready to open.
 * @throws ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED, DIGEST_MISMATCH see `unpackArchive`
 * @throws CONTEXT_MISMATCH if it is another tenant's archive
 * @throws KEY_MISMATCH if a part names a key that is not trusted */
export async function openBackup(
  bytes: Uint8Array,
  expected: OpenExpectations,
  sealer: Sealer,
): Promise<OpenedBackup> {
  const { manifest, sealedParts }: Archive = await unpackArchive(bytes);
  if (manifest.tenant !== expected.tenant) {
    throw new TenantBackupError(
      'CONTEXT_MISMATCH',
      `tenant must be "${expected.tenant}", the manifest says "${manifest.tenant}"`,
      { field: 'tenant' },
    );
  }
  const manifestSha256 = manifestDigest(manifest);
  return {
    manifest,
    async open(name) {
      const part = manifest.parts.find((candidate) => candidate.name === name);
      const sealed = sealedParts.get(name);
      if (!part || !sealed)
        throw new TenantBackupError('PART_MALFORMED', `backup has no part ${name}`, { part: name });
      if (!expected.trustedKeyArns.includes(part.keyArn)) {
        throw new TenantBackupError(
          'KEY_MISMATCH',
          `${name} must be sealed under one of ${expected.trustedKeyArns.join(', ')}, the manifest says ${part.keyArn}`,
          { part: name, keyArn: part.keyArn },
        );
      }
      if (part.plainBytes > expected.maxPartBytes) {
        throw new TenantBackupError(
          'PART_MALFORMED',
          `${name} must have at most ${expected.maxPartBytes} bytes, the manifest says ${part.plainBytes}`,
          { part: name },
        );
      }
      const compressed = await sealer.open(sealed, {
        keyArn: part.keyArn,
        context: encryptionContextOf(identityOf(manifest, name, manifestSha256)),
        maxBytes: part.compressedBytes,
      });
      return decompressPart(compressed, part.plainBytes);
    },
  };
}

const identityOf = (
  { tenant, backupId, formatVersion }: ManifestHead | Manifest,
  part: PartName,
  manifestSha256: string,
): PartIdentity => ({ tenant, backupId, part, formatVersion, manifestSha256 });
