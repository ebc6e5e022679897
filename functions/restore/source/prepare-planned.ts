import { TenantBackupError } from '../../errors.ts';
import type { Plan } from '../../plan/plan-document.ts';
import type { PlanRequest } from '../../plan/request.ts';
import { requestOfPlan } from '../../plan/same-plan.ts';
import { readPlan } from '../../plan/stored-plan.ts';
import { prepareRestore } from './prepare.ts';
import {
  type DumpRestoreRequest,
  type PlannedRequest,
  parseRestoreRequest,
  type RestoreRequest,
} from './request.ts';
import type { Operation, RestoreTools } from './restore-plan.ts';

/** Prepares the execution of a stored plan.
 * @throws PLAN_NOT_FOUND, PLAN_CHANGED
 * @throws INVALID_REQUEST if the plan does not compare a backup with the live tenant
 * @throws CREDENTIALS_CHOICE if neither the plan nor the request says how to treat credentials */
export async function preparePlanned(request: PlannedRequest, tools: RestoreTools): Promise<Operation> {
  const { tenant, plan: planId } = request;
  const plan = await readPlan(tools.ledger, tenant, planId);
  const { allowOldBytes } = request;
  const planRequest = { ...requestOfPlan(plan, tools.now()), allowOldBytes };
  const credentials = credentialsOf(plan, request);
  const fingerprintKey = await tools.fingerprintKeys.derive(tenant);
  const restoring = restoreOf(plan, planRequest, { ...request, credentials }, tools.now());
  const operation = await prepareRestore(restoring, tools);
  return {
    ...operation,
    request: { ...operation.request, plan: planId },
    plan: { document: plan, request: planRequest, fingerprintKey },
  };
}

function credentialsOf(
  { planId, options, needsCredentialChoice, credentialsDiffering }: Plan,
  request: PlannedRequest,
): 'restore' | 'keep' {
  const credentials = request.credentials ?? options.credentials;
  if (credentials !== null) return credentials;
  if (!needsCredentialChoice) return 'restore';
  throw new TenantBackupError(
    'CREDENTIALS_CHOICE',
    `credentials must be "restore" or "keep", as plan ${planId} leaves the choice open and ${credentialsDiffering.length} credentials differ`,
    { planId, differing: credentialsDiffering.length },
  );
}

function restoreOf(
  { counts }: Plan,
  planned: PlanRequest,
  request: PlannedRequest & { readonly credentials: 'restore' | 'keep' },
  now: Date,
): RestoreRequest | DumpRestoreRequest {
  const { plan: _, ...operational } = request;
  const { tenant, desired, parts, selection, mode, prune, transform } = planned;
  const restoring = {
    ...operational,
    tenant: desired?.tenant ?? tenant,
    into: tenant,
    versionId: desired?.versionId,
    tier: desired?.tier,
    parts,
    selection,
    mode,
    // The plan's own count is the expected number of deletions.
    prune: prune ? { expected: counts.pruned ?? 0 } : false,
    ...(transform !== undefined && { transform }),
  };
  return parseRestoreRequest(restoring, now) as RestoreRequest | DumpRestoreRequest;
}
