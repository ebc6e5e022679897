import { OutputName } from '../../../../functions/runtime/names.ts';
import { parseRetentionPolicy } from '../../../../functions/vault/retention/retention-policy.ts';
import { createRetentionClient } from '../../../../functions/vault/storage/retention.client.ts';
import { openDeployment } from '../../aws/deployment.client.ts';

/** Reads the retention policy as deployed, and connects to the vault bucket.
 * @throws NOT_DEPLOYED, INVALID_ENVIRONMENT */
export async function openRetention(stack: string) {
  const deployment = openDeployment(stack);
  const [text, bucket] = await Promise.all([
    deployment.output('retention'),
    deployment.output('vaultBucket'),
  ]);
  return {
    bucket,
    policy: parseRetentionPolicy(text, `output ${OutputName.retention}`),
    client: createRetentionClient(deployment.s3, bucket),
  };
}
