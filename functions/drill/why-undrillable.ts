import { TenantBackupError } from '../errors.ts';
import { type Enrolment, isIssuerOf } from '../tenant/enrolment/enrolment.ts';
import { documentsIn, missingDocuments } from '../vault/format/documents.ts';
import type { Manifest } from '../vault/format/manifest.ts';

/** Tells why a drill of a backup would always fail.
 * @param scratch enrolment of the tenant to write to */
export function whyUndrillable(
  tenant: string,
  manifest: Pick<Manifest, 'parts' | 'source' | 'warnings'>,
  scratch: Enrolment,
): TenantBackupError | null {
  const held = documentsIn(manifest);
  // A failed export is no kind of enrolment: the drill of such a backup fails.
  if (!held.includes('hub') && !missingDocuments(manifest).includes('hub')) {
    const message = `the backups of "${tenant}" hold ${held.join(' and ')}, and a drill needs the hub`;
    return new TenantBackupError('PART_ABSENT', message, { tenant, held });
  }
  if (manifest.source.shape === 'workspace') {
    const message = `the backups of "${tenant}" hold one workspace, and a drill needs a tenant`;
    return new TenantBackupError('NOT_SUPPORTED', message, { tenant });
  }
  if (isIssuerOf(manifest.source.issuer, scratch)) {
    const message = `the scratch tenant must not be the drilled tenant: "${scratch.name}" and "${tenant}" have the same issuer ${manifest.source.issuer}`;
    return new TenantBackupError('NOT_SCRATCH', message, { tenant, into: scratch.name });
  }
  return null;
}
