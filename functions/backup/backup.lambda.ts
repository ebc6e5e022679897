import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { toTenantBackupError } from '../defect.ts';
import { createClients } from '../runtime/clients.ts';
import { readEnvironment, wholeNumber } from '../runtime/environment.ts';
import { failureFields, lambda, logger } from '../runtime/lambda.ts';
import { backup } from './backup.ts';
import { createFailedMessages, deliveriesOf } from './dead-letter.client.ts';
import { parseBackupRequest } from './request.ts';

const environment = readEnvironment([
  'queueUrl',
  'deadLetterQueueUrl',
  'maxReceiveCount',
  'retryDelaySeconds',
]);
const maxReceiveCount = wholeNumber('maxReceiveCount', environment.maxReceiveCount);
const clients = createClients();
const failedMessages = createFailedMessages(new SQSClient({}), {
  ...environment,
  retryDelaySeconds: wholeNumber('retryDelaySeconds', environment.retryDelaySeconds),
});

/** One message, one tenant, one backup. A failure concerns this message alone. */
async function processRecord(record: SQSRecord): Promise<void> {
  try {
    logger.info('backup done', { ...(await backup(parseBackupRequest(record.body), clients)) });
  } catch (error) {
    const failure = toTenantBackupError(error);
    const final = failure.disposition !== 'retry' || deliveriesOf(record) >= maxReceiveCount;
    logger.error(`backup failed: ${failure.message}`, {
      ...failureFields(failure),
      final,
      messageId: record.messageId,
    });
    if (final) return failedMessages.bury(record, failure);
    await failedMessages.postpone(record, failure);
    throw failure;
  }
}

const processor = new BatchProcessor(EventType.SQS);

/** Takes messages off the backup queue. Answers which of them have to come again; every failure has been logged, so
 * that one more error for the whole batch would say nothing. */
export const handler = lambda<SQSEvent, SQSBatchResponse>((event, context) =>
  processPartialResponse(event, processRecord, processor, { context, throwOnFullBatchFailure: false }),
);
