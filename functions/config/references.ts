/** The references between the objects of a tree: an import refuses, or silently leaves out, an object whose target is
 * not there. */
import { isContainer, isObject, type Json, type JsonObject } from './json.ts';
import { listObjects, type TreeObject } from './objects.ts';
import type { PathCursor } from './path-table.ts';
import { childPointer, parsePointer } from './pointer.ts';
import {
  REFERENCE_CURSORS,
  REFERENCE_RULES,
  type Reference,
  type ReferenceMark,
  scriptTargetTypes,
} from './reference-rules.ts';
import { indexObjects, type Presence, type TargetIndex } from './reference-targets.ts';
import { type Shape, shapeOf } from './shape.ts';

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

/** The references in the body of one object. */
export function* referencesIn(object: TreeObject): Generator<Reference> {
  const cursor = REFERENCE_CURSORS.get(object.type);
  if (cursor === undefined) return;
  for (const { mark, id, pointer } of namesIn(object.body, cursor, object.pointer)) {
    const { target, scope, severity } = REFERENCE_RULES[mark];
    yield { from: addressOf(object), pointer, target: { type: target, id }, scope, severity };
  }
}

interface FoundName {
  readonly mark: ReferenceMark;
  readonly id: string;
  readonly pointer: string;
}

/** Goes only where the table goes: a few steps, however deep the body is. */
function* namesIn(
  value: Json,
  cursor: PathCursor<ReferenceMark>,
  pointer: string,
): Generator<FoundName, void, void> {
  for (const mark of cursor.marks) {
    if (REFERENCE_RULES[mark].named === 'byMembers') {
      if (!isObject(value)) continue;
      for (const id of Object.keys(value)) yield { mark, id, pointer: childPointer(pointer, id) };
    } else if (typeof value === 'string' && value !== '') yield { mark, id: value, pointer };
  }
  if (!isContainer(value)) return;
  const { named, other } = cursor;
  if (other === undefined) {
    for (const [key, below] of named) {
      if (Object.hasOwn(value, key)) {
        yield* namesIn((value as JsonObject)[key] as Json, below, childPointer(pointer, key));
      }
    }
    return;
  }
  for (const [key, content] of Object.entries<Json>(value as JsonObject)) {
    yield* namesIn(content, named.get(key) ?? other, childPointer(pointer, key));
  }
}

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
