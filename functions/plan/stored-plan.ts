import * as z from 'zod';
import { TenantBackupError } from '../errors.ts';
import type { Ledger } from '../vault/storage/ledger.client.ts';
import { type Plan, parsePlan } from './plan-document.ts';

/** A plan's id: SHA-256 of the stored plan, so that the id fixes the content. */
export const planIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the whole id of a plan: 64 lower-case hexadecimal digits');

/** Reads a plan of a tenant; needs `s3:GetObject` and `s3:ListBucket` on the ledger.
 * @param planId see `planIdSchema`
 * @throws PLAN_NOT_FOUND
 * @throws PLAN_CHANGED if the stored plan does not match its id */
export async function readPlan(ledger: Pick<Ledger, 'read'>, tenant: string, planId: string): Promise<Plan> {
  const entry = await ledger.read('plans', tenant, planId);
  if (entry === null) {
    throw new TenantBackupError(
      'PLAN_NOT_FOUND',
      `tenant "${tenant}" has no plan ${planId}: it was never made, or has expired`,
      { tenant, planId },
    );
  }
  if (entry.digest !== planId) {
    throw new TenantBackupError(
      'PLAN_CHANGED',
      `plan ${planId} of tenant "${tenant}" was changed in the ledger after it was made`,
      { tenant, planId },
    );
  }
  const plan = parsePlan(entry.document);
  if (plan.tenant === tenant) return { ...plan, planId };
  throw new TenantBackupError(
    'PLAN_CHANGED',
    `plan ${planId} lies with the plans of tenant "${tenant}" and is of another tenant`,
    { tenant, planId },
  );
}
