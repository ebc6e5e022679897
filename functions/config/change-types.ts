/** The words of a change set. */
import type { Json } from './json-value.ts';
import type { ReferenceSeverity } from './reference-rules.ts';
import type { ObjectType } from './sections.ts';

/** What becomes of an object that exists: overwritten (`update`), left (`ignore`), or the whole refused (`fail`). */
export type ChangeMode = 'ignore' | 'fail' | 'update';

/** - `created`: the tenant lacks it
 * - `updated`: it differs, and is overwritten
 * - `kept`: it differs, and stays, as the mode says
 * - `unchanged`: it is as it should be
 * - `extra`: only the tenant has it, and it stays
 * - `pruned`: only the tenant has it, and it is removed
 * - `notRestorable`: it would be sent, and would not be there afterwards: see the problem with its pointer */
export const CHANGE_KINDS = [
  'created',
  'updated',
  'kept',
  'unchanged',
  'extra',
  'pruned',
  'notRestorable',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One value that changes. */
export interface PropertyChange {
  /** JSON Pointer in the whole document. */
  readonly pointer: string;
  /** What the tenant has; missing if it has no such member, and always if secret. */
  readonly old?: Json;
  /** What it gets; missing in the same way. */
  readonly new?: Json;
  /** It is a credential, or holds one: that it differs is all that is told. */
  readonly secret: boolean;
}

/** What becomes of one object. */
export interface Change {
  readonly type: ObjectType;
  /** See `TreeObject.id`. */
  readonly id: string;
  readonly workspace?: string;
  /** JSON Pointer of the object. */
  readonly pointer: string;
  /** What people call it, if it has a name. */
  readonly name?: string;
  readonly kind: ChangeKind;
  /** Not selected itself: something selected needs it. */
  readonly isDependency: boolean;
  /** What differs in an object of the kind `updated` or `kept`; empty for all others. */
  readonly properties: readonly PropertyChange[];
}

/** An object that something in the operation names, and that the tenant lacks. */
export interface ChangeDependency {
  readonly type: ObjectType;
  readonly id: string;
  /** JSON Pointers of the members that name it. */
  readonly pointers: readonly string[];
  readonly severity: ReferenceSeverity;
}

/** Why an operation must not be carried out as it is.
 * - `DANGLING_REFERENCE`: an object that is sent, or that stays, would name something that is not there
 * - `POOL_MISSING`: the same of an identity provider and its pool; SecureAuth leaves it out without a word
 * - `OWNER_MISSING`: the object lies in one that neither exists nor is selected
 * - `CONFLICT`: the object exists, and the mode is `fail` */
export type ProblemCode = 'DANGLING_REFERENCE' | 'POOL_MISSING' | 'OWNER_MISSING' | 'CONFLICT';

export interface Problem {
  readonly code: ProblemCode;
  /** JSON Pointer of the object, or of the member that names another one. */
  readonly pointer: string;
  readonly message: string;
}

/** - `UNMATCHED_SELECTOR`: an include means no object
 * - `DEPENDENCY_ADDED`: objects that were not selected are restored, as others need them
 * - `DEPENDENCY_MISSING`: objects are named that will not be there; what names them can do without
 * - `CREDENTIALS_FILLED`: what is to be restored shows none where the tenant has some, which stay
 * - `CREDENTIALS_MADE_ANEW`: neither shows any, so that SecureAuth makes some up
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
  | 'CREDENTIALS_MADE_ANEW'
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
