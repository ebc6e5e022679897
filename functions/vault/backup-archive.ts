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

/** What a backup is, apart from its content: the fields of the manifest that the caller knows. */
export type BackupFacts = Omit<Manifest, 'format' | 'formatVersion' | 'signedBy' | 'parts'>;

/** A part that is to be sealed. */
export interface PlainPart {
  readonly name: PartName;
  /** Its bytes, also in pieces that follow each other. */
  readonly plain: Uint8Array | readonly Uint8Array[];
  /** ARN of the KMS key that it is sealed under, or of an alias of it. */
  readonly keyArn: string;
}

/** A backup as bytes, and its public page. */
export interface SealedBackup {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
}

/** What makes archives. */
export interface SealingTools {
  readonly sealer: Pick<Sealer, 'seal'>;
  readonly signer: Signer;
}

/** Seals each part under its own key, sign what they are, and pack all of it into one archive.
 * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Sealer` and `Signer`
 * @throws MANIFEST_MALFORMED if the facts are not such that the backup could be opened again
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
      // As the seal itself says: an alias that was asked for may not name the key for long.
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

/** An archive whose outside has been checked; each part is opened, and checked, on request. */
export interface OpenedBackup {
  readonly manifest: Manifest;
  /** @returns the plain bytes of the part
   * @throws PART_MALFORMED if the backup has no such part, or its bytes are not as announced
   * @throws BACKUP_TOO_LARGE if the part is announced to be larger than expected
   * @throws KEY_MISMATCH if it is sealed for nobody that the opener trusts, or for others than the manifest says
   * @throws CONTEXT_MISMATCH if it swears to be something else, or to belong to another manifest
   * @throws SEAL_BROKEN, KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Opener` */
  open(name: PartName): Promise<Buffer>;
}

/** What the caller knows, and the archive must agree with. */
export interface OpenExpectations {
  /** Whose backup this must be; `undefined` only where nobody can know: with an archive found on a disk. */
  readonly tenant: string | undefined;
  /** Who may have signed it; null only where no public key is at hand: then nothing proves who made it. */
  readonly signers: TrustedSigners | null;
  /** Largest part that is opened, in bytes before compression. */
  readonly maxPartBytes: number;
}

/** Checks an archive and make its parts ready to open.
 * @throws the errors of `verifyArchive`
 * @throws CONTEXT_MISMATCH if it is another tenant's archive */
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
