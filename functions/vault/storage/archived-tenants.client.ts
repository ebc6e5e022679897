import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../../aws-errors.ts';
import { TIERS } from '../../runtime/names.ts';
import { parseVaultKey } from '../format/layout.ts';

/** Lists the tenants that have a backup other than safety backups. It reads only the newest versions, with one call
 * for a thousand archives; needs `s3:ListBucket`.
 * @returns names, sorted */
export async function listArchivedTenants(s3: S3Client, bucket: string): Promise<string[]> {
  const tenants = new Set<string>();
  for (const tier of TIERS) {
    if (tier === 'safety') continue;
    let token: string | undefined;
    do {
      const page = await s3
        .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${tier}/`, ContinuationToken: token }))
        .catch(awsError('s3:ListBucket', { bucket }));
      for (const { Key = '' } of page.Contents ?? []) {
        const place = parseVaultKey(Key);
        if (place) tenants.add(place.tenant);
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }
  return [...tenants].sort();
}
