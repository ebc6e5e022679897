/** The words of a change set. */
import type { Json } from '../json/json-value.ts';
import type { ObjectType } from '../model/sections.ts';
import type { ReferenceSeverity } from '../references/reference-table.ts';

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
