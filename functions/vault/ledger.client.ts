import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../aws-errors.ts';

/** What happened, as small JSON documents that expire. Holds ids, counts and times; never content of a tenant. */
export interface Ledger {
  /** Write `<kind>/<tenant>/<id>.json`.
   * @returns the key; needs `s3:PutObject` on the ledger */
  write(kind: 'backups' | 'restores', tenant: string, id: string, document: object): Promise<string>;
}

export function createLedger(s3: S3Client, bucket: string): Ledger {
  return {
    async write(kind, tenant, id, document) {
      const key = `${kind}/${tenant}/${id}.json`;
      await s3
        .send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: `${JSON.stringify(document, null, 2)}\n`,
            ContentType: 'application/json',
          }),
        )
        .catch(awsError('s3:PutObject', { bucket, key }));
      return key;
    },
  };
}
