/** What a request means that names no parts. */
import { isOfTypesBesideTree, isOfWorkspacesAlone } from '../config/change/dump-selection.ts';
import type { Transform } from '../config/transform/transform-schema.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';

/** Names the part of a selection in an event that names none, if only the dump of the system holds the selected types. */
export function withPartsOfSelection(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || 'parts' in event || !('selection' in event))
    return event;
  return isOfTypesBesideTree(event.selection) ? { ...event, parts: ['system'] } : event;
}

/** Tells whether a request without parts means the hub alone, because it names objects as the hub does. */
export const isOfHubAlone = ({
  transform,
  selection,
}: {
  readonly transform?: Pick<Transform, 'drop'> | undefined;
  readonly selection?: Parameters<typeof isOfWorkspacesAlone>[0] | undefined;
}): boolean =>
  (transform?.drop.length ?? 0) > 0 || (selection !== undefined && !isOfWorkspacesAlone(selection));

/** Lists the parts that a request without parts means in another tenant: those that its enrolment names. */
export const partsOfOther = <Part extends TenantPart>(
  parts: readonly Part[],
  { parts: enrolled }: Pick<Enrolment, 'parts'>,
): Part[] => parts.filter((part) => part === 'hub' || enrolled.includes(part));
