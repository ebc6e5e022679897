import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { awsError } from '../aws-errors.ts';
import type { BackupRequest } from '../backup/request.ts';
import { TenantBackupError } from '../errors.ts';

/** Where backup requests wait for the backup function. */
export interface BackupQueue {
  /** @throws AWS_UNAVAILABLE if any request was not accepted; repeating the whole is safe */
  send(requests: readonly BackupRequest[]): Promise<void>;
}

/** SQS takes at most ten messages a call. */
const BATCH_SIZE = 10;

export const createBackupQueue = (sqs: SQSClient, queueUrl: string): BackupQueue => ({
  async send(requests) {
    for (let start = 0; start < requests.length; start += BATCH_SIZE) {
      const { Failed } = await sqs
        .send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: requests.slice(start, start + BATCH_SIZE).map((request, index) => ({
              Id: String(index),
              MessageBody: JSON.stringify(request),
            })),
          }),
        )
        .catch(awsError('sqs:SendMessage', {}));
      if (Failed && Failed.length > 0) {
        throw new TenantBackupError('AWS_UNAVAILABLE', `the queue refused ${Failed.length} backup requests`, {
          refused: Failed.length,
          reason: Failed[0]?.Code ?? 'unknown',
        });
      }
    }
  },
});
