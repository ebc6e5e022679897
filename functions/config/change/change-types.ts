/** The terms of a change set. */
import type { Json } from '../json/json-value.ts';
import type { ObjectType } from '../model/sections.ts';
import type { ReferenceSeverity } from '../references/reference-table.ts';

/** How an operation treats an object that exists: it overwrites it (`update`), leaves it (`ignore`), or refuses the
 * whole operation (`fail`). */
export type ChangeMode = 'ignore' | 'fail' | 'update';

/** - `created`: the tenant lacks it
 * - `updated`: it differs, and the operation overwrites it
 * - `kept`: it differs, and stays because of the mode
 * - `unchanged`: it does not differ
 * - `extra`: only the tenant has it, and it stays
 * - `pruned`: only the tenant has it, and the operation removes it
 * - `notRestorable`: the tenant would not accept it: see the problem with its pointer */
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
  /** The present value; missing if there is none, and always if secret. */
  readonly old?: Json;
  /** The new value; missing in the same way. */
  readonly new?: Json;
  /** Whether the value is, or holds, a credential: then the change is reported without values. */
  readonly secret: boolean;
}

/** What happens to one object. */
export interface Change {
  readonly type: ObjectType;
  /** See `TreeObject.id`. */
  readonly id: string;
  readonly workspace?: string;
  /** JSON Pointer of the object. */
  readonly pointer: string;
  /** Its name, if it has one. */
  readonly name?: string;
  readonly kind: ChangeKind;
  /** Whether it was not selected, but something selected needs it. */
  readonly isDependency: boolean;
  /** The differences of an object of the kind `updated` or `kept`; empty for all others. */
  readonly properties: readonly PropertyChange[];
}

/** An object that the operation needs and the tenant lacks. */
export interface ChangeDependency {
  readonly type: ObjectType;
  readonly id: string;
  /** JSON Pointers of the members that name it. */
  readonly pointers: readonly string[];
  readonly severity: ReferenceSeverity;
}

/** Why an operation must not run.
 * - `DANGLING_REFERENCE`: an object that is sent, or that stays, would name an object that does not exist
 * - `POOL_MISSING`: the same for an identity provider and its pool; SecureAuth silently leaves it out
 * - `OWNER_MISSING`: the object lies in one that neither exists nor is selected
 * - `CONFLICT`: the object exists, and the mode is `fail`
 * - `TYPE_CHANGED`: a patch gives a member another JSON type than it has
 * - `IDENTIFIER_TAKEN`: another user has the identifier of a restored one, see `takenIdentifiers` */
export type ProblemCode =
  | 'DANGLING_REFERENCE'
  | 'POOL_MISSING'
  | 'OWNER_MISSING'
  | 'CONFLICT'
  | 'TYPE_CHANGED'
  | 'IDENTIFIER_TAKEN';

export interface Problem {
  readonly code: ProblemCode;
  /** JSON Pointer of the object, or of the member that names another one. */
  readonly pointer: string;
  readonly message: string;
}
