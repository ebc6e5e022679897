import { GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import { awsError } from '../../aws-errors.ts';
import { TenantBackupError } from '../../errors.ts';

/** Derives the fingerprint keys of tenants. Only KMS can, because the root key never leaves it. */
export interface FingerprintKeys {
  /** Derives a key.
   * @returns 32 bytes, always the same for a tenant; needs `kms:GenerateMac` */
  derive(tenant: string): Promise<Buffer>;
}

/** Names the use and its version, so that no other MAC under the same key can be equal. */
const LABEL = 'tenant-backup fingerprint v1';

/** Creates the derivation.
 * @param keyArn of a KMS key with key spec HMAC_256
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html */
export const createFingerprintKeys = (kms: KMSClient, keyArn: string): FingerprintKeys => ({
  async derive(tenant) {
    const { Mac } = await kms
      .send(
        new GenerateMacCommand({
          KeyId: keyArn,
          MacAlgorithm: 'HMAC_SHA_256',
          Message: Buffer.from(`${LABEL}\0${tenant}`),
        }),
      )
      .catch(awsError('kms:GenerateMac', { keyArn }));
    if (Mac?.byteLength !== 32) {
      throw new TenantBackupError(
        'AWS_UNAVAILABLE',
        `KMS made a MAC of ${Mac?.byteLength ?? 0} bytes, not 32`,
        { keyArn },
      );
    }
    return Buffer.from(Mac);
  },
});
