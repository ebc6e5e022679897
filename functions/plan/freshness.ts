import type { ChangeSet } from '../config/change-set.ts';
import type { Json } from '../config/json-value.ts';
import { ownClientObjects } from '../config/own-objects.ts';
import { stateDigest } from '../config/state-digest.ts';
import { TenantBackupError } from '../errors.ts';
import type { PlanDocument } from './plan-document.ts';

/** A tenant as it is, when a plan is made or applied. */
export interface Base {
  /** Its export with credentials. Holds secrets. */
  readonly tree: Json;
  /** The client that we authenticate with, which is left as it is and may change. */
  readonly clientId: string;
}

/** Digest the selected objects of a tenant: what a plan is a plan of.
 * @param key the fingerprint key of the tenant: without it, no guess can be tried against the digest */
export function liveDigest(
  { tree, clientId }: Base,
  { shape, selected }: Pick<ChangeSet, 'shape' | 'selected'>,
  key: Uint8Array,
): string {
  const own = new Set(ownClientObjects(tree, clientId, shape));
  return stateDigest(tree, {
    shape,
    key,
    includes: ({ pointer }) => selected.has(pointer) && !own.has(pointer),
  });
}

/** Refuse a plan that is not one of the present any more. Objects outside of its selection may have changed.
 * @param changeSet of the same desired state, with the options of the plan, against the present
 * @param key the fingerprint key of the tenant, see `FingerprintKeys.derive`
 * @throws PLAN_STALE
 * @throws INVALID_REQUEST if the plan compares with a backup, or with another tenant than it is to be applied to */
export function requireFresh(
  { planId, tenant, actual, digest, createdAt }: PlanDocument,
  base: Base,
  changeSet: Pick<ChangeSet, 'shape' | 'selected'>,
  key: Uint8Array,
): void {
  if (digest === null || actual.tenant !== tenant) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `plan ${planId} must be one of the live tenant "${tenant}", it compares with ${actual.kind === 'live' ? `the tenant "${actual.tenant}"` : 'a backup'}`,
      { planId, tenant },
    );
  }
  if (liveDigest(base, changeSet, key) === digest) return;
  throw new TenantBackupError(
    'PLAN_STALE',
    `what plan ${planId} is about has changed in tenant "${tenant}" since ${createdAt}: make another plan`,
    { planId, tenant, createdAt },
  );
}
