import { planChanges } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import { isWithin } from '../config/places.ts';
import { TenantBackupError } from '../errors.ts';
import { hubPart } from './hub-part.ts';
import { judgeChanges, refuseUnlisted } from './judge-changes.ts';
import { parsePatch } from './patch-request.ts';
import type { PatchRequest } from './request.ts';
import type { RestoreTools, Work } from './work.ts';

/** Get ready to patch a tenant. The patch is applied here, to what the tenant exports under the lock; what then differs is
 * written and proved like a restore.
 * @throws INVALID_REQUEST, NOT_ENROLLED */
export async function preparePatch(request: PatchRequest, tools: RestoreTools): Promise<Work> {
  const { tenant, mode, dryRun, send, onFailure, includeOwnClient, prune } = request;
  const { patch, requestedBy = null, operationId = tools.randomUuid(), ...told } = request;
  const applyTo = parsePatch(patch);
  const enrolment = await tools.enrolments.get(tenant);
  const apis = tools.connect(enrolment, dryRun ? 'read' : 'manage', operationId);
  return {
    operationId,
    operation: 'patch',
    tenant,
    enrolment,
    apis,
    mode,
    onFailure,
    requestedBy,
    // The patch itself may hold secrets.
    request: { ...told, patch: { format: patch.format } },
    backup: null,
    parts: [
      hubPart({
        hub: apis.hub,
        mode,
        send,
        workspaces: enrolment.workspaces,
        plan: (live) =>
          planChanges(applyTo(live), live, {
            mode,
            credentials: 'restore',
            prune: true,
            ownClientId: includeOwnClient ? undefined : enrolment.clientId,
          }),
        refuse: (changes, live) => {
          refuseUnlisted(changes, enrolment.workspaces);
          refuseLeftOut(applyTo(live), live, changes.leftOut);
        },
        judge: (changes) => judgeChanges(changes, prune ?? true),
      }),
    ],
  };
}

/** What a patch says has to happen, or nothing at all. */
function refuseLeftOut(desired: Json, live: Json, leftOut: readonly string[]): void {
  const places = new Set(leftOut);
  const [refused] = compareTrees(desired, live).differences.filter(({ pointer }) =>
    isWithin(pointer, places),
  );
  if (refused === undefined) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `patch must not change ${refused.pointer}, which the patch is made with, unless includeOwnClient is true`,
    { pointer: refused.pointer },
  );
}
