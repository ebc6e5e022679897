import type { ChangeSet } from '../config/change/change-set.ts';
import { isOfClient } from '../config/change/dump-align.ts';
import type { DumpChangeSet } from '../config/change/dump-change-set.ts';
import { dumpDigest, stateDigest } from '../config/compare/state-digest.ts';
import type { Json, JsonObject } from '../config/json/json-value.ts';
import { ownClientObjects } from '../config/model/own-objects.ts';
import { TenantBackupError } from '../errors.ts';
import type { Plan, PlannedPart } from './plan-document.ts';

/** The live tenant when a plan is made or executed. */
export interface Base {
  /** Its export with credentials: a tree, or a dump of the system. Holds secrets. */
  readonly exported: Json;
  /** The client that we authenticate with. A plan ignores it. */
  readonly clientId: string;
}

/** Digests the selected objects of a tenant, which a plan depends on.
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

/** Digests the selected objects of a dump in the same way. */
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

/** Refuses a plan whose selected objects have changed since. Other objects may have changed.
 * @param present digest of the live part, for the same desired state and options
 * @throws PLAN_STALE */
export function requireFresh(
  { planId, tenant, digests, createdAt }: Plan,
  part: PlannedPart,
  present: string | undefined,
): void {
  if (present === digests[part]) return;
  throw new TenantBackupError(
    'PLAN_STALE',
    `plan ${planId} is out of date: its objects in tenant "${tenant}" have changed since ${createdAt}; make a new plan`,
    { planId, tenant, createdAt },
  );
}
