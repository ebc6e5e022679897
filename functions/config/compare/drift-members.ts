/** Counts the members in which drift may be. It keeps their names as a tree for each type, so that one walk counts
 * all objects. */

import { isContainer, isObject, type Json, type JsonObject, member, stringifyJson } from '../json/json.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { type FieldCursor, inheritMarks, NO_MARKS } from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import type { PropertyDifference } from './compare-bodies.ts';

export type Side = 'expected' | 'actual';

/** An object of a document, as drift needs it. */
export interface DriftObject {
  readonly type: string;
  readonly pointer: string;
  readonly body: Json;
}

/** An object that differs, with the bodies of both sides. */
export interface ChangedObject {
  readonly type: string;
  /** As in the pointers of `properties`. */
  readonly pointer: string;
  readonly expected: Json;
  readonly actual: Json;
  readonly properties: readonly PropertyDifference[];
}

export interface DriftSides {
  /** Lists all objects of the backup again with each call. */
  readonly expected: () => Iterable<DriftObject>;
  /** Lists all objects of the tenant again with each call. */
  readonly actual: () => Iterable<DriftObject>;
  readonly changed: readonly ChangedObject[];
  /** The known places of the document. */
  readonly table: FieldCursor;
  /** Types whose values all count as secret, although they are no credentials. @default - none */
  readonly personal?: ReadonlySet<string> | undefined;
}

type Counts = Record<Side, number>;

/** A member, or the body itself. */
export interface DriftNode {
  /** See `DriftedMember.member`. */
  readonly member: string;
  readonly named: Map<string, DriftNode>;
  /** The members of the elements, if the member is a list. */
  elements: DriftNode | undefined;
  /** The sides that have it where the other side lacks it. */
  readonly wanted: Set<Side>;
  /** How many objects, or elements, have the member. */
  readonly has: Counts;
  /** How many objects, or elements, have the container of the member. */
  readonly holders: Counts;
  /** Places of the objects that have each value. */
  readonly values: Record<Side, Map<string, string[]>>;
  /** All members that differ; only at the body. */
  readonly candidates: Set<DriftNode>;
}

export const driftNode = (name: string): DriftNode => ({
  member: name,
  named: new Map(),
  elements: undefined,
  wanted: new Set(),
  has: { expected: 0, actual: 0 },
  holders: { expected: 0, actual: 0 },
  values: { expected: new Map(), actual: new Map() },
  candidates: new Set(),
});

type Known = Pick<DriftSides, 'table' | 'personal'>;

/** Notes a difference, if it is in a field that one side lacks. */
export function nodeFor(
  root: DriftNode,
  changed: ChangedObject,
  property: PropertyDifference,
  known: Known,
): DriftNode | undefined {
  const lacking = lackingField(changed, property, known);
  if (lacking === undefined) return undefined;
  let node = root;
  for (const key of lacking.keys) node = key === undefined ? elementsOf(node) : memberOf(node, key);
  node.wanted.add(lacking.side);
  root.candidates.add(node);
  return node;
}

function elementsOf(node: DriftNode): DriftNode {
  node.elements ??= driftNode(`${node.member}/*`);
  return node.elements;
}

function memberOf(node: DriftNode, key: string): DriftNode {
  const known = node.named.get(key);
  if (known !== undefined) return known;
  const made = driftNode(childPointer(node.member, key));
  node.named.set(key, made);
  return made;
}

interface LackingField {
  /** Names from the body to the outermost member that one side lacks; `undefined` for any element of a list. */
  readonly keys: readonly (string | undefined)[];
  /** The side that has it. */
  readonly side: Side;
}

function lackingField(
  { type, pointer, expected, actual }: ChangedObject,
  property: PropertyDifference,
  { table, personal }: Known,
): LackingField | undefined {
  if (property.secret && personal?.has(type) !== true) return undefined;
  let cursor: FieldCursor = table;
  let marks = inheritMarks(NO_MARKS, cursor);
  const below = (key: string): void => {
    cursor = step(cursor, key);
    marks = inheritMarks(marks, cursor);
  };
  for (const key of parsePointer(pointer) ?? []) below(key);
  let [left, right]: [Json | undefined, Json | undefined] = [expected, actual];
  const keys: (string | undefined)[] = [];
  for (const key of parsePointer(property.pointer.slice(pointer.length)) ?? []) {
    keys.push(Array.isArray(left) && Array.isArray(right) ? undefined : key);
    below(key);
    // SecureAuth does not choose the names of such members.
    if (marks.freeForm || marks.unnamed || marks.keySet) return undefined;
    if (!isContainer(left) || !isContainer(right)) return undefined;
    [left, right] = [member(left, key), member(right, key)];
    if (left === undefined || right === undefined) {
      return left === right ? undefined : { keys, side: left === undefined ? 'actual' : 'expected' };
    }
  }
  return undefined;
}

/** Counts on both sides how many objects have the members. */
export function tally(roots: ReadonlyMap<string, DriftNode>, { expected, actual }: DriftSides): void {
  for (const [side, objects] of [
    ['expected', expected],
    ['actual', actual],
  ] as const) {
    for (const { type, pointer, body } of objects()) {
      const root = roots.get(type);
      if (root !== undefined) visit(root, body, side, pointer);
    }
  }
  for (const root of roots.values()) spreadHolders(root);
}

/** Visits only places with differences, however deep a body is. */
function visit(node: DriftNode, value: Json, side: Side, pointer: string): void {
  if (Array.isArray(value)) {
    if (node.elements === undefined) return;
    for (const element of value as Json[]) visit(node.elements, element, side, pointer);
    return;
  }
  if (!isObject(value)) return;
  node.holders[side]++;
  if (node.named.size === 0) return;
  for (const [key, inner] of Object.entries<Json>(value as JsonObject)) {
    const below = node.named.get(key);
    if (below === undefined) continue;
    below.has[side]++;
    if (below.wanted.has(side)) {
      const places = below.values[side];
      const text = stringifyJson(inner);
      const known = places.get(text);
      if (known === undefined) places.set(text, [pointer]);
      else known.push(pointer);
    }
    visit(below, inner, side, pointer);
  }
}

/** Sets `holders` of each member to the number of objects that the member lies in. Until here it counts the objects
 * that the node is itself. */
function spreadHolders(node: DriftNode): void {
  for (const below of [...node.named.values(), ...(node.elements ? [node.elements] : [])])
    spreadHolders(below);
  for (const below of node.named.values()) Object.assign(below.holders, node.holders);
}
