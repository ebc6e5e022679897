/** What an operator should know about an operation that can run. */

/** - `UNMATCHED_SELECTOR`: a selector matches no object
 * - `TRANSFORM_UNMATCHED`: an entry of a transform changes nothing; its pointers are those of the transform
 * - `DEPENDENCY_ADDED`: the restore includes objects that were not selected, because others need them
 * - `DEPENDENCY_MISSING`: a member names an object that will not exist; its owner works without it
 * - `CREDENTIALS_FILLED`: the backup shows no credentials where the tenant has some; those stay
 * - `CREDENTIALS_GENERATED`: neither side shows any, so that SecureAuth generates them
 * - `CREDENTIALS_LOST`: objects are created without secrets of other services; an operator must enter these again
 * - `RELEASE_ADDS`, `RELEASE_WITHDRAWS`: this release of SecureAuth shows a member that the other one does not, see
 *   `findDrift`
 * - `NOT_IN_BACKUP`: a member has values that the backup does not know; an operator should check them
 * - `SOURCE_MENTIONED`: see `transformTree`
 * - `TENANT_BOUND`: objects that mean nothing in another tenant are left out, see `isOfOneTenant`
 * - `KEY_ROTATION_ABSENT`: schedules of key rotation are left out, as the enrolment does not name their API
 * - `IDENTIFIERS_SKIPPED`, `IDENTIFIERS_TAKEN`: see `takenIdentifiers`
 * - `BACKUP_INCOMPLETE`: the backup lacks parts whose exports failed
 * - `BACKUP_LIMITED`: the backup leaves out credentials or objects, as it was asked to
 * - `OWN_ACCESS_KEPT`: settings and objects stay, as the client of the operation needs them to authenticate
 * - `SENDING_REPLACED`, `SENDING_UNPROVED`: see `assessSending`
 * - `NOT_PRUNED`: extra objects stay: SecureAuth's own, and those that hold an object that must stay */
export type WarningCode =
  | 'UNMATCHED_SELECTOR'
  | 'TRANSFORM_UNMATCHED'
  | 'DEPENDENCY_ADDED'
  | 'DEPENDENCY_MISSING'
  | 'CREDENTIALS_FILLED'
  | 'CREDENTIALS_GENERATED'
  | 'NOT_PRUNED'
  | 'OWN_ACCESS_KEPT'
  | 'RELEASE_ADDS'
  | 'RELEASE_WITHDRAWS'
  | 'NOT_IN_BACKUP'
  | 'SOURCE_MENTIONED'
  | 'SOURCE_MISMATCH'
  | 'BACKUP_INCOMPLETE'
  | 'BACKUP_LIMITED'
  | 'SENDING_REPLACED'
  | 'SENDING_UNPROVED'
  | 'TENANT_BOUND'
  | 'KEY_ROTATION_ABSENT'
  | 'CREDENTIALS_LOST'
  | 'IDENTIFIERS_SKIPPED'
  | 'IDENTIFIERS_TAKEN';

export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
  /** JSON Pointers of what it is about. */
  readonly pointers: readonly string[];
}
