import { isDeepStrictEqual } from 'node:util';
import { filterMembers, isJsonObject, type Json, type JsonObject, memberOf } from '../json.ts';
import { keyOf } from './dump/collections.ts';
import { isOwnMember, type ObjectKind, type Relation, TENANT } from './model.ts';
import type { Collections, TenantState } from './tenants.ts';

/** How many objects may still change. */
interface Budget {
  left: number;
}

/** A write that breaks off: the first objects have changed, the others are as they were.
 * @param objects how many are created, replaced or deleted before it breaks off
 */
export function firstChanges(before: TenantState, after: TenantState, objects: number): TenantState {
  const budget: Budget = { left: objects };
  const tree = partialObject(TENANT, before.tree, after.tree, budget);
  return {
    tree: isJsonObject(tree) ? tree : before.tree,
    beside: partialLists(before.beside, after.beside, budget),
    identity: partialLists(before.identity, after.identity, budget),
    ids: new Map([...before.ids, ...after.ids]),
  };
}

/** Returns whether one more object may change. */
function spend(budget: Budget): boolean {
  if (budget.left <= 0) return false;
  budget.left -= 1;
  return true;
}

function partialObject(
  kind: ObjectKind,
  before: Json | undefined,
  after: Json | undefined,
  budget: Budget,
): Json | undefined {
  if (isDeepStrictEqual(before, after)) return after;
  if (!isJsonObject(before) || !isJsonObject(after)) {
    if (!isJsonObject(after)) return spend(budget) ? after : before;
    // What lies in a new object comes after the object itself.
    if (!spend(budget)) return before;
    return { ...ownOf(kind, after), ...partialRelations(kind, {}, after, budget) };
  }
  const own = ownOf(kind, after);
  const isSame = isDeepStrictEqual(ownOf(kind, before), own);
  return {
    ...(isSame || spend(budget) ? own : ownOf(kind, before)),
    ...partialRelations(kind, before, after, budget),
  };
}

const ownOf = (kind: ObjectKind, value: JsonObject): JsonObject =>
  filterMembers(value, (name) => isOwnMember(kind, name));

function partialRelations(
  kind: ObjectKind,
  before: JsonObject,
  after: JsonObject,
  budget: Budget,
): JsonObject {
  const entries = Object.entries(kind.relations ?? {}).flatMap(([name, relation]): [string, Json][] => {
    const result = partialRelation(relation, memberOf(before, name), memberOf(after, name), budget);
    return result === undefined ? [] : [[name, result]];
  });
  return Object.fromEntries(entries);
}

function partialRelation(
  { shape, of }: Relation,
  before: Json | undefined,
  after: Json | undefined,
  budget: Budget,
): Json | undefined {
  if (isDeepStrictEqual(before, after)) return after;
  if (shape === 'single') return partialObject(of, before, after, budget);
  const ids = [before, after].flatMap((entries) => (isJsonObject(entries) ? Object.keys(entries) : []));
  const entries = [...new Set(ids)].flatMap((id): [string, Json][] => {
    const [was, is] = [memberOf(before, id), memberOf(after, id)];
    const result =
      shape === 'nested-map'
        ? partialRelation({ shape: 'map', of }, was, is, budget)
        : partialObject(of, was, is, budget);
    return result === undefined ? [] : [[id, result]];
  });
  if (entries.length > 0) return Object.fromEntries(entries);
  // Whether nothing is an empty map, null or not there at all is no object's change.
  return budget.left > 0 ? after : before;
}

function partialLists(before: Collections, after: Collections, budget: Budget): Collections {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    names.map((name) => {
      const byKey = (list: readonly JsonObject[] = []) =>
        new Map(list.map((element) => [keyOf(name, element), element]));
      const [was, is] = [byKey(before[name]), byKey(after[name])];
      const list = [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
        const [old, now] = [was.get(key), is.get(key)];
        const result = isDeepStrictEqual(old, now) || spend(budget) ? now : old;
        return result === undefined ? [] : [result];
      });
      return [name, list];
    }),
  );
}
