import type { ChangeSet } from '../config/change/change-set.ts';
import { isOfClient } from '../config/change/dump-align.ts';
import type { DumpChangeSet } from '../config/change/dump-change-set.ts';
import { dumpDigest, stateDigest } from '../config/compare/state-digest.ts';
import type { Json, JsonObject } from '../config/json/json-value.ts';
import { ownClientObjects } from '../config/model/own-objects.ts';
import { TenantBackupError } from '../errors.ts';
import type { Plan } from './plan-document.ts';

/** A tenant as it is, when a plan is made or applied. */
export interface Base {
  /** Its export with credentials: a tree, or a dump of the system. Holds secrets. */
  readonly exported: Json;
  /** The client that we authenticate with, which is left as it is and may change. */
  readonly clientId: string;
}

/** Digest the selected objects of a tenant: what a plan is a plan of.
 * @param key the fingerprint key of the tenant: without it, no guess can be tried against the digest */
export function liveDigest(
  { exported, clientId }: Base,
  { shape, selected }: Pick<ChangeSet, 'shape' | 'selected'>,
  key: Uint8Array,
): string {
  const own = new Set(ownClientObjects(exported, clientId, shape));
  return stateDigest(exported, {
    shape,
    key,
    includes: ({ pointer }) => selected.has(pointer) && !own.has(pointer),
  });
}

/** The same of a dump. */
export function liveDumpDigest(
  { exported, clientId }: Base,
  { changes }: Pick<DumpChangeSet, 'changes'>,
  key: Uint8Array,
): string {
  const selected = new Set(changes.map((change) => change.key));
  return dumpDigest(exported as JsonObject, {
    key,
    includes: (object) => selected.has(object.key) && !isOfClient(object, clientId),
  });
}

/** Refuse a plan that is not one of the present any more. Objects outside of its selection may have changed.
 * @param present digest of the present, of the same desired state and with the options of the plan
 * @throws PLAN_STALE */
export function requireFresh({ planId, tenant, digest, createdAt }: Plan, present: string | null): void {
  if (present === digest) return;
  throw new TenantBackupError(
    'PLAN_STALE',
    `what plan ${planId} is about has changed in tenant "${tenant}" since ${createdAt}: make another plan`,
    { planId, tenant, createdAt },
  );
}
