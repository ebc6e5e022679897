/** What a person should know of an operation that can be carried out. */

/** - `UNMATCHED_SELECTOR`: an include means no object
 * - `DEPENDENCY_ADDED`: objects that were not selected are restored, as others need them
 * - `DEPENDENCY_MISSING`: objects are named that will not be there; what names them can do without
 * - `CREDENTIALS_FILLED`: what is to be restored shows none where the tenant has some, which stay
 * - `CREDENTIALS_GENERATED`: neither shows any, so that SecureAuth makes some up
 * - `CREDENTIALS_LOST`: objects are made without secrets of other services, which have to be entered again
 * - `RELEASE_ADDS`, `RELEASE_WITHDRAWS`: a member that SecureAuth shows by now, or shows no more, see `findDrift`
 * - `NOT_IN_BACKUP`: values of a member that the backup does not know, and that somebody should look at
 * - `SOURCE_MENTIONED`: see `transformTree`
 * - `BACKUP_INCOMPLETE`: the backup lacks parts whose exports failed
 * - `NOT_PRUNED`: extra objects stay: SecureAuth's own, and those that hold what must stay */
export type WarningCode =
  | 'UNMATCHED_SELECTOR'
  | 'DEPENDENCY_ADDED'
  | 'DEPENDENCY_MISSING'
  | 'CREDENTIALS_FILLED'
  | 'CREDENTIALS_GENERATED'
  | 'NOT_PRUNED'
  | 'RELEASE_ADDS'
  | 'RELEASE_WITHDRAWS'
  | 'NOT_IN_BACKUP'
  | 'SOURCE_MENTIONED'
  | 'SOURCE_MISMATCH'
  | 'BACKUP_INCOMPLETE'
  | 'CREDENTIALS_LOST';

export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
  /** JSON Pointers of what it is about. */
  readonly pointers: readonly string[];
}
