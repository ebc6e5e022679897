import { dumpSelectionSchema } from '../config/dump-selection.ts';
import { selectionSchema } from '../config/selection.ts';
import { parseTransform } from '../config/transform.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import { liveDigest, liveDumpDigest, requireFresh } from '../plan/freshness.ts';
import type { PlanDocument } from '../plan/plan-document.ts';
import { readPlan } from '../plan/stored-plan.ts';
import { prepareRestore } from './prepare.ts';
import type { DumpRestoreRequest, PlannedRequest, RestoreRequest } from './request.ts';
import type { RestoreTools, Work } from './work.ts';

/** Get ready to carry out a plan: what it says, of the backup that it was made of, as long as the tenant is what it was.
 * @throws PLAN_NOT_FOUND; INVALID_REQUEST if the plan is not one of a backup and the live tenant
 * @throws CREDENTIALS_CHOICE if the plan left open what becomes of credentials, and so does the request */
export async function preparePlanned(request: PlannedRequest, tools: RestoreTools): Promise<Work> {
  const { tenant, plan: planId } = request;
  const plan = await readPlan(tools.ledger, tenant, planId);
  const [enrolment, key] = await Promise.all([
    tools.enrolments.get(tenant),
    tools.fingerprintKeys.derive(tenant),
  ]);
  const { clientId } = enrolment;
  const work = await prepareRestore(restoreOf(plan, request), tools, {
    hub: (changes, live) => requireFresh(plan, liveDigest({ tree: live, clientId }, changes, key)),
    system: (changes, live) => requireFresh(plan, liveDumpDigest({ dump: live, clientId }, changes, key)),
  });
  return { ...work, request: { ...work.request, plan: planId } };
}

function restoreOf(plan: PlanDocument, request: PlannedRequest): RestoreRequest | DumpRestoreRequest {
  const { plan: planId, ...operational } = request;
  const { desired, options } = plan;
  if (desired.kind !== 'backup') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `plan ${planId} must be one of a backup, it is one of the tenant "${desired.tenant}" as it was: back that up first`,
      { planId },
    );
  }
  const credentials = request.credentials ?? options.credentials;
  if (credentials === null && plan.needsCredentialChoice) {
    throw new TenantBackupError(
      'CREDENTIALS_CHOICE',
      `credentials must be "restore" or "keep", as plan ${planId} leaves it open for ${plan.credentialsDiffering.length} that differ`,
      { planId, differing: plan.credentialsDiffering.length },
    );
  }
  const common = {
    ...operational,
    tenant: desired.tenant,
    into: request.tenant,
    versionId: desired.versionId,
    tier: desired.tier as RestoreRequest['tier'],
    mode: options.mode,
    credentials: credentials ?? ('restore' as const),
    // The plan counts what it deletes, and so says how many.
    prune: options.prune ? { expected: plan.counts.pruned ?? 0 } : (false as const),
    includeOwnClient: false,
    ...(options.transform !== null && { transform: parseTransform(options.transform) }),
  };
  const { selection } = options;
  return plan.part === 'system'
    ? {
        ...common,
        parts: ['system'],
        selection: parseInput(dumpSelectionSchema, selection, 'selection', 'INVALID_REQUEST'),
      }
    : {
        ...common,
        parts: ['hub'],
        selection: parseInput(selectionSchema, selection, 'selection', 'INVALID_REQUEST'),
      };
}
