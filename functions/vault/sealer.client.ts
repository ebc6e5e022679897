import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import type { AwsEsdkKMSInterface } from '@aws-crypto/kms-keyring';
import { KmsKeyringNode } from '@aws-crypto/kms-keyring-node';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  NodeAlgorithmSuite,
} from '@aws-crypto/material-management-node';
import { deserializeFactory, type MessageHeader } from '@aws-crypto/serialize';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import { checkEncryptionContext, type EncryptionContext } from './encryption-context.ts';

/** Seals and opens parts. Sealing needs `kms:GenerateDataKey` alone, opening `kms:Decrypt` alone. */
export interface Sealer {
  /** @param keyArn full ARN of the KMS key that will be able to open the part
   * @throws KEY_UNAVAILABLE if KMS refuses the key */
  seal(plain: Uint8Array, options: { keyArn: string; context: EncryptionContext }): Promise<Buffer>;
  /** Open a sealed part, or say which check failed.
   * @param keyArn the key that the part must have been sealed under
   * @param context what the part must swear to be; required, so that no caller can forget to check
   * @param maxBytes refuse to open to more than this
   * @throws SEAL_BROKEN, CONTEXT_MISMATCH, KEY_MISMATCH, KEY_UNAVAILABLE */
  open(
    sealed: Uint8Array,
    options: { keyArn: string; context: EncryptionContext; maxBytes: number },
  ): Promise<Buffer>;
}

/** Authenticated, key-committing and signed: the strongest suite of the message format, and the only one accepted.
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/supported-algorithms.html */
const SUITE = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384;

/** Large frames: the default of 4 KiB spends most of its time between frames. */
const FRAME_BYTES = 1024 * 1024;

/** How a part may have been sealed: one KMS key and, at most, a few further recipients. */
const MAX_RECIPIENTS = 5;

const { encrypt } = buildEncrypt({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: MAX_RECIPIENTS,
});
const { decrypt } = buildDecrypt({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: MAX_RECIPIENTS,
});
const { deserializeMessageHeader } = deserializeFactory(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  NodeAlgorithmSuite,
);

/** Read what a sealed part says of itself, without opening it. Nothing of it is verified yet.
 * @throws SEAL_BROKEN if the bytes are not a message of the AWS Encryption SDK in a supported suite
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html */
export function readSealHeader(sealed: Uint8Array): MessageHeader {
  let info: ReturnType<typeof deserializeMessageHeader>;
  try {
    info = deserializeMessageHeader(sealed, { maxEncryptedDataKeys: MAX_RECIPIENTS });
  } catch (cause) {
    throw new TenantBackupError('SEAL_BROKEN', 'sealed part must start with a message header', {}, { cause });
  }
  if (!info) throw new TenantBackupError('SEAL_BROKEN', 'sealed part ends inside its message header');
  return info.messageHeader;
}

/** A sealer whose recipients are KMS keys.
 * @param kms client of the region that the keys live in */
export function createSealer(kms: KMSClient): Sealer {
  return {
    async seal(plain, { keyArn, context }) {
      const calls = kmsCalls(kms);
      const keyring = new KmsKeyringNode({ generatorKeyId: keyArn, clientProvider: () => calls.provider });
      try {
        const { result } = await encrypt(keyring, plain, {
          suiteId: SUITE,
          encryptionContext: context,
          frameLength: FRAME_BYTES,
          plaintextLength: plain.byteLength,
        });
        return result;
      } catch (cause) {
        throw calls.refusal(keyArn) ?? cause;
      }
    },

    async open(sealed, { keyArn, context, maxBytes }) {
      const header = readSealHeader(sealed);
      if (header.suiteId !== SUITE) {
        throw new TenantBackupError(
          'SEAL_BROKEN',
          `sealed part must use suite 0x${SUITE.toString(16)}, got 0x${Number(header.suiteId).toString(16)}`,
        );
      }
      checkEncryptionContext(header.encryptionContext, context);
      const keys = header.encryptedDataKeys.map((key) => key.providerInfo);
      if (!keys.includes(keyArn)) {
        throw new TenantBackupError(
          'KEY_MISMATCH',
          `part must be sealed under ${keyArn}, got ${keys.join(', ')}`,
          {
            keyArn,
          },
        );
      }
      const calls = kmsCalls(kms);
      const keyring = new KmsKeyringNode({ keyIds: [keyArn], clientProvider: () => calls.provider });
      try {
        const { plaintext } = await decrypt(keyring, sealed, {
          maxBodySize: Math.max(maxBytes, FRAME_BYTES),
        });
        if (plaintext.byteLength > maxBytes) {
          throw new TenantBackupError(
            'SEAL_BROKEN',
            `part must open to at most ${maxBytes} bytes, got ${plaintext.byteLength}`,
          );
        }
        return plaintext;
      } catch (cause) {
        if (isTenantBackupError(cause)) throw cause;
        throw (
          calls.refusal(keyArn) ??
          new TenantBackupError(
            'SEAL_BROKEN',
            'sealed part fails its signature, key commitment or authentication tag',
            {},
            { cause },
          )
        );
      }
    },
  };
}

/** Errors of KMS that no repetition cures: the key or the permission has to change. */
const KEY_REFUSALS = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/** KMS as the Encryption SDK calls it, keeping the last error: the SDK itself folds it into a text with stack traces.
 * KMS refuses altered data keys and contexts by `InvalidCiphertextException`: that is a broken seal, not a bad key. */
function kmsCalls(kms: KMSClient) {
  let lastError: unknown;
  const keep = async <T>(call: Promise<unknown>): Promise<T> => {
    try {
      return (await call) as T;
    } catch (error) {
      lastError = error;
      throw error;
    }
  };
  const provider: AwsEsdkKMSInterface = {
    generateDataKey: (input) => keep(kms.send(new GenerateDataKeyCommand(input))),
    encrypt: (input) => keep(kms.send(new EncryptCommand(input))),
    decrypt: (input) => keep(kms.send(new DecryptCommand(input))),
  };
  return {
    provider,
    refusal(keyArn: string): TenantBackupError | undefined {
      if (!(lastError instanceof Error) || lastError.name === 'InvalidCiphertextException') return undefined;
      const facts = { keyArn, reason: lastError.name };
      const options = { cause: lastError };
      return KEY_REFUSALS.has(lastError.name)
        ? new TenantBackupError(
            'KEY_UNAVAILABLE',
            `key ${keyArn} cannot be used: ${lastError.name}`,
            facts,
            options,
          )
        : new TenantBackupError(
            'AWS_UNAVAILABLE',
            `KMS did not answer for ${keyArn}: ${lastError.name}`,
            facts,
            options,
          );
    },
  };
}
