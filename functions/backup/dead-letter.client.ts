import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { awsError } from '../aws-errors.ts';
import type { TenantBackupError } from '../errors.ts';

/** What to do with a message whose backup failed. */
export interface FailedMessages {
  /** Put the message, and why it failed, on the dead-letter queue, where people look. */
  bury(record: SQSRecord, failure: TenantBackupError): Promise<void>;
  /** Let the queue deliver the message again after a pause that doubles with each delivery, and is not shorter than
   * the tenant has asked for. */
  postpone(record: SQSRecord, failure: TenantBackupError): Promise<void>;
}

export interface FailedMessagesOptions {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly retryDelaySeconds: number;
}

/** SQS refuses longer ones. */
const MAX_VISIBILITY_SECONDS = 43_200;

export const deliveriesOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount);

export function createFailedMessages(sqs: SQSClient, options: FailedMessagesOptions): FailedMessages {
  return {
    async bury(record, failure) {
      await sqs
        .send(
          new SendMessageCommand({
            QueueUrl: options.deadLetterQueueUrl,
            // The request as it came, so that it can be sent again as it is.
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

    async postpone(record, failure) {
      const delay = options.retryDelaySeconds * 2 ** (deliveriesOf(record) - 1);
      const seconds = Math.max(delay, Number(failure.facts['retryAfterSeconds'] ?? 0));
      await sqs
        .send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: options.queueUrl,
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: Math.min(seconds, MAX_VISIBILITY_SECONDS),
          }),
        )
        .catch(awsError('sqs:ChangeMessageVisibility', { messageId: record.messageId }));
    },
  };
}
