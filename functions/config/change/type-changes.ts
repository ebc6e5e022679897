/** Finds members that a patch gives another JSON type, which SecureAuth refuses. */
import { isContainer, type Json, type JsonObject, member } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import { type FieldCursor, inheritMarks, NO_MARKS, ROOT_CURSOR } from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import type { Problem } from './change-types.ts';

interface Pair {
  readonly from: Json;
  readonly to: Json;
  readonly pointer: string;
  readonly cursor: FieldCursor;
}

/** Compares the types of members that both trees have, and of the elements of lists. The customer's own JSON may change its
 * types, and null has none. The problems show no value. */
export function typeChanges(from: Json, to: Json): Problem[] {
  const problems: Problem[] = [];
  const stack: Pair[] = [{ from, to, pointer: '', cursor: ROOT_CURSOR }];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const { pointer, cursor } = pair;
    if (pair.from === pair.to || inheritMarks(NO_MARKS, cursor).freeForm) continue;
    const [present, wanted] = [typeOf(pair.from), typeOf(pair.to)];
    if (present === null || wanted === null) continue;
    if (present !== wanted) {
      const append = present === 'list' ? ' (to append an element by RFC 6902, end the path with /-)' : '';
      const message = `${pointer} is of the type ${present}, and would become ${wanted === 'object' ? 'an' : 'a'} ${wanted}${append}`;
      problems.push({ code: 'TYPE_CHANGED', pointer, message });
    } else if (isContainer(pair.from) && isContainer(pair.to)) {
      const first = Array.isArray(pair.from)
        ? pair.from.find((element) => typeOf(element) !== null)
        : undefined;
      for (const [name, value] of Object.entries<Json>(pair.to as JsonObject).reverse()) {
        const before = member(pair.from, name) ?? first;
        if (before === undefined) continue;
        stack.push({
          from: before,
          to: value,
          pointer: childPointer(pointer, name),
          cursor: step(cursor, name),
        });
      }
    }
  }
  return problems;
}

function typeOf(value: Json): 'list' | 'object' | 'text' | 'number' | 'boolean' | null {
  if (value === null) return null;
  if (Array.isArray(value)) return 'list';
  if (isContainer(value)) return 'object';
  const type = typeof value;
  return type === 'string' ? 'text' : type === 'boolean' ? 'boolean' : 'number';
}
