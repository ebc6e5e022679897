import { S3Client } from '@aws-sdk/client-s3';
import { AWS_PATIENCE } from '../aws-patience.ts';
import type { RestoreTools } from '../restore/source/restore-plan.ts';
import { listArchivedTenants } from '../vault/storage/archived-tenants.client.ts';
import type { DrillTools } from './whose-turn.ts';

/** Creates the tools of a restore, and the list of tenants that have backups.
 * @param vaultBucket name of the bucket of archives
 * @param s3 @default - the function's own */
export const createDrillTools = (
  restoring: RestoreTools,
  vaultBucket: string,
  s3: S3Client = new S3Client(AWS_PATIENCE),
): DrillTools => ({ ...restoring, backedUp: () => listArchivedTenants(s3, vaultBucket) });
