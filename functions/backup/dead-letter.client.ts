import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { awsError } from '../aws-errors.ts';
import type { TenantBackupError } from '../errors.ts';
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
  /** URL of one of the queues that messages come from. */
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly retryDelaySeconds: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const deliveriesOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount);

/** Returns the URL of a message's queue. The queues of all lanes lie in one account and region, so that their URLs differ in
 * the name alone, which ends the ARN.
 * @param anyQueueUrl URL of any lane's queue */
export const queueUrlOf = (
  { eventSourceARN }: Pick<SQSRecord, 'eventSourceARN'>,
  anyQueueUrl: string,
): string =>
  anyQueueUrl.slice(0, anyQueueUrl.lastIndexOf('/') + 1) +
  eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1);

/** Says what was answered last, by whom, and how often the backup was tried: `404 text/html from nginx, 3 tries`.
 * @returns null if the failure is about no answer */
export function answerOf({ facts }: TenantBackupError, deliveries: number): string | null {
  const { status, contentType, server = 'unknown', host } = facts;
  if (status === undefined || contentType === undefined || host === undefined) return null;
  const tries = deliveries === 1 ? '1 try' : `${deliveries} tries`;
  return `${status} ${contentType} from ${server === 'unknown' ? host : server}, ${tries}`;
}

export function createFailedMessages(sqs: SQSClient, options: FailedMessagesOptions): FailedMessages {
  return {
    async sendToDeadLetterQueue(record, failure) {
      const answer = answerOf(failure, deliveriesOf(record));
      await sqs
        .send(
          new SendMessageCommand({
            QueueUrl: options.deadLetterQueueUrl,
            // Keep the request unchanged, so that it can be sent again.
            MessageBody: record.body,
            MessageAttributes: {
              code: { DataType: 'String', StringValue: failure.code },
              reason: { DataType: 'String', StringValue: failure.message.slice(0, 1000).toWellFormed() },
              ...(answer !== null && { answer: { DataType: 'String', StringValue: answer } }),
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
            QueueUrl: queueUrlOf(record, options.queueUrl),
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: seconds,
          }),
        )
        .catch(awsError('sqs:ChangeMessageVisibility', { messageId: record.messageId }));
      return seconds;
    },
  };
}
