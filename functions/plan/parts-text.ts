import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';

/** Says in words which parts are restored. */
export const partsText = (parts: readonly TenantPart[]): string =>
  `${parts.length === 1 ? 'part' : 'parts'} ${parts.join(', ')}`;

/** Says which parts of a backup are left out. */
export function leftOutText(parts: readonly TenantPart[], otherParts: readonly TenantPart[]): string[] {
  if (otherParts.length === 0) return [];
  if (otherParts.some((part) => part !== 'identity'))
    return [`left out of the backup: ${otherParts.join(', ')}`];
  return [`people are left out: name them with --parts ${[...parts, 'identity'].join(',')}`];
}
