import { createClients } from '../runtime/clients.ts';
import { lambda, logger, withinTime } from '../runtime/lambda.ts';
import { parseRestoreRequest } from './request.ts';
import { type RestoreReport, restore } from './restore.ts';

const clients = createClients();

/** Invoked by a person or a pipeline, with `{"tenant": "acme"}` at least. */
export const handler = lambda<unknown, RestoreReport>(async (event, context) => {
  const request = parseRestoreRequest(event);
  const report = await withinTime(context, () => restore(request, clients));
  const { differing, ...counts } = report;
  logger.info('restore done', { ...counts, differing: differing.length });
  return report;
});
