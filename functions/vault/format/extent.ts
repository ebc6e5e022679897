import { missingDocuments } from './documents.ts';
import type { Manifest } from './manifest.ts';

/** How much a backup holds of what it could hold. Only a whole one proves that a tenant is backed up.
 * - `whole`: all that the enrolment names
 * - `limited`: less, because the enrolment or the request asked for less, see `Manifest.limits`
 * - `incomplete`: less, because exports failed */
export type Extent = 'whole' | 'limited' | 'incomplete';

/** Tells how much a backup holds. */
export function extentOf(
  manifest: Pick<Manifest, 'warnings'> & { readonly limits?: object | undefined },
): Extent {
  if (missingDocuments(manifest).length > 0) return 'incomplete';
  return manifest.limits === undefined ? 'whole' : 'limited';
}
