import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { AWS_PATIENCE } from '../aws-patience.ts';
import { toTenantBackupError } from '../defect.ts';
import type { TenantBackupError } from '../errors.ts';
import { createClients } from '../runtime/clients.ts';
import { readEnvironment, wholeNumber } from '../runtime/environment.ts';
import { failureFields, lambda, logger, withinTime } from '../runtime/lambda.ts';
import { receivesOf } from '../runtime/names.ts';
import { connectingUntil } from '../tenant/api/connecting-until.ts';
import { backup, reportDeadTries } from './backup.ts';
import { createBackupQueue } from './backup-queue.client.ts';
import { createFailedMessages, deliveriesOf, queueUrlOf } from './dead-letter.client.ts';
import { recordFailure } from './failure-record.ts';
import { mayPass } from './may-pass.ts';
import { parseBackupRequest } from './request.ts';
import { recordTry } from './request-record.ts';

const environment = readEnvironment([
  'queueUrl',
  'deadLetterQueueUrl',
  'maxReceiveCount',
  'retryDelaySeconds',
]);
const maxReceiveCount = wholeNumber('maxReceiveCount', environment.maxReceiveCount);
const receives = receivesOf(maxReceiveCount);
const clients = createClients();
const sqs = new SQSClient(AWS_PATIENCE);
const failedMessages = createFailedMessages(sqs, {
  queueUrl: environment.queueUrl,
  deadLetterQueueUrl: environment.deadLetterQueueUrl,
  retryDelaySeconds: wholeNumber('retryDelaySeconds', environment.retryDelaySeconds),
  random: Math.random,
});

/** Processes one message: it backs up one tenant, or forwards a request that stands for many. A failure affects this message
 * alone. */
async function processRecord(record: SQSRecord, context: Context): Promise<void> {
  let tried = Promise.resolve(true);
  try {
    const request = parseBackupRequest(record.body);
    // Beside the backup: a silent ledger must not delay it.
    tried = recordTry(request, triesOf(record), clients);
    const { send } = createBackupQueue(sqs, queueUrlOf(record, environment.queueUrl));
    const isLast = deliveriesOf(record) >= maxReceiveCount;
    const report = await withinTime(context, (stop) =>
      deliveriesOf(record) > receives
        ? reportDeadTries(request, receives, clients)
        : backup(request, { ...connectingUntil(stop, clients), send }, isLast),
    );
    logger.info(report.outcome === 'forwarded' ? 'backup forwarded' : 'backup done', { ...report });
    await tried;
  } catch (error) {
    const failure = toTenantBackupError(error);
    const final = !mayPass(failure) || deliveriesOf(record) >= maxReceiveCount;
    logger.error(`backup failed: ${failure.message}`, {
      ...failureFields(failure),
      final,
      messageId: record.messageId,
    });
    try {
      if (final) {
        // At the same time: a silent ledger must not keep the message from its queue.
        const [moved] = await Promise.all([
          failedMessages.sendToDeadLetterQueue(record, failure),
          noteFailure(record, failure, null, tried),
        ]);
        return moved;
      }
      const seconds = await failedMessages.retryLater(record, failure);
      await noteFailure(record, failure, seconds, tried);
    } catch (unsent) {
      // The queue delivers the message again after its own visibility timeout.
      const reason = toTenantBackupError(unsent);
      logger.error(`failed backup request not moved: ${reason.message}`, failureFields(reason));
    }
    throw failure;
  }
}

const triesOf = (record: SQSRecord) => ({
  deliveries: Math.min(deliveriesOf(record), maxReceiveCount),
  maxDeliveries: maxReceiveCount,
});

/** @param retrySeconds until the queue delivers the message again; null if it never does
 * @param tried the write of the try's own record, which must come before that of its failure */
async function noteFailure(
  record: SQSRecord,
  failure: TenantBackupError,
  retrySeconds: number | null,
  tried: Promise<boolean>,
): Promise<void> {
  await tried;
  const retryAt =
    retrySeconds === null ? null : new Date(clients.now().getTime() + retrySeconds * 1000).toISOString();
  const recorded = await recordFailure(record.body, failure, { ...triesOf(record), retryAt }, clients);
  if (!recorded) logger.warn('failed backup not recorded in the ledger', { messageId: record.messageId });
}

const processor = new BatchProcessor(EventType.SQS);

/** Processes messages of the backup queue, and returns those that the queue must deliver again. Each failure is in the log:
 * the batch as a whole does not fail. */
export const handler = lambda<SQSEvent, SQSBatchResponse>((event, context) =>
  processPartialResponse(event, processRecord, processor, { context, throwOnFullBatchFailure: false }),
);
