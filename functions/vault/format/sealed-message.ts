/** Seals and opens parts as messages of the AWS Encryption SDK. All encryption and decryption of this product is
 * here.
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html */
import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  type KeyringNode,
  NodeAlgorithmSuite,
} from '@aws-crypto/material-management-node';
import { deserializeFactory, type MessageHeader } from '@aws-crypto/serialize';
import { TenantBackupError } from '../../errors.ts';
import { checkEncryptionContext, type EncryptionContext } from './encryption-context.ts';
import { MAX_RECIPIENTS, type Recipient } from './manifest.ts';

/** Authenticated, key-committing and signed: the strongest suite of the message format, and the only accepted one.
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/supported-algorithms.html */
export const SUITE = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384;

/** Large frames: with the default of 4 KiB, most time passes between frames. */
export const FRAME_BYTES = 1024 * 1024;

/** Provider ids of the encrypted data keys, which tell how a recipient gets the data key. */
const KMS_PROVIDER = 'aws-kms';
export const ESCROW_PROVIDER = 'tenant-backup-escrow';

const POLICY = {
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: MAX_RECIPIENTS,
};
const { encrypt } = buildEncrypt(POLICY);
const { decrypt } = buildDecrypt(POLICY);
const { deserializeMessageHeader } = deserializeFactory(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  NodeAlgorithmSuite,
);

/** Seals a part for all recipients of a keyring, under a data key of its own, bound to its context. */
export async function sealMessage(
  keyring: KeyringNode,
  plain: Uint8Array,
  context: EncryptionContext,
): Promise<Buffer> {
  const { result } = await encrypt(keyring, plain, {
    suiteId: SUITE,
    frameLength: FRAME_BYTES,
    plaintextLength: plain.byteLength,
    encryptionContext: context,
  });
  return result;
}

/** Expectations for `openMessage`. All are required, so that no caller can forget a check. */
export interface MessageExpectations {
  /** The expected encryption context. */
  readonly context: EncryptionContext;
  /** The exact recipients, in this order. */
  readonly recipients: readonly Recipient[];
}

/** Opens a sealed part, or reports the check that failed.
 * @throws SEAL_BROKEN if it is not a message in the one suite and frame size, or fails its key commitment,
 * authentication or signature. Also if the keyring cannot unwrap the data key, for which callers may know a better
 * reason
 * @throws CONTEXT_MISMATCH if its encryption context differs
 * @throws KEY_MISMATCH if it has other recipients */
export async function openMessage(
  keyring: KeyringNode,
  sealed: Uint8Array,
  { context, recipients }: MessageExpectations,
): Promise<Buffer> {
  const header = readSealHeader(sealed);
  checkEncryptionContext(header.encryptionContext, context);
  requireRecipients(recipientsOf(header), recipients);
  try {
    const { plaintext } = await decrypt(keyring, sealed, { maxBodySize: FRAME_BYTES });
    return plaintext;
  } catch (cause) {
    throw broken('sealed part fails its signature, key commitment or authentication tag', cause);
  }
}

/** Reads the header of a sealed part without opening it. Nothing in it is verified yet.
 * @throws SEAL_BROKEN if the bytes are not a message of the AWS Encryption SDK in the one suite and frame size */
export function readSealHeader(sealed: Uint8Array): MessageHeader {
  let info: ReturnType<typeof deserializeMessageHeader>;
  try {
    info = deserializeMessageHeader(sealed, { maxEncryptedDataKeys: MAX_RECIPIENTS });
  } catch (cause) {
    throw broken('sealed part must start with a message header', cause);
  }
  if (!info) throw broken('sealed part ends inside its message header');
  const { suiteId, frameLength } = info.messageHeader;
  if (suiteId !== SUITE) {
    throw broken(
      `sealed part must use suite 0x${SUITE.toString(16).padStart(4, '0')}, got 0x${Number(suiteId).toString(16).padStart(4, '0')}`,
    );
  }
  if (frameLength !== FRAME_BYTES) {
    throw broken(`sealed part must have frames of ${FRAME_BYTES} bytes, got ${frameLength}`);
  }
  return info.messageHeader;
}

/** Lists the recipients that a sealed part names.
 * @throws SEAL_BROKEN if this format does not have such a recipient */
export const recipientsOf = (header: MessageHeader): Recipient[] =>
  header.encryptedDataKeys.map(({ providerId, providerInfo }): Recipient => {
    if (providerId === KMS_PROVIDER) return { type: 'kms', keyArn: providerInfo };
    if (providerId === ESCROW_PROVIDER) return { type: 'escrow', fingerprint: providerInfo };
    throw broken(
      `recipients must be ${KMS_PROVIDER} or ${ESCROW_PROVIDER}, got "${providerId.slice(0, 80)}"`,
    );
  });

export const describeRecipient = (recipient: Recipient): string =>
  recipient.type === 'kms' ? recipient.keyArn : `escrow key ${recipient.fingerprint}`;

function requireRecipients(actual: readonly Recipient[], expected: readonly Recipient[]): void {
  const describe = (recipients: readonly Recipient[]) => recipients.map(describeRecipient).join(', ');
  if (describe(actual) === describe(expected)) return;
  throw new TenantBackupError(
    'KEY_MISMATCH',
    `part must be sealed for ${describe(expected)}, got ${describe(actual)}`,
    { expected: expected.map(describeRecipient), actual: actual.map(describeRecipient) },
  );
}

const broken = (message: string, cause?: unknown) =>
  new TenantBackupError('SEAL_BROKEN', message, {}, { cause });
