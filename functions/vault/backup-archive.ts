import { TenantBackupError } from '../errors.ts';
import { packArchive, sha256Hex, verifyArchive } from './format/archive.ts';
import { type EncryptionContext, encryptionContextOf } from './format/encryption-context.ts';
import {
  FORMAT_VERSION,
  type Manifest,
  type ManifestHead,
  type ManifestPart,
  manifestDigest,
  type PartName,
  type Recipient,
  serializeManifest,
} from './format/manifest.ts';
import type { Opener } from './format/opener.ts';
import { decodePart, encodePart } from './format/part.ts';
import { describeRecipient, readSealHeader, recipientsOf } from './format/sealed-message.ts';
import { requireSignature, type TrustedSigners, trustSigners } from './format/signature.ts';
import type { Sealer } from './keys/sealer.client.ts';
import type { Signer } from './keys/signer.client.ts';

/** The fields of a manifest that the caller knows: what a backup is, apart from its content. */
export type BackupFacts = Omit<Manifest, 'format' | 'formatVersion' | 'signedBy' | 'parts'>;

/** A part before it is sealed. */
export interface PlainPart {
  readonly name: PartName;
  /** Its bytes, or consecutive pieces of them. */
  readonly plain: Uint8Array | readonly Uint8Array[];
  /** ARN of the KMS key that seals it, or of an alias of the key. */
  readonly keyArn: string;
}

/** A backup as bytes, and its manifest. */
export interface SealedBackup {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
}

/** Tools that make an archive. */
export interface SealingTools {
  readonly sealer: Pick<Sealer, 'seal'>;
  readonly signer: Signer;
}

/** Seals each part under its own key, signs the manifest, and packs everything into one archive.
 * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Sealer` and `Signer`
 * @throws MANIFEST_MALFORMED if the facts do not make a valid manifest
 * @see openBackup: `openBackup(sealBackup(facts, parts))` gives back the same parts, credentials with their padding */
export async function sealBackup(
  facts: BackupFacts,
  parts: readonly PlainPart[],
  { sealer, signer }: SealingTools,
): Promise<SealedBackup> {
  const signingKey = await signer.publicKey();
  const encoded = await Promise.all(
    parts.map(async ({ name, keyArn, plain }) => ({ name, keyArn, ...(await encodePart(name, plain)) })),
  );
  const head: ManifestHead = {
    format: 'tenant-backup',
    formatVersion: FORMAT_VERSION,
    ...facts,
    signedBy: signingKey.fingerprint,
    parts: encoded.map(({ name, plainBytes }) => ({ name, plainBytes })),
  };
  const sealed = await Promise.all(
    encoded.map(async ({ name, keyArn, plainBytes, content }) => ({
      name,
      plainBytes,
      bytes: await sealer.seal(content, { keyArn, context: contextOf(head, name) }),
    })),
  );
  const manifest: Manifest = {
    ...head,
    parts: sealed.map(({ bytes, ...part }) => ({
      ...part,
      sealedBytes: bytes.byteLength,
      sealedSha256: sha256Hex(bytes),
      // The ARN in the sealed part: an alias may name another key later.
      recipients: recipientsOf(readSealHeader(bytes)),
    })),
  };
  const signature = await signer.sign(serializeManifest(manifest));
  await requireSignature({ manifest, signature }, trustSigners([signingKey]));
  const sealedParts = new Map(sealed.map(({ name, bytes }) => [name, bytes]));
  return { manifest, bytes: packArchive({ manifest, signature, sealedParts }) };
}

const contextOf = (manifest: ManifestHead | Manifest, part: PartName): EncryptionContext => {
  const { tenant, backupId, formatVersion } = manifest;
  return encryptionContextOf({
    tenant,
    backupId,
    part,
    formatVersion,
    manifestSha256: manifestDigest(manifest),
  });
};

/** An archive that was verified from outside. Each part is opened and verified on request. */
export interface OpenedBackup {
  readonly manifest: Manifest;
  /** Opens a part.
   * @returns its plain bytes
   * @throws PART_MALFORMED if the backup has no such part, or its bytes do not match the manifest
   * @throws BACKUP_TOO_LARGE if the manifest announces a larger part than expected
   * @throws KEY_MISMATCH if the opener trusts none of its recipients, or they differ from those in the manifest
   * @throws CONTEXT_MISMATCH if its encryption context names another part or another manifest
   * @throws SEAL_BROKEN, KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Opener` */
  open(name: PartName): Promise<Buffer>;
}

/** Facts that the caller knows, and that the archive must match. */
export interface OpenExpectations {
  /** Tenant of the backup; `undefined` only if the caller cannot know it, as for an archive found on a disk. */
  readonly tenant: string | undefined;
  /** The trusted signers. Null only if there is no public key: then nothing proves who made the archive. */
  readonly signers: TrustedSigners | null;
  /** Largest part that is opened, in bytes before compression. */
  readonly maxPartBytes: number;
}

/** Verifies an archive and makes its parts ready to open.
 * @throws the errors of `verifyArchive`
 * @throws CONTEXT_MISMATCH if it is an archive of another tenant */
export async function openBackup(
  bytes: Uint8Array,
  expected: OpenExpectations,
  opener: Opener,
): Promise<OpenedBackup> {
  const { manifest, sealedParts } = await verifyArchive(bytes, expected.signers);
  if (expected.tenant !== undefined && manifest.tenant !== expected.tenant) {
    throw new TenantBackupError(
      'CONTEXT_MISMATCH',
      `tenant must be "${expected.tenant}", the manifest says "${manifest.tenant}"`,
      { field: 'tenant' },
    );
  }
  return {
    manifest,
    async open(name) {
      const part = manifest.parts.find((candidate) => candidate.name === name);
      const sealed = sealedParts.get(name);
      if (!part || !sealed) {
        throw new TenantBackupError('PART_MALFORMED', `backup has no part ${name}`, { part: name });
      }
      const { plainBytes, recipients } = part;
      const recipient = trustedRecipient(part, opener);
      if (plainBytes > expected.maxPartBytes) {
        throw new TenantBackupError(
          'BACKUP_TOO_LARGE',
          `${name} must have at most ${expected.maxPartBytes} bytes, the manifest says ${plainBytes}`,
          { part: name, plainBytes, maxPartBytes: expected.maxPartBytes },
        );
      }
      const content = await opener.open(sealed, recipient, {
        context: contextOf(manifest, name),
        recipients,
      });
      return decodePart(name, content, plainBytes);
    },
  };
}

/** Finds the recipient of a part that the opener can open.
 * @throws KEY_MISMATCH */
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
