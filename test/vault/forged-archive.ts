/** Archives and sealed parts made by hand, by whoever has the keys and breaks the rules. */
import { createHash } from 'node:crypto';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { KmsKeyringNode } from '@aws-crypto/kms-keyring-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { MANIFEST_FILE, partFile } from '../../functions/vault/archive.ts';
import { writeDigestFrame } from '../../functions/vault/digest-frame.ts';
import { type EncryptionContext, encryptionContextOf } from '../../functions/vault/encryption-context.ts';
import { type Manifest, manifestDigest, type PartName } from '../../functions/vault/manifest.ts';
import { compressPart } from '../../functions/vault/part.ts';
import { packTar, type TarEntry } from '../../functions/vault/tar.ts';
import { partsOf, SAMPLE_FACTS, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

const { encrypt } = buildEncrypt(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
const { encrypt: encryptCommitting } = buildEncrypt();

export const {
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: NOT_COMMITTING,
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: NOT_SIGNED,
} = AlgorithmSuiteIdentifier;
const { ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384: SUITE } = AlgorithmSuiteIdentifier;

/** Put an archive together without any of the checks that the product makes. */
export function forge(
  manifest: object | string,
  files: readonly TarEntry[],
  time = SAMPLE_FACTS.scheduledTime,
) {
  const text = typeof manifest === 'string' ? manifest : `${JSON.stringify(manifest, null, 2)}\n`;
  return packTar([{ name: MANIFEST_FILE, content: Buffer.from(text) }, ...files], new Date(time));
}

export const filesOf = (sealed: ReadonlyMap<PartName, Uint8Array>): TarEntry[] =>
  [...sealed].map(([name, content]) => ({ name: partFile(name), content }));

/** Put another sealed part in, and let the manifest say so. */
export function withSealed(
  { manifest, sealed }: ReturnType<typeof partsOf>,
  name: PartName,
  bytes: Uint8Array,
): Buffer {
  const part = manifest.parts.find((candidate) => candidate.name === name);
  if (!part) throw new Error(`no part ${name}`);
  part.sealedBytes = bytes.byteLength;
  part.sealedSha256 = createHash('sha256').update(bytes).digest('hex');
  return forge(manifest, filesOf(new Map(sealed).set(name, bytes)));
}

/** A copy with one byte changed. */
export function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x01;
  return copy;
}

/** What is sealed of a part: since version 3 the manifest's digest goes before the compressed bytes. */
export const contentOf = (manifest: Manifest, frame: Uint8Array): Buffer =>
  Buffer.concat([
    manifest.formatVersion === 1 ? Buffer.alloc(0) : writeDigestFrame(manifestDigest(manifest)),
    frame,
  ]);

/** What a part of the manifest has to swear to. */
export const contextOf = (manifest: Manifest, part: PartName): EncryptionContext => {
  const { tenant, backupId, formatVersion } = manifest;
  const manifestSha256 = manifestDigest(manifest);
  return encryptionContextOf({ tenant, backupId, part, formatVersion, manifestSha256 });
};

export interface HandSealOptions {
  readonly suiteId?: number;
  readonly frameLength?: number;
  readonly keyArn?: string;
  readonly context?: EncryptionContext;
}

/** Seal a part by hand: in another suite or frame size, or with content that is not as announced. */
export async function sealByHand(
  keys: SampleKeys,
  manifest: Manifest,
  name: PartName,
  content: Uint8Array,
  options: HandSealOptions = {},
): Promise<Buffer> {
  const { client } = keys.kms;
  const keyring = new KmsKeyringNode({
    generatorKeyId: options.keyArn ?? keys.keyFor(name),
    clientProvider: () => ({
      generateDataKey: (input) => client.send(new GenerateDataKeyCommand(input)) as never,
      encrypt: (input) => client.send(new EncryptCommand(input)) as never,
      decrypt: (input) => client.send(new DecryptCommand(input)) as never,
    }),
  });
  const run = options.suiteId === NOT_COMMITTING ? encrypt : encryptCommitting;
  const { result } = await run(keyring, content, {
    suiteId: options.suiteId ?? SUITE,
    frameLength: options.frameLength ?? 1024 * 1024,
    encryptionContext: options.context ?? contextOf(manifest, name),
  });
  return result;
}

/** An archive that is right in everything but what its first part opens to: what a sealed part holds is announced in the
 * manifest, which every part swears to, so that a liar has to seal all of them anew.
 * @param content of the first part, for the manifest that announces it */
export async function announceContent(
  keys: SampleKeys,
  good: Buffer,
  announced: { readonly plainBytes: number; readonly compressedBytes: number },
  content: (manifest: Manifest) => Uint8Array,
): Promise<Buffer> {
  const liar = partsOf(good);
  const frames = await Promise.all(
    [...liar.sealed.keys()].map((name) => compressPart(Buffer.from(SAMPLE_PARTS[name] ?? ''))),
  );
  liar.manifest.parts.forEach((part, index) => {
    part.compressedBytes = frames[index]?.byteLength ?? 0;
    if (index === 0) Object.assign(part, announced);
  });
  let bytes: Buffer = good;
  for (const [index, { name }] of liar.manifest.parts.entries()) {
    const held =
      index === 0 ? content(liar.manifest) : contentOf(liar.manifest, frames[index] ?? Buffer.alloc(0));
    const sealedAgain = await sealByHand(keys, liar.manifest, name, held);
    bytes = withSealed(liar, name, sealedAgain);
    liar.sealed.set(name, sealedAgain);
  }
  return bytes;
}
