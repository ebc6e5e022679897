import { createClients } from '../runtime/clients.ts';
import { lambda, logger, withinTime } from '../runtime/lambda.ts';
import { connectingUntil } from '../tenant/api/connecting-until.ts';
import { plan } from './plan.ts';
import { type PlanAnswer, planAnswer } from './plan-answer.ts';
import { parsePlanRequest } from './request.ts';

const clients = createClients();

/** A person or a pipeline invokes it, with `{"tenant": "acme"}` at least. Its role can write to the ledger alone, and its token
 * cannot write. */
export const handler = lambda<unknown, PlanAnswer>(async (event, context) => {
  const now = new Date();
  const request = parsePlanRequest(event, now);
  const made = await withinTime(context, (stop) => plan(request, connectingUntil(stop, clients)));
  const { planId, tenant, counts, problems } = made;
  logger.info('plan made', { planId, tenant, counts, problems: problems.length });
  return planAnswer(made, now);
});
