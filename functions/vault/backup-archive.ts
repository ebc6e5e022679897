import { TenantBackupError } from '../errors.ts';
import { packArchive, sha256Hex, unpackArchive } from './archive.ts';
import { checkDigestFrame, DIGEST_FRAME_BYTES, writeDigestFrame } from './digest-frame.ts';
import { encryptionContextOf } from './encryption-context.ts';
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
import { describeRecipient, type PreparedMessage, readSealHeader, recipientsOf } from './sealed-message.ts';
import type { Sealer } from './sealer.client.ts';

/** What a backup is, apart from its content: the fields of the manifest that the caller knows. */
export type BackupFacts = Omit<Manifest, 'format' | 'formatVersion' | 'parts'>;

/** The plain bytes of a part. */
export interface PlainPart {
  readonly name: PartName;
  /** Also in pieces that follow each other. */
  readonly plain: Uint8Array | readonly Uint8Array[];
}

/** What a part is sealed under: the ARN of the KMS key, or of an alias of it. */
export interface KeyOfPart {
  readonly name: PartName;
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
export const sealBackup = (
  { tenant, backupId, ...facts }: BackupFacts,
  parts: readonly (PlainPart & KeyOfPart)[],
  sealer: Pick<Sealer, 'prepare'>,
): Promise<SealedBackup> => prepareBackup({ tenant, backupId }, parts, sealer).seal(facts, parts);

/** A backup whose data keys are asked for already, while nothing is known of its content. */
export interface PreparedBackup {
  /** Compress and seal the parts, and pack them into one archive. To be called once, with parts that keys were asked for.
   * @throws as `sealBackup` */
  seal(facts: Omit<BackupFacts, 'tenant' | 'backupId'>, parts: readonly PlainPart[]): Promise<SealedBackup>;
}

/** Ask for the data keys of a backup. That they are not to be had is said by `seal`; without it, nobody needs them.
 * @param keys for every part that the backup may have; those of parts that it has not are dropped */
export function prepareBackup(
  { tenant, backupId }: Pick<BackupFacts, 'tenant' | 'backupId'>,
  keys: readonly KeyOfPart[],
  sealer: Pick<Sealer, 'prepare'>,
): PreparedBackup {
  const prepared = new Map(
    keys.map(({ name, keyArn }) => {
      const identity = { tenant, backupId, part: name, formatVersion: FORMAT_VERSION } as const;
      const message = sealer.prepare({ keyArn, context: encryptionContextOf(identity) });
      message.catch(() => {});
      return [name, message];
    }),
  );
  return {
    seal: (facts, parts) => sealPrepared({ ...facts, tenant, backupId }, parts, prepared),
  };
}

async function sealPrepared(
  facts: BackupFacts,
  parts: readonly PlainPart[],
  prepared: ReadonlyMap<PartName, Promise<PreparedMessage>>,
): Promise<SealedBackup> {
  const compressed = await Promise.all(
    parts.map(async ({ name, plain }) => ({
      name,
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
  const digestFrame = writeDigestFrame(manifestDigest(head));
  const sealed = await Promise.all(
    compressed.map(async ({ name, plainBytes, bytes }) => {
      const message = await prepared.get(name);
      if (!message) throw new TypeError(`no data key was asked for part ${name}`);
      return {
        name,
        plainBytes,
        compressedBytes: bytes.byteLength,
        sealed: await message.seal(Buffer.concat([digestFrame, bytes])),
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
   * @throws CONTEXT_MISMATCH if it swears to be something else, or to belong to another manifest
   * @throws SEAL_BROKEN, KEY_UNAVAILABLE, AWS_UNAVAILABLE see `Opener` */
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
      const { plainBytes, compressedBytes, recipients } = part;
      const recipient = trustedRecipient(part, opener);
      if (plainBytes > expected.maxPartBytes) {
        throw new TenantBackupError(
          'BACKUP_TOO_LARGE',
          `${name} must have at most ${expected.maxPartBytes} bytes, the manifest says ${plainBytes}`,
          { part: name, plainBytes, maxPartBytes: expected.maxPartBytes },
        );
      }
      const { tenant, backupId, formatVersion } = manifest;
      const context = encryptionContextOf({ tenant, backupId, part: name, formatVersion, manifestSha256 });
      const frameBytes = formatVersion === 1 ? 0 : DIGEST_FRAME_BYTES;
      const expectations = { context, recipients, plainBytes: frameBytes + compressedBytes };
      const content = await opener.open(sealed, recipient, expectations);
      const compressed = formatVersion === 1 ? content : checkDigestFrame(content, manifestSha256);
      return decompressPart(compressed, plainBytes);
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
