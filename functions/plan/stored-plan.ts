import * as z from 'zod';
import { TenantBackupError } from '../errors.ts';
import type { Ledger } from '../vault/ledger.client.ts';
import { type PlanDocument, parsePlan } from './plan-document.ts';

/** A plan's id: it becomes part of a key. */
export const planIdSchema = z.uuid('must be the id of a plan');

/** Read a plan that was made of a tenant; needs `s3:GetObject` and `s3:ListBucket` on the ledger.
 * @param planId see `planIdSchema`
 * @throws PLAN_NOT_FOUND
 * @throws INVALID_REQUEST if what is stored is no plan, or another one's */
export async function readPlan(
  ledger: Pick<Ledger, 'read'>,
  tenant: string,
  planId: string,
): Promise<PlanDocument> {
  const entry = await ledger.read('plans', tenant, planId);
  if (entry === null) {
    throw new TenantBackupError(
      'PLAN_NOT_FOUND',
      `tenant "${tenant}" has no plan ${planId}: it was never made, or has expired`,
      { tenant, planId },
    );
  }
  const plan = parsePlan(entry.document);
  if (plan.tenant === tenant && plan.planId === planId) return plan;
  throw new TenantBackupError('INVALID_REQUEST', `plan ${planId} of "${tenant}" says to be another one`, {
    tenant,
    planId,
  });
}
