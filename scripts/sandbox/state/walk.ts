import { isJsonObject, type Json, type JsonObject, mapMembers, memberOf, pointerTo } from '../json.ts';
import type { ObjectKind, Relation } from './model.ts';

/** An object met on the way through a document. */
export interface Visited {
  readonly kind: ObjectKind;
  readonly value: Json;
  /** JSON Pointer from the root of the document. */
  readonly pointer: string;
}

/** Every entry of a relation with its pointer, whatever its JSON kind; nothing for a relation that is null. */
export function* entriesOf(relation: Relation, value: Json, pointer: string): Generator<Visited> {
  const kind = relation.of;
  if (value === null) return;
  if (relation.shape === 'single') {
    yield { kind, value, pointer };
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [id, entry] of Object.entries(value)) {
    const entryPointer = pointerTo(pointer, id);
    if (relation.shape === 'nested-map') yield* entriesOf({ shape: 'map', of: kind }, entry, entryPointer);
    else yield { kind, value: entry, pointer: entryPointer };
  }
}

/** Every object of a document: the root, its parts, and the objects of its relations, outermost first. */
export function* visitObjects(kind: ObjectKind, value: Json, pointer = ''): Generator<Visited> {
  yield { kind, value, pointer };
  for (const [name, part] of Object.entries(kind.parts ?? {})) {
    const member = memberOf(value, name);
    if (isJsonObject(member)) yield* visitObjects(part, member, pointerTo(pointer, name));
  }
  for (const [name, relation] of Object.entries(kind.relations ?? {})) {
    const member = memberOf(value, name) ?? null;
    for (const entry of entriesOf(relation, member, pointerTo(pointer, name))) {
      yield* visitObjects(entry.kind, entry.value, entry.pointer);
    }
  }
}

/** A copy of a document in which every object has gone through `change`, innermost first. Bare values stay. */
export function mapObjects(
  kind: ObjectKind,
  value: JsonObject,
  change: (kind: ObjectKind, value: JsonObject) => JsonObject,
): JsonObject {
  const inner = mapMembers(value, (item, name) => {
    const part = kind.parts !== undefined && Object.hasOwn(kind.parts, name) ? kind.parts[name] : undefined;
    if (part !== undefined) return isJsonObject(item) ? mapObjects(part, item, change) : item;
    const relation =
      kind.relations !== undefined && Object.hasOwn(kind.relations, name) ? kind.relations[name] : undefined;
    return relation === undefined ? item : mapRelation(relation, item, change);
  });
  return change(kind, inner);
}

function mapRelation(
  { shape, of }: Relation,
  value: Json,
  change: (kind: ObjectKind, value: JsonObject) => JsonObject,
): Json {
  if (!isJsonObject(value)) return value;
  if (shape === 'single') return mapObjects(of, value, change);
  if (shape === 'map')
    return mapMembers(value, (entry) => (isJsonObject(entry) ? mapObjects(of, entry, change) : entry));
  return mapMembers(value, (entry) => mapRelation({ shape: 'map', of }, entry, change));
}
