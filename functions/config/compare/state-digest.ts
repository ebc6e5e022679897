/** Computes a digest of objects, which shows only whether one of them has changed. */
import { createHmac, createSecretKey } from 'node:crypto';
import { isEmpty, isUnset } from '../json/blank.ts';
import { isContainer, type Json, type JsonObject, stringifyJson } from '../json/json.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { keepsOrder } from '../json/same-value.ts';
import { DUMP_COMPARE_CURSOR } from '../model/dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  NO_MARKS,
  ROOT_CURSOR,
} from '../model/fields.ts';
import { objectsOf, type TreeObject } from '../model/objects.ts';
import { step } from '../model/path-table.ts';
import type { Shape } from '../model/shape.ts';

export interface StateDigestOptions {
  readonly shape: Shape;
  /** Which objects count; adding or removing one changes the digest. */
  readonly includes: (object: TreeObject) => boolean;
  /** 32 bytes. Without the key, no guess at a credential can be tested against the digest. */
  readonly key: Uint8Array;
}

/** Begins unlike the message of any fingerprint. */
const LABEL = 'tenant-backup state v1';

/** Digests the objects of a tree, credentials included. It ignores what SecureAuth changes by itself, empty members,
 * and the order of objects, of members and of texts in a list.
 * @returns 64 lower-case hexadecimal digits
 * @see https://www.rfc-editor.org/rfc/rfc2104 */
export function stateDigest(tree: Json, { shape, includes, key }: StateDigestOptions): string {
  const objects = [...objectsOf(tree, { shape })].filter(includes);
  return digestOf(
    objects.map(({ pointer, body }) => ({ name: pointer, pointer, body })),
    ROOT_CURSOR,
    key,
  );
}

export interface DumpDigestOptions {
  readonly includes: (object: DumpObject) => boolean;
  /** Which members are volatile. @default - those of a comparison, in which ids that imports generate mean nothing */
  readonly table?: FieldCursor;
  readonly key: Uint8Array;
}

/** Digests the objects of a dump in any order, as `stateDigest` does. */
export const dumpDigest = (
  dump: JsonObject,
  { includes, key, table = DUMP_COMPARE_CURSOR }: DumpDigestOptions,
): string =>
  digestOf(
    [...dumpObjectsOf(dump)].filter(includes).map((object) => ({ name: object.key, ...object })),
    table,
    key,
  );

interface Digested {
  /** Name by which the object is the same in two documents. */
  readonly name: string;
  readonly pointer: string;
  readonly body: Json;
}

function digestOf(objects: readonly Digested[], table: FieldCursor, key: Uint8Array): string {
  const hmac = createHmac('sha256', createSecretKey(key)).update(LABEL);
  for (const { name, pointer, body } of objects.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hmac.update(`\n${JSON.stringify(name)}`);
    for (const line of linesOf(pointer, body, table)) hmac.update(`\n ${line}`);
  }
  return hmac.digest('hex');
}

interface Place {
  readonly name: string;
  readonly value: Json;
  readonly pointer: string;
  readonly cursor: FieldCursor;
  readonly marks: InheritedMarks;
}

/** Lists every value of a body with its place, sorted. */
function linesOf(pointer: string, body: Json, table: FieldCursor): string[] {
  let cursor = table;
  let marks = NO_MARKS;
  for (const key of parsePointer(pointer) ?? []) {
    cursor = step(cursor, key);
    marks = inheritMarks(marks, cursor);
  }
  const lines: string[] = [];
  const stack: Place[] = [{ name: '', value: body, pointer: '', cursor, marks }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.marks.volatile) continue;
    const { value } = at;
    if (!isContainer(value) || isListOfTexts(value)) {
      if (at.marks.freeForm ? isEmpty(value) : isUnset(value)) continue;
      const isOrdered = at.marks.freeForm || keepsOrder(at.name);
      const content = Array.isArray(value) && !isOrdered ? value.toSorted() : value;
      lines.push(`${JSON.stringify(at.pointer)}:${stringifyJson(content)}`);
      continue;
    }
    // A list with another number of elements differs, whatever they are.
    if (Array.isArray(value) && value.length > 0)
      lines.push(`${JSON.stringify(at.pointer)}:${value.length}[]`);
    for (const [name, inner] of Object.entries<Json>(value as JsonObject)) {
      const below = step(at.cursor, name);
      stack.push({
        name,
        value: inner,
        pointer: childPointer(at.pointer, name),
        cursor: below,
        marks: inheritMarks(at.marks, below),
      });
    }
  }
  return lines.sort();
}

const isListOfTexts = (value: Json): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((element) => typeof element === 'string');
