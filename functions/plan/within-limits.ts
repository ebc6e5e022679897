import type { Cuts } from '../config/change/within-cuts.ts';
import { isEverything, type Selection } from '../config/select/selection.ts';
import { TenantBackupError } from '../errors.ts';
import { parseManifestLimits } from '../state/limits.ts';
import type { Manifest } from '../vault/format/manifest.ts';
import type { PlanRequest } from './request.ts';

/** The options of a plan or restore that depend on what its backup holds. */
interface Asked<Credentials> {
  readonly credentials: Credentials;
  readonly selection?: Selection | undefined;
  readonly prune: boolean | object;
  readonly transform?: object | undefined;
}

/** Fits a plan or restore to a backup that leaves something out. Without credentials, those of the tenant stay. Of a selection,
 * it means only that, unless it selects itself; it deletes nothing that the selection may not have covered.
 * @param manifest of the backup; null for a live tenant
 * @returns `covers`: see `Cuts`
 * @throws INVALID_REQUEST if a transform changes the ids that the backup's selection names, and the request selects nothing or
 *   prunes */
export function withinLimits<Credentials extends 'restore' | 'keep' | undefined>(
  { credentials, selection, prune, transform }: Asked<Credentials>,
  manifest: Pick<Manifest, 'backupId' | 'limits'> | null,
): {
  readonly credentials: Credentials | 'keep';
  readonly selection: Selection | undefined;
  readonly covers: Selection | undefined;
} {
  const limits = manifest?.limits && parseManifestLimits(manifest.limits);
  const covers = limits?.selection;
  const choice = limits?.withoutCredentials ? ('keep' as const) : credentials;
  if (covers === undefined) return { credentials: choice, selection, covers };
  const isSelected = selection !== undefined && !isEverything(selection);
  const wrong = isSelected ? 'prune must be false' : 'selection must be given';
  if (transform !== undefined && (!isSelected || prune !== false)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `${wrong} beside transform, as backup ${manifest?.backupId} is of a selection, which names other ids`,
      { backupId: manifest?.backupId ?? '' },
    );
  }
  const { dependencies = covers.dependencies } = selection ?? {};
  return { credentials: choice, selection: isSelected ? selection : { ...covers, dependencies }, covers };
}

/** A state of a comparison; the manifest of a live tenant is null. */
interface OfState {
  readonly manifest: Parameters<typeof withinLimits>[1];
}

/** Fits a request to the backups that it compares. Without credentials on either side, none differ.
 * @throws INVALID_REQUEST as `withinLimits` */
export function bothWithinLimits(
  request: PlanRequest,
  { desired, actual }: { readonly desired: OfState; readonly actual: OfState },
): PlanRequest & { readonly cuts: Cuts } {
  const { prune, transform, credentials } = request;
  const asked = { prune, transform, credentials, selection: request.selection as Selection };
  const { covers, ...ofDesired } = withinLimits(asked, desired.manifest);
  const { covers: liveCovers, ...ofBoth } = withinLimits({ ...asked, ...ofDesired }, actual.manifest);
  return { ...request, ...ofBoth, cuts: { covers, liveCovers } } as PlanRequest & { readonly cuts: Cuts };
}
