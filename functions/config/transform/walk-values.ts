/** Copies a document with other values, place by place. Iterative, so that depth costs no stack. */

import { isJwk } from '../credentials/lookalike.ts';
import { isContainer, type Json, type JsonContainer, type JsonObject, setMember } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  NO_MARKS,
  ROOT_CURSOR,
} from '../model/fields.ts';
import { step } from '../model/path-table.ts';

/** A place in a document. */
export interface Spot {
  /** Its JSON Pointer. */
  readonly pointer: string;
  /** Name of the member, or index of the element. */
  readonly name: string;
  /** The table's marks for it. */
  readonly marks: InheritedMarks;
  /** Whether it is a member of a JWK. */
  readonly inJwk: boolean;
}

/** The new value; or `KEEP`, which keeps the value and walks into a container; or `undefined`, which removes the
 * member. Elements of lists cannot be removed. */
export type ValueChange = (value: Json, spot: Spot) => Json | undefined | typeof KEEP;

export const KEEP = Symbol('keep');

/** Copies a document.
 * @param change called for each value, containers before their content
 * @param table of its fields. @default - that of trees
 * @returns a copy; the document is not modified */
export function mapValues(document: Json, change: ValueChange, table: FieldCursor = ROOT_CURSOR): Json {
  const holder: Record<string, Json> = {};
  interface Frame {
    readonly source: Json;
    readonly target: Record<string, Json> | Json[];
    readonly pointer: string;
    readonly cursor: FieldCursor;
    readonly marks: InheritedMarks;
  }
  const stack: Frame[] = [];
  const put = (
    target: Frame['target'],
    key: string,
    value: Json,
    spot: Spot,
    cursor: Frame['cursor'],
  ): void => {
    const changed = change(value, spot);
    if (changed === undefined) return;
    const kept = changed === KEEP ? value : changed;
    if (changed !== KEEP || !isContainer(kept)) {
      setMember(target as Record<string, Json>, key, kept as Json);
      return;
    }
    const copy: Frame['target'] = Array.isArray(kept) ? [] : {};
    setMember(target as Record<string, Json>, key, copy as Json);
    stack.push({ source: kept, target: copy, pointer: spot.pointer, cursor, marks: spot.marks });
  };
  put(
    holder,
    'root',
    document,
    { pointer: '', name: '', marks: inheritMarks(NO_MARKS, table), inJwk: false },
    table,
  );
  for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
    const inJwk = isJwk(frame.source as JsonContainer);
    for (const [name, value] of Object.entries<Json>(frame.source as JsonObject)) {
      const cursor = step(frame.cursor, name);
      const marks = inheritMarks(frame.marks, cursor);
      put(
        frame.target,
        name,
        value,
        { pointer: childPointer(frame.pointer, name), name, marks, inJwk },
        cursor,
      );
    }
  }
  return holder['root'] as Json;
}
