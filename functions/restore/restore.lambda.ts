import { createClients } from '../runtime/clients.ts';
import { lambda, logger } from '../runtime/lambda.ts';
import { parseRestoreRequest } from './request.ts';
import { type RestoreReport, restore } from './restore.ts';

const clients = createClients();

/** Invoked by a person or a pipeline, with `{"tenant": "acme"}` at least. */
export const handler = lambda<unknown, RestoreReport>(async (event, context) => {
  const report = await restore(parseRestoreRequest(event), clients, {
    requestId: context.awsRequestId,
    remainingMilliseconds: () => context.getRemainingTimeInMillis(),
  });
  const { operationId, tenant, verdict, counts, compared, equal, extra, safetyBackup } = report;
  logger.info('restore done', { operationId, tenant, verdict, counts, compared, equal, extra, safetyBackup });
  return report;
});
