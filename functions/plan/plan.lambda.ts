import { createClients } from '../runtime/clients.ts';
import { lambda, logger } from '../runtime/lambda.ts';
import { plan } from './plan.ts';
import { type PlanAnswer, planAnswer } from './plan-answer.ts';
import { parsePlanRequest } from './request.ts';

const clients = createClients();

/** Invoked by a person or a pipeline, with `{"tenant": "acme"}` at least. Neither its role nor its token can write to
 * anything but the ledger. */
export const handler = lambda<unknown, PlanAnswer>(async (event) => {
  const now = new Date();
  const made = await plan(parsePlanRequest(event, now), clients);
  const { planId, tenant, counts, problems } = made;
  logger.info('plan made', { planId, tenant, counts, problems: problems.length });
  return planAnswer(made, now);
});
