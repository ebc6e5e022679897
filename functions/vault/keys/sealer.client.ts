import { KmsKeyringNode, type KmsNodeClientSupplier } from '@aws-crypto/kms-keyring-node';
import { MultiKeyringNode } from '@aws-crypto/material-management-node';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { TenantBackupError } from '../../errors.ts';
import type { EscrowPublicKey } from '../../escrow-key.ts';
import { KEY_PURPOSES } from '../../runtime/names.ts';
import type { EncryptionContext } from '../format/encryption-context.ts';
import { purposeOf, type TrustedKeys } from '../format/key-purpose.ts';
import type { Opener } from '../format/opener.ts';
import { openMessage, sealMessage } from '../format/sealed-message.ts';
import { escrowKeyring } from './escrow.ts';
import { keyRefusal } from './key-refusal.ts';

export { readSealHeader } from '../format/sealed-message.ts';

/** Seals and opens parts. Sealing needs only `kms:GenerateDataKey`, opening only `kms:Decrypt`. */
export interface Sealer {
  /** Fingerprint of the escrow key that is a recipient of every part; null without one. */
  readonly escrow: string | null;
  /** Seals one part under a new data key.
   * @param options.keyArn full ARN of the KMS key that can open the part, or of an alias of the key
   * @param options.context encryption context of the part
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE if KMS refuses the key, or does not answer */
  seal(
    plain: Uint8Array,
    options: { readonly keyArn: string; readonly context: EncryptionContext },
  ): Promise<Buffer>;
  /** Makes an opener.
   * @param trusted the keys that may have sealed a part, by the purpose of the part: a configuration key opens no
   * credentials, and an archive cannot bring its own keys */
  opener(trusted: TrustedKeys): Opener;
}

/** Creates a sealer whose recipients are KMS keys.
 * @param kms client of the keys' region
 * @param options.escrowPublicKey becomes an additional recipient of every part; opening never uses it here */
export function createSealer(
  kms: KMSClient,
  { escrowPublicKey }: { readonly escrowPublicKey?: EscrowPublicKey | undefined } = {},
): Sealer {
  return {
    escrow: escrowPublicKey?.fingerprint ?? null,

    async seal(plain, { keyArn, context }) {
      const calls = kmsCalls(kms);
      const generator = new KmsKeyringNode({ generatorKeyId: keyArn, clientProvider: calls.provider });
      const keyring = escrowPublicKey
        ? new MultiKeyringNode({ generator, children: [escrowKeyring(escrowPublicKey)] })
        : generator;
      try {
        return await sealMessage(keyring, plain, context);
      } catch (cause) {
        throw calls.refusal('kms:GenerateDataKey', keyArn) ?? cause;
      }
    },

    opener: (trusted) => ({
      name: KEY_PURPOSES.map((purpose) => `one of the ${purpose} keys ${trusted[purpose].join(', ')}`).join(
        ' or ',
      ),
      canOpenFor: (recipient, part) =>
        recipient.type === 'kms' && trusted[purposeOf(part)].includes(recipient.keyArn),
      async open(sealed, recipient, expectations) {
        if (recipient.type !== 'kms') throw new TypeError('this opener supports only KMS keys');
        const { keyArn } = recipient;
        const calls = kmsCalls(kms);
        const keyring = new KmsKeyringNode({ keyIds: [keyArn], clientProvider: calls.provider });
        try {
          return await openMessage(keyring, sealed, expectations);
        } catch (cause) {
          throw calls.refusal('kms:Decrypt', keyArn) ?? cause;
        }
      },
    }),
  };
}

/** Calls KMS for the Encryption SDK and keeps the last error, because the SDK turns it into a text with stack traces.
 * KMS refuses altered data keys and contexts with `InvalidCiphertextException`: that is a broken seal, not a bad
 * key. */
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
  const provider: KmsNodeClientSupplier = () => ({
    generateDataKey: (input) => keep(kms.send(new GenerateDataKeyCommand(input))),
    encrypt: (input) => keep(kms.send(new EncryptCommand(input))),
    decrypt: (input) => keep(kms.send(new DecryptCommand(input))),
  });
  return {
    provider,
    refusal(action: string, keyArn: string): TenantBackupError | undefined {
      if (!(lastError instanceof Error) || lastError.name === 'InvalidCiphertextException') return undefined;
      return keyRefusal(action, keyArn, lastError);
    },
  };
}
