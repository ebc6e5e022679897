import { createHash, createPublicKey } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { TenantBackupError } from '../../errors.ts';
import { readSigningKey, type SigningKey } from '../../signing-key.ts';
import { keyRefusal } from './key-refusal.ts';

/** The deployment's signing key, whose private half never leaves KMS. */
export interface Signer {
  /** Returns the public half, which it requests once per process; needs `kms:GetPublicKey`.
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE */
  publicKey(): Promise<SigningKey>;
  /** Signs the SHA-256 digest of a message; needs `kms:Sign`.
   * @returns an ECDSA signature in DER
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Creates the signer.
 * @param keyArn of a KMS key with key spec ECC_NIST_P256 and usage SIGN_VERIFY
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html#key-spec-ecc */
export function createSigner(kms: KMSClient, keyArn: string): Signer {
  let known: SigningKey | undefined;
  const refuse =
    (action: string) =>
    (error: unknown): never => {
      throw error instanceof Error ? keyRefusal(action, keyArn, error) : error;
    };
  return {
    async publicKey() {
      if (known === undefined) {
        const { PublicKey } = await kms
          .send(new GetPublicKeyCommand({ KeyId: keyArn }))
          .catch(refuse('kms:GetPublicKey'));
        known = signingKeyOf(PublicKey, keyArn);
      }
      return known;
    },

    async sign(message) {
      const { Signature } = await kms
        .send(
          new SignCommand({
            KeyId: keyArn,
            // Sign the digest, because KMS accepts at most 4,096 bytes of a message.
            Message: createHash('sha256').update(message).digest(),
            MessageType: 'DIGEST',
            SigningAlgorithm: 'ECDSA_SHA_256',
          }),
        )
        .catch(refuse('kms:Sign'));
      return Signature ?? new Uint8Array();
    },
  };
}

function signingKeyOf(der: Uint8Array | undefined, keyArn: string): SigningKey {
  const pem = createPublicKey({ key: Buffer.from(der ?? []), format: 'der', type: 'spki' });
  const key = readSigningKey(pem.export({ type: 'spki', format: 'pem' }) as string);
  if (!('problem' in key)) return key;
  throw new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} ${key.problem}`, { keyArn });
}
