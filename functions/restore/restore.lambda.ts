import { createClients } from '../runtime/clients.ts';
import { lambda, logger } from '../runtime/lambda.ts';
import { parseRestoreRequest } from './request.ts';
import { type RestoreReport, restore } from './restore.ts';

const clients = createClients();

/** Invoked by a person or a pipeline, with `{"tenant": "acme"}` at least. A restore that outlasts the function is ended by
 * Lambda together with its process: work left behind could go on writing to the tenant after its lock has ended. */
export const handler = lambda<unknown, RestoreReport>(async (event) => {
  const report = await restore(parseRestoreRequest(event), clients);
  const { differing, ...counts } = report;
  logger.info('restore done', { ...counts, differing: differing.length });
  return report;
});
