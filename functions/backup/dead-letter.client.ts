import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';

/** Handles a message whose backup failed. */
export interface FailedMessages {
  /** Puts the message and the failure on the dead-letter queue. */
  sendToDeadLetterQueue(record: SQSRecord, failure: TenantBackupError): Promise<void>;
  /** Lets the queue deliver the message again after a pause. The pause doubles with each delivery, and is at least what the
   * tenant asked for.
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

/** SQS refuses longer ones. */
const MAX_VISIBILITY_SECONDS = 43_200;

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
      const delay = options.retryDelaySeconds * 2 ** (deliveriesOf(record) - 1);
      const asked = Math.max(delay, Number(failure.facts['retryAfterSeconds'] ?? 0));
      // Add up to half of the pause: requests that failed together must not return together.
      const seconds = Math.min(Math.round(asked * (1 + options.random() / 2)), MAX_VISIBILITY_SECONDS);
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
