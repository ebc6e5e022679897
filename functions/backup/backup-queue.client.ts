import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';
import type { BackupRequest } from './request.ts';

/** A backup request on its way to the queue of its lane. */
export interface QueuedRequest extends BackupRequest {
  /** One of the deployment's lanes. @default - the lane without a name */
  readonly lane?: string;
  /** Seconds until the backup function may see it. @default 0 */
  readonly delaySeconds?: number;
}

/** The queues of backup requests: one for each lane. */
export interface BackupQueue {
  /** Names of the further lanes. */
  readonly lanes: readonly string[];
  /** @throws AWS_UNAVAILABLE if SQS refused any request; sending all of them again is safe */
  send(requests: readonly QueuedRequest[]): Promise<void>;
}

/** SQS takes at most ten messages a call. */
const BATCH_SIZE = 10;

/** Concurrent calls: they send a hundred thousand requests within a minute or two. */
const CALLS_AT_ONCE = 10;

/** @param laneQueueUrls URLs of the queues of further lanes, by name */
export function createBackupQueue(
  sqs: SQSClient,
  queueUrl: string,
  laneQueueUrls: Readonly<Record<string, string>> = {},
): BackupQueue {
  const sendBatch = async (url: string, batch: readonly QueuedRequest[]): Promise<void> => {
    const { Failed } = await sqs
      .send(
        new SendMessageBatchCommand({
          QueueUrl: url,
          Entries: batch.map(({ lane: _, delaySeconds = 0, ...request }, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify(request satisfies BackupRequest),
            DelaySeconds: delaySeconds,
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
  };
  return {
    lanes: Object.keys(laneQueueUrls),
    async send(requests) {
      const byUrl = Map.groupBy(requests, ({ lane }) => {
        if (lane === undefined) return queueUrl;
        const url = Object.hasOwn(laneQueueUrls, lane) ? laneQueueUrls[lane] : undefined;
        if (url === undefined) throw new TypeError('the lane of a request must be one of the deployment');
        return url;
      });
      const batches = [...byUrl].flatMap(([url, all]) =>
        Array.from({ length: Math.ceil(all.length / BATCH_SIZE) }, (_, index) => ({
          url,
          batch: all.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
        })),
      );
      const next = batches.values();
      const worker = async () => {
        // The workers share one iterator, so that none waits for another's batch.
        for (const { url, batch } of next) await sendBatch(url, batch);
      };
      await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
    },
  };
}
