import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';
import { retryPauseSeconds } from './retry-pause.ts';

/** Handles a message whose backup failed. */
export interface FailedMessages {
  /** Puts the message and the failure on the dead-letter queue. */
  sendToDeadLetterQueue(record: SQSRecord, failure: TenantBackupError): Promise<void>;
  /** Lets the queue deliver the message again after a pause, see `retryPauseSeconds`.
   * @returns the pause in seconds */
  retryLater(record: SQSRecord, failure: TenantBackupError): Promise<number>;
}

export interface FailedMessagesOptions {
  /** URLs of the queues that messages come from. */
  readonly queueUrls: readonly string[];
  readonly deadLetterQueueUrl: string;
  readonly retryDelaySeconds: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const deliveriesOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount);

/** Finds the queue of a message by the name at the end of its ARN. */
export function queueUrlOf({ eventSourceARN }: SQSRecord, queueUrls: readonly string[]): string {
  const name = eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1);
  const url = queueUrls.find((each) => each.endsWith(`/${name}`));
  if (url !== undefined) return url;
  throw new TenantBackupError('INVALID_ENVIRONMENT', `no lane of this function has the queue ${name}`, {
    queue: name,
  });
}

export function createFailedMessages(sqs: SQSClient, options: FailedMessagesOptions): FailedMessages {
  return {
    async sendToDeadLetterQueue(record, failure) {
      await sqs
        .send(
          new SendMessageCommand({
            QueueUrl: options.deadLetterQueueUrl,
            // Keep the request unchanged, so that it can be sent again.
            MessageBody: record.body,
            MessageAttributes: {
              code: { DataType: 'String', StringValue: failure.code },
              reason: { DataType: 'String', StringValue: failure.message.slice(0, 1000).toWellFormed() },
              deliveries: { DataType: 'Number', StringValue: String(deliveriesOf(record)) },
            },
          }),
        )
        .catch(awsError('sqs:SendMessage', { messageId: record.messageId }));
    },

    async retryLater(record, failure) {
      const seconds = retryPauseSeconds(
        options.retryDelaySeconds,
        deliveriesOf(record),
        Number(failure.facts['retryAfterSeconds'] ?? 0),
        options.random(),
      );
      await sqs
        .send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrlOf(record, options.queueUrls),
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: seconds,
          }),
        )
        .catch(awsError('sqs:ChangeMessageVisibility', { messageId: record.messageId }));
      return seconds;
    },
  };
}
