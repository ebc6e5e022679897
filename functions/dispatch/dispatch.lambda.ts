import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AWS_PATIENCE } from '../aws-patience.ts';
import { createBackupQueue } from '../backup/backup-queue.client.ts';
import { readEnrolmentPrefix, readEnvironment, readLaneQueueUrls } from '../runtime/environment.ts';
import { lambda, logger, withinTime } from '../runtime/lambda.ts';
import { createEnrolments } from '../tenant/enrolment/enrolment.client.ts';
import { createLedger } from '../vault/storage/ledger.client.ts';
import { type DispatchReport, dispatch } from './dispatch.ts';
import { parseDispatchRequest } from './request.ts';

const { queueUrl, ledgerBucket } = readEnvironment(['queueUrl', 'ledgerBucket']);
const enrolments = createEnrolments(new SecretsManagerClient(AWS_PATIENCE), readEnrolmentPrefix());
const queue = createBackupQueue(new SQSClient(AWS_PATIENCE), queueUrl, readLaneQueueUrls());
const ledger = createLedger(new S3Client(AWS_PATIENCE), ledgerBucket);

/** Runs on a schedule, or on an invocation with `{"tenants": ["acme"]}` to back up now. */
export const handler = lambda<unknown, DispatchReport>(async (event, context) => {
  const request = parseDispatchRequest(event, new Date());
  const report = await withinTime(context, () => dispatch(request, { enrolments, queue, ledger }));
  logger.info('dispatch done', { ...report });
  if (report.unknownLanes) logger.warn('enrolments name lanes that this deployment lacks', { ...report });
  if (report.recorded === false) logger.warn('requests not recorded in the ledger', { ...report });
  return report;
});
