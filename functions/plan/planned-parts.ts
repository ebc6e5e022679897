import { isEverything, type Selection } from '../config/select/selection.ts';
import { TenantBackupError } from '../errors.ts';
import { documentsIn, requireDocument } from '../vault/format/documents.ts';
import { requestedDocuments } from '../vault/format/requested-documents.ts';
import { PLANNED_PARTS, type PlannedPart } from './plan-document.ts';
import { isOfOtherTenant, type PlanRequest, partSealed, refuseForSystem } from './request.ts';
import { isOfHubAlone, partsOfOther } from './requested-parts.ts';
import type { ChosenState } from './state.ts';

/** The two states of a plan. */
export interface ChosenStates {
  readonly desired: ChosenState;
  readonly actual: ChosenState;
}

/** Chooses the parts to plan. Without named parts, these are all that a restore means, as far as both states have them.
 * @returns with the request to plan them by
 * @throws PART_ABSENT if a backup lacks a named part, or both states have none in common; PART_SEALED if it holds only people
 * @throws INVALID_REQUEST if the request has options that its parts do not support */
export function partsToPlan(
  request: PlanRequest,
  { desired, actual }: ChosenStates,
): { readonly asked: PlanRequest; readonly parts: readonly PlannedPart[] } {
  const { parts: named } = request;
  if (named !== undefined)
    return { asked: request, parts: PLANNED_PARTS.filter((part) => named.includes(part)) };
  const isOfHub = isOfHubAlone(request);
  const manifests = [desired, actual].flatMap(({ manifest }) => manifest ?? []);
  for (const manifest of manifests) {
    if (documentsIn(manifest).every((document) => document === 'identity')) throw partSealed();
  }
  const held = manifests.map((manifest) => requestedDocuments(undefined, manifest, isOfHub));
  const meant = isOfHub && held.length === 0 ? PLANNED_PARTS.slice(0, 1) : PLANNED_PARTS;
  const common = meant.filter((part) => held.every((documents) => documents.includes(part)));
  const parts = [desired, actual].reduce(
    (parts, { enrolment, manifest }) =>
      manifest === null && isOfOtherTenant(request) ? partsOfOther(parts, enrolment) : parts,
    common,
  );
  if (parts.length === 0) for (const manifest of manifests) requireDocument(manifest, 'hub');
  return { asked: parts.includes('hub') ? request : ofSystem(request), parts };
}

/** Returns the request for a backup that holds no hub. */
function ofSystem(request: PlanRequest): PlanRequest {
  if (!isEverything(request.selection as Selection)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'a selection needs parts ["system"]: the backup has no hub',
    );
  }
  const whole: PlanRequest = { ...request, parts: ['system'], selection: NOTHING_SAID };
  refuseForSystem(whole);
  return whole;
}

/** Selects everything in dumps. */
const NOTHING_SAID: { include: []; exclude: []; dependencies: 'report' } = {
  include: [],
  exclude: [],
  dependencies: 'report',
};
