import { TenantBackupError } from '../errors.ts';
import { TENANT_PARTS, type TenantPart } from '../tenant/enrolment-schema.ts';
import { documentsIn } from '../vault/documents.ts';
import type { Manifest } from '../vault/manifest.ts';

/** Which parts of a backup are meant. By itself that is the hub's; of a backup without it, whatever it has but people, whose
 * data nobody overwrites without saying so.
 * @param asked see `RestoreRequest.parts`
 * @returns in the order in which they are written
 * @throws PART_ABSENT if the backup has not all of them, or nothing but people and they were not asked for */
export function requestedParts(
  asked: readonly TenantPart[] | undefined,
  { parts, backupId }: Pick<Manifest, 'parts' | 'backupId'>,
): TenantPart[] {
  const held = documentsIn({ parts });
  const meant: readonly TenantPart[] =
    asked ?? (held.includes('hub') ? ['hub'] : held.filter((part) => part !== 'identity'));
  const absent = meant.find((part) => !held.includes(part));
  if (absent !== undefined) {
    throw new TenantBackupError(
      'PART_ABSENT',
      `parts must be among ${held.join(', ')}, which backup ${backupId} holds, got "${absent}"`,
      { backupId, part: absent, held },
    );
  }
  if (meant.length === 0) {
    throw new TenantBackupError(
      'PART_ABSENT',
      `parts must be ["identity"]: backup ${backupId} holds nothing else, and people are restored only if asked for by name`,
      { backupId, held },
    );
  }
  return TENANT_PARTS.filter((part) => meant.includes(part));
}
