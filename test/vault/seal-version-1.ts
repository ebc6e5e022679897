import { packArchive, sha256Hex } from '../../functions/vault/archive.ts';
import type { BackupFacts, SealedBackup, sealBackup } from '../../functions/vault/backup-archive.ts';
import { encryptionContextOf } from '../../functions/vault/encryption-context.ts';
import { type Manifest, manifestDigest } from '../../functions/vault/manifest.ts';
import { compressPart, sizeOf } from '../../functions/vault/part.ts';
import { readSealHeader, recipientsOf } from '../../functions/vault/sealed-message.ts';

/** Seal a backup as releases did that wrote format version 1, which must open for ever: the product itself only reads it. */
export async function sealBackupVersion1(
  facts: BackupFacts,
  plainParts: Parameters<typeof sealBackup>[1],
  sealer: Parameters<typeof sealBackup>[2],
): Promise<SealedBackup> {
  const compressed = await Promise.all(
    plainParts.map(async ({ name, keyArn, plain }) => ({
      name,
      keyArn,
      plainBytes: plain instanceof Uint8Array ? plain.byteLength : sizeOf(plain),
      frame: await compressPart(plain),
    })),
  );
  const head = {
    format: 'tenant-backup' as const,
    formatVersion: 1 as const,
    ...facts,
    parts: compressed.map(({ name, plainBytes, frame }) => ({
      name,
      plainBytes,
      compressedBytes: frame.byteLength,
    })),
  };
  const { tenant, backupId, formatVersion } = head;
  const manifestSha256 = manifestDigest(head);
  const sealed = await Promise.all(
    compressed.map(async ({ name, keyArn, frame }) => {
      const context = encryptionContextOf({ tenant, backupId, part: name, formatVersion, manifestSha256 });
      return (await sealer.prepare({ keyArn, context })).seal(frame);
    }),
  );
  const manifest: Manifest = {
    ...head,
    parts: head.parts.map((part, index) => {
      const bytes = sealed[index] ?? Buffer.alloc(0);
      return {
        ...part,
        sealedBytes: bytes.byteLength,
        sealedSha256: sha256Hex(bytes),
        recipients: recipientsOf(readSealHeader(bytes)),
      };
    }),
  };
  const sealedParts = new Map(head.parts.map(({ name }, index) => [name, sealed[index] ?? Buffer.alloc(0)]));
  return { manifest, bytes: packArchive({ manifest, sealedParts }) };
}
