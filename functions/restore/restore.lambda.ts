import { createClients } from '../runtime/clients.ts';
import { lambda, logger, stoppedInTime } from '../runtime/lambda.ts';
import { type RestoreReport, restore } from './restore.ts';
import { parseRestoreRequest } from './source/request.ts';

const clients = createClients();

/** A person or a pipeline invokes it, with `{"tenant": "acme"}` at least. */
export const handler = lambda<unknown, RestoreReport>(async (event, context) => {
  const request = parseRestoreRequest(event, new Date());
  const report = await stoppedInTime(context, (stop) =>
    restore(request, clients, {
      requestId: context.awsRequestId,
      remainingMilliseconds: () => context.getRemainingTimeInMillis(),
      stop,
    }),
  );
  const { operationId, tenant, verdict, counts, compared, equal, extra, safetyBackup } = report;
  logger.info('restore done', { operationId, tenant, verdict, counts, compared, equal, extra, safetyBackup });
  return report;
});
