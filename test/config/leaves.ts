import { isContainer, type Json } from '../../functions/config/json/json.ts';
import { childPointer, parsePointer } from '../../functions/config/json/pointer.ts';
import type { Tree } from './arbitraries.ts';

/** Every value of a tree that has no members of its own. */
export function leavesOf(tree: Json, pointer = ''): { pointer: string; value: Json }[] {
  if (!isContainer(tree)) return [{ pointer, value: tree }];
  return Object.entries(tree).flatMap(([key, value]) => leavesOf(value as Json, childPointer(pointer, key)));
}

/** Change a value of a tree in place. */
export function setAt(tree: Tree, pointer: string, value: Json): void {
  const keys = parsePointer(pointer) ?? [];
  const last = keys.pop() ?? '';
  let place = tree;
  for (const key of keys) place = place[key];
  place[last] = value;
}

const VOLATILE_NAMES =
  /\/(created_at|updated_at|last_active|client_id_issued_at|client_secret_expires_at|application_types|version)$/;

/** Whether a place of a generated tenant is one that SecureAuth changes by itself. Written apart from the table that
 * the product uses: a name, outside of what is free-form or unknown. */
export function isVolatileHere(pointer: string): boolean {
  return (
    VOLATILE_NAMES.test(pointer) && !/\/(metadata|future_setting|future_section|features)\//.test(pointer)
  );
}
