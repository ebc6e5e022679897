import { TenantBackupError } from '../errors.ts';
import { packArchive, sha256Hex, unpackArchive } from './archive.ts';
import { encryptionContextOf, type PartIdentity } from './encryption-context.ts';
import {
  FORMAT_VERSION,
  type Manifest,
  type ManifestHead,
  type ManifestPart,
  manifestDigest,
  type PartName,
  type Recipient,
} from './manifest.ts';
import type { Opener } from './opener.ts';
import { compressPart, decompressPart, sizeOf } from './part.ts';
import { describeRecipient, readSealHeader, recipientsOf } from './sealed-message.ts';
import type { Sealer } from './sealer.client.ts';

/** What a backup is, apart from its content: the fields of the manifest that the caller knows. */
export type BackupFacts = Omit<Manifest, 'format' | 'formatVersion' | 'parts'>;

/** The plain bytes of a part, and the ARN of the KMS key, or of an alias of it, to seal them under. */
export interface PlainPart {
  readonly name: PartName;
  /** Also in pieces that follow each other. */
  readonly plain: Uint8Array | readonly Uint8Array[];
  readonly keyArn: string;
}

/** A backup as bytes, and its public page. */
export interface SealedBackup {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
}

/** Compress and seal each part under its own key, and pack them into one archive.
 * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Sealer`
 * @throws MANIFEST_MALFORMED if the facts are not such that the backup could be opened again
 * @see openBackup: `openBackup(sealBackup(facts, parts))` gives back the same parts */
export async function sealBackup(
  facts: BackupFacts,
  parts: readonly PlainPart[],
  sealer: Pick<Sealer, 'prepare'>,
): Promise<SealedBackup> {
  const compressed = await Promise.all(
    parts.map(async ({ name, plain, keyArn }) => ({
      name,
      keyArn,
      plainBytes: plain instanceof Uint8Array ? plain.byteLength : sizeOf(plain),
      bytes: await compressPart(plain),
    })),
  );
  const head: ManifestHead = {
    format: 'tenant-backup',
    formatVersion: FORMAT_VERSION,
    ...facts,
    parts: compressed.map(({ name, plainBytes, bytes }) => ({
      name,
      plainBytes,
      compressedBytes: bytes.byteLength,
    })),
  };
  const manifestSha256 = manifestDigest(head);
  const sealed = await Promise.all(
    compressed.map(async ({ name, keyArn, plainBytes, bytes }) => {
      const context = encryptionContextOf(identityOf(head, name, manifestSha256));
      const prepared = await sealer.prepare({ keyArn, context });
      return {
        name,
        plainBytes,
        compressedBytes: bytes.byteLength,
        sealed: await prepared.seal(bytes),
      };
    }),
  );
  const manifest: Manifest = {
    ...head,
    parts: sealed.map(({ sealed: bytes, ...part }) => ({
      ...part,
      sealedBytes: bytes.byteLength,
      sealedSha256: sha256Hex(bytes),
      // As the seal itself says: an alias that was asked for may not name the key for long.
      recipients: recipientsOf(readSealHeader(bytes)),
    })),
  };
  const sealedParts = new Map(sealed.map(({ name, sealed: bytes }) => [name, bytes]));
  return { manifest, bytes: packArchive({ manifest, sealedParts }) };
}

/** An archive whose outside has been checked; each part is opened, and checked, on request. */
export interface OpenedBackup {
  readonly manifest: Manifest;
  /** @returns the plain bytes of the part
   * @throws PART_MALFORMED if the backup has no such part, or its bytes are not as announced
   * @throws BACKUP_TOO_LARGE if the part is announced to be larger than expected
   * @throws KEY_MISMATCH if it is sealed for nobody that the opener trusts, or for others than the manifest says
   * @throws CONTEXT_MISMATCH, SEAL_BROKEN, KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Opener` */
  open(name: PartName): Promise<Buffer>;
}

/** What the caller knows, and the archive must agree with. */
export interface OpenExpectations {
  /** Whose backup this must be; `undefined` only where nobody can know: with an archive found on a disk. */
  readonly tenant: string | undefined;
  /** Largest part that is opened, in bytes before compression. */
  readonly maxPartBytes: number;
}

/** Check an archive and make its parts ready to open.
 * @throws ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED, DIGEST_MISMATCH see `unpackArchive`
 * @throws CONTEXT_MISMATCH if it is another tenant's archive */
export function openBackup(bytes: Uint8Array, expected: OpenExpectations, opener: Opener): OpenedBackup {
  const { manifest, sealedParts } = unpackArchive(bytes);
  if (expected.tenant !== undefined && manifest.tenant !== expected.tenant) {
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
      if (!part || !sealed) {
        throw new TenantBackupError('PART_MALFORMED', `backup has no part ${name}`, { part: name });
      }
      const { plainBytes, compressedBytes: sealedPlainBytes, recipients } = part;
      const recipient = trustedRecipient(part, opener);
      if (plainBytes > expected.maxPartBytes) {
        throw new TenantBackupError(
          'BACKUP_TOO_LARGE',
          `${name} must have at most ${expected.maxPartBytes} bytes, the manifest says ${plainBytes}`,
          { part: name, plainBytes, maxPartBytes: expected.maxPartBytes },
        );
      }
      const context = encryptionContextOf(identityOf(manifest, name, manifestSha256));
      const expectations = { context, recipients, plainBytes: sealedPlainBytes };
      return decompressPart(await opener.open(sealed, recipient, expectations), plainBytes);
    },
  };
}

/** @throws KEY_MISMATCH */
function trustedRecipient({ name, recipients }: ManifestPart, opener: Opener): Recipient {
  const trusted = recipients.find((recipient) => opener.canOpenFor(recipient, name));
  if (trusted) return trusted;
  const actual = recipients.map(describeRecipient);
  throw new TenantBackupError(
    'KEY_MISMATCH',
    `${name} must be sealed for ${opener.name}, the manifest says ${actual.join(', ')}`,
    { part: name, recipients: actual },
  );
}

const identityOf = (
  { tenant, backupId, formatVersion }: ManifestHead | Manifest,
  part: PartName,
  manifestSha256: string,
): PartIdentity => ({ tenant, backupId, part, formatVersion, manifestSha256 });
