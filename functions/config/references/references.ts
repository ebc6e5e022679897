/** The references between the objects of a tree: an import refuses, or silently leaves out, an object whose target is
 * not there. */
import { isContainer, isObject, type Json, type JsonObject } from '../json/json.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { listObjects, type TreeObject } from '../model/objects.ts';
import type { PathCursor } from '../model/path-table.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import {
  REFERENCE_CURSORS,
  REFERENCE_RULES,
  type Reference,
  type ReferenceMark,
  scriptTargetTypes,
} from './reference-rules.ts';
import { indexObjects, type Presence, type TargetIndex } from './reference-targets.ts';

export type { Reference, ReferenceScope, ReferenceSeverity } from './reference-rules.ts';

export interface ReferenceReport {
  /** References whose targets the tree holds, or would have to. */
  readonly checked: number;
  /** References whose targets the tree need not hold: those of a lone workspace to its tenant, and to the built-in
   * workspaces of a tenant that were not exported. */
  readonly unchecked: number;
  /** References to nothing, in document order. */
  readonly dangling: readonly Reference[];
}

/** @param shape of the tree, if it is known already */
export interface ReferencesOptions {
  readonly shape?: Shape | undefined;
}

/** Find the references of a tree to objects that it does not hold.
 *
 * Unset is a member that is missing, null, `""`, or no text at all. A reference to a dynamic scope is answered by a
 * wildcard: `users.42` by `users.*`.
 * @throws EXPORT_MALFORMED if the shape is not given and the tree is neither a tenant nor a workspace */
export function findDanglingReferences(tree: Json, options: ReferencesOptions = {}): ReferenceReport {
  let checked = 0;
  let unchecked = 0;
  const dangling: Reference[] = [];
  for (const { reference, presence } of referencesOf(tree, options)) {
    if (presence === 'elsewhere') unchecked++;
    else checked++;
    if (presence === 'missing') dangling.push(reference);
  }
  return { checked, unchecked, dangling };
}

/** List all references of a tree, in document order, and whether the tree holds their targets.
 * @throws EXPORT_MALFORMED as `findDanglingReferences` */
export function* referencesOf(
  tree: Json,
  options: ReferencesOptions = {},
): Generator<{ readonly reference: Reference; readonly presence: Presence }> {
  const shape = options.shape ?? shapeOf(tree);
  yield* referencesAmong(listObjects(tree, { shape }), shape);
}

/** The same for a tree whose objects are listed already, with or without the objects that they hold: no reference is found by
 * way of these. */
export function* referencesAmong(
  objects: readonly TreeObject[],
  shape: Shape,
): ReturnType<typeof referencesOf> {
  const targets = indexObjects(objects, shape);
  for (const object of objects) {
    for (const reference of referencesIn(object)) {
      yield { reference, presence: targets.presence(reference) };
    }
    const target = targetOfKey(object, targets);
    if (target !== undefined) yield target;
  }
}

/** The same, without references whose targets the tree holds: of those nothing is made. */
export function referencesNotHeld(
  objects: readonly TreeObject[],
  shape: Shape,
): { readonly reference: Reference; readonly presence: Presence }[] {
  const targets = indexObjects(objects, shape);
  const found: { readonly reference: Reference; readonly presence: Presence }[] = [];
  for (const object of objects) {
    visitNames(object, (mark, id, keys) => {
      const { target, scope } = REFERENCE_RULES[mark];
      const presence = targets.presence({ from: object, target: { type: target, id }, scope });
      if (presence !== 'held') found.push({ reference: referenceOf(object, mark, id, keys), presence });
    });
    const target = targetOfKey(object, targets);
    if (target !== undefined && target.presence !== 'held') found.push(target);
  }
  return found;
}

/** The references in the body of one object. */
export function referencesIn(object: TreeObject): Reference[] {
  const found: Reference[] = [];
  visitNames(object, (mark, id, keys) => found.push(referenceOf(object, mark, id, keys)));
  return found;
}

function referenceOf(
  object: TreeObject,
  mark: ReferenceMark,
  id: string,
  keys: readonly string[],
): Reference {
  const { target, scope, severity } = REFERENCE_RULES[mark];
  const pointer = keys.reduce<string>(childPointer, object.pointer);
  return { from: addressOf(object), pointer, target: { type: target, id }, scope, severity };
}

/** @param keys from the object's body to the member that names something; only for as long as the call lasts */
type VisitName = (mark: ReferenceMark, id: string, keys: readonly string[]) => void;

function visitNames(object: TreeObject, visit: VisitName): void {
  const place = PLACES.get(object.type);
  if (place !== undefined) visitNamesIn(object.body, place, [], visit);
}

/** Goes only where the table goes: a few steps, however deep the body is. */
function visitNamesIn(value: Json, place: Place, keys: string[], visit: VisitName): void {
  for (const mark of place.marks) {
    if (REFERENCE_RULES[mark].named === 'byMembers') {
      if (!isObject(value)) continue;
      for (const id of Object.keys(value)) visit(mark, id, [...keys, id]);
    } else if (typeof value === 'string' && value !== '') visit(mark, value, keys);
  }
  if (typeof value === 'string' || !isContainer(value)) return;
  const { named, other } = place;
  if (other === undefined) {
    for (const [key, below] of named) {
      if (!Object.hasOwn(value, key)) continue;
      keys.push(key);
      visitNamesIn((value as JsonObject)[key] as Json, below, keys, visit);
      keys.pop();
    }
    return;
  }
  for (const key of Object.keys(value)) {
    keys.push(key);
    visitNamesIn((value as JsonObject)[key] as Json, named.get(key) ?? other, keys, visit);
    keys.pop();
  }
}

/** A cursor of the table, its marks as a list: the walk comes by each many times. */
interface Place {
  readonly marks: readonly ReferenceMark[];
  readonly named: ReadonlyMap<string, Place>;
  readonly other: Place | undefined;
}

const placeOf = ({ marks, named, other }: PathCursor<ReferenceMark>): Place => ({
  marks: [...marks],
  named: new Map([...named].map(([name, below]) => [name, placeOf(below)])),
  other: other && placeOf(other),
});

const PLACES: ReadonlyMap<string, Place> = new Map(
  [...REFERENCE_CURSORS].map(([type, cursor]) => [type, placeOf(cursor)]),
);

/** Some objects name another one by their own key. */
function targetOfKey(
  object: TreeObject,
  targets: TargetIndex,
): { readonly reference: Reference; readonly presence: Presence } | undefined {
  const { type, body, pointer } = object;
  if (type === 'servers_binding') {
    // What `false` binds is documented nowhere; it names a workspace that need not be bound.
    if (body === false) return undefined;
    const reference: Reference = {
      from: addressOf(object),
      pointer,
      target: { type: 'server', id: object.id },
      scope: 'tenant',
      severity: 'error',
    };
    return { reference, presence: targets.presence(reference) };
  }
  if (type !== 'script_execution_point') return undefined;
  const [point = '', id = ''] = (parsePointer(pointer) ?? []).slice(-2);
  const candidates = scriptTargetTypes(point).map((target): Reference => {
    const scope = 'workspace';
    return { from: addressOf(object), pointer, target: { type: target, id }, scope, severity: 'warning' };
  });
  const judged = candidates.map((reference) => ({ reference, presence: targets.presence(reference) }));
  return (
    judged.find(({ presence }) => presence === 'held') ??
    judged.find(({ presence }) => presence === 'elsewhere') ??
    judged[0]
  );
}

const addressOf = ({ type, id, workspace }: TreeObject): Reference['from'] => ({
  type,
  id,
  ...(workspace === undefined ? {} : { workspace }),
});
