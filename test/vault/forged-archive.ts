/** Archives and sealed parts made by hand, by whoever has the keys and breaks the rules. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { KmsKeyringNode } from '@aws-crypto/kms-keyring-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { MANIFEST_FILE, partFile, SIGNATURE_FILE } from '../../functions/vault/format/archive.ts';
import {
  type EncryptionContext,
  encryptionContextOf,
} from '../../functions/vault/format/encryption-context.ts';
import { type Manifest, manifestDigest, type PartName } from '../../functions/vault/format/manifest.ts';
import { encodePart } from '../../functions/vault/format/part.ts';
import { packTar, type TarEntry } from '../../functions/vault/format/tar.ts';
import { partsOf, SAMPLE_FACTS, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

const { encrypt } = buildEncrypt(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
const { encrypt: encryptCommitting } = buildEncrypt();

export const {
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: NOT_COMMITTING,
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: NOT_SIGNED,
} = AlgorithmSuiteIdentifier;
const { ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384: SUITE } = AlgorithmSuiteIdentifier;

/** As the product writes it, if it is a manifest. */
export const textOf = (manifest: object | string): string =>
  typeof manifest === 'string' ? manifest : `${JSON.stringify(manifest, null, 2)}\n`;

/** Files in a tar, without any of the checks that the product makes. */
export const pack = (entries: readonly TarEntry[], time = SAMPLE_FACTS.scheduledTime): Buffer =>
  packTar(entries, new Date(time));

/** An archive of any manifest, signed by the deployment's key, so that no check of who made it stops what comes after. */
export function forge({ signer }: SampleKeys, manifest: object | string, files: readonly TarEntry[]): Buffer {
  const content = Buffer.from(textOf(manifest));
  const signature = { name: SIGNATURE_FILE, content: signer.signNow(content) };
  return pack([{ name: MANIFEST_FILE, content }, signature, ...files]);
}

export const filesOf = (sealed: ReadonlyMap<PartName, Uint8Array>): TarEntry[] =>
  [...sealed].map(([name, content]) => ({ name: partFile(name), content }));

/** Put another sealed part in, and let the manifest say so. */
export function withSealed(
  keys: SampleKeys,
  { manifest, sealed }: ReturnType<typeof partsOf>,
  name: PartName,
  bytes: Uint8Array,
): Buffer {
  const part = manifest.parts.find((candidate) => candidate.name === name);
  if (!part) throw new Error(`no part ${name}`);
  part.sealedBytes = bytes.byteLength;
  part.sealedSha256 = createHash('sha256').update(bytes).digest('hex');
  return forge(keys, manifest, filesOf(new Map(sealed).set(name, bytes)));
}

/** A copy with one byte changed. */
export function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x01;
  return copy;
}

const compressAny = promisify(zstdCompress);

/** One zstd frame with checksum, as any program makes it. */
export const zstdFrame = (content: Uint8Array): Promise<Buffer> =>
  compressAny(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

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

/** An archive that is right in everything but what one part opens to. Its size is announced in the manifest, which every
 * part swears to, so that a liar has to seal all of them again. */
export async function announceContent(
  keys: SampleKeys,
  good: Buffer,
  { name, content, plainBytes }: { name: PartName; content: Uint8Array; plainBytes: number },
): Promise<Buffer> {
  const liar = partsOf(good);
  for (const part of liar.manifest.parts) if (part.name === name) part.plainBytes = plainBytes;
  let bytes: Buffer = good;
  for (const part of liar.manifest.parts) {
    const honest = await encodePart(part.name, Buffer.from(SAMPLE_PARTS[part.name] ?? ''));
    const held = part.name === name ? content : honest.content;
    const sealedAgain = await sealByHand(keys, liar.manifest, part.name, held);
    bytes = withSealed(keys, liar, part.name, sealedAgain);
    liar.sealed.set(part.name, sealedAgain);
  }
  return bytes;
}
