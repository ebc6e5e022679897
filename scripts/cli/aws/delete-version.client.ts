import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../../../functions/aws-errors.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import type { VaultVersion } from '../../../functions/vault/storage/vault.client.ts';

/** Deletes one version for ever; needs `s3:DeleteObjectVersion`.
 * @throws BACKUP_PROTECTED if the bucket policy or the caller's own policies deny it */
export async function deleteVersion(
  { tenant, tier, versionId }: VaultVersion,
  s3: S3Client,
  bucket: string,
): Promise<void> {
  const key = vaultKey(tier, tenant);
  await s3
    .send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }))
    .catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'AccessDenied') {
        return awsError('s3:DeleteObjectVersion', { bucket, key, versionId })(error);
      }
      throw new TenantBackupError(
        'BACKUP_PROTECTED',
        `S3 refuses to delete version ${versionId}: the policy of the vault bucket allows only the lifecycle to delete (statement OnlyTheLifecycleDeletes), or your policies do not allow s3:DeleteObjectVersion; to change that: docs/RETENTION.md`,
        { tenant, versionId, bucket },
      );
    });
}
