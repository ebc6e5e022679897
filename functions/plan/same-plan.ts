/** Checks whether a plan is still up to date. */
import { TenantBackupError } from '../errors.ts';
import { requireFresh } from './freshness.ts';
import type { Plan, PlanDocument } from './plan-document.ts';
import { type PlanRequest, parsePlanRequest } from './request.ts';

/** Returns the request that makes the same plan again.
 * @throws INVALID_REQUEST unless the plan compares a backup with the live tenant that it is of */
export function requestOfPlan(plan: Plan, now: Date): PlanRequest {
  const { planId, tenant, parts, desired, actual, options } = plan;
  const { credentials, transform, ...others } = options;
  if (desired.kind !== 'backup') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `plan ${planId} must restore a backup, it copies the live tenant "${desired.tenant}": back that tenant up first`,
      { planId },
    );
  }
  if (actual.kind !== 'live' || actual.tenant !== tenant) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `plan ${planId} must compare with the live tenant "${tenant}", it compares with ${actual.kind === 'live' ? `the tenant "${actual.tenant}"` : 'a backup'}`,
      { planId, tenant },
    );
  }
  const request = {
    ...others,
    tenant,
    desired: { tenant: desired.tenant, tier: desired.tier, versionId: desired.versionId },
    parts,
    ...(credentials !== null && { credentials }),
    ...(transform !== null && { transform }),
  };
  return parsePlanRequest(request, now);
}

/** Refuses a plan that is out of date.
 * @param again the same request, planned now
 * @throws PLAN_STALE if its objects have changed in the tenant
 * @throws PLAN_CHANGED if they have not, but the plan differs, as after an upgrade */
export function requireSamePlan(plan: Plan, again: PlanDocument): void {
  const { planId, tenant } = plan;
  for (const part of plan.parts) requireFresh(plan, part, again.digests[part]);
  const [made, present] = [comparable(plan), comparable(JSON.parse(JSON.stringify(again)))];
  const differing = [...new Set([...Object.keys(made), ...Object.keys(present)])].filter(
    (member) => normal(made[member]) !== normal(present[member]),
  );
  if (differing.length === 0) return;
  throw new TenantBackupError(
    'PLAN_CHANGED',
    `plan ${planId} of tenant "${tenant}" is out of date, its ${differing.join(', ')} would differ now: make a new plan, and read it`,
    { planId, tenant, differing },
  );
}

/** Returns a plan without the time and the release that made it. */
function comparable(plan: Plan | PlanDocument): Readonly<Record<string, unknown>> {
  const { planId: _, createdAt: _c, softwareVersion: _s, actual, ...rest } = { planId: '', ...plan };
  const { exportedAt: _e, ...compared } = { exportedAt: '', ...actual };
  return { ...rest, actual: compared };
}

/** Sorts members and lists: SecureAuth returns them in any order. */
function normal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(normal).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${normal(member)}`)
    .sort()
    .join()}}`;
}
