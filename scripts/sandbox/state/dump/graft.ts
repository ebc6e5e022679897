import { isJsonObject, type Json, type JsonObject, memberOf } from '../../json.ts';
import { type ObjectKind, type Relation, TENANT } from '../model.ts';

/** Relations that no dump holds. */
const NOT_IN_DUMPS: readonly string[] = ['pools', 'schemas'];

/** Members of an object that a dump keeps apart, and that are therefore missing where there is nothing in them. */
const KEPT_APART: readonly string[] = ['policy_execution_points', 'cross_tenant_api_policy_bindings'];

/** A tree that came out of a dump, with what a dump cannot tell taken from the tree before: pools, schemas, and whether
 * nothing is written as an empty map, as null, or not at all. */
export function graft(tree: JsonObject, before: JsonObject): JsonObject {
  return graftObject(TENANT, tree, before);
}

function graftObject(kind: ObjectKind, value: JsonObject, before: Json | undefined): JsonObject {
  const relations = kind.relations ?? {};
  const members = Object.keys(value).concat(isJsonObject(before) ? Object.keys(before) : []);
  const grafted = [...new Set(members)].flatMap((name): [string, Json][] => {
    const here = memberOf(value, name);
    const there = memberOf(before, name);
    if (NOT_IN_DUMPS.includes(name) && Object.hasOwn(relations, name)) {
      return there === undefined ? [] : [[name, there]];
    }
    const relation = Object.hasOwn(relations, name) ? relations[name] : undefined;
    if (relation !== undefined) {
      const result = graftRelation(relation, here, there);
      return result === undefined ? [] : [[name, result]];
    }
    if (KEPT_APART.includes(name) && here === undefined) {
      return there === undefined ? [] : [[name, there === null ? null : {}]];
    }
    const part = kind.parts?.[name];
    if (part !== undefined && isJsonObject(here)) return [[name, graftObject(part, here, there)]];
    return here === undefined ? [] : [[name, here]];
  });
  return Object.fromEntries(grafted);
}

/** @returns undefined if the relation is to be left out, as it was before */
function graftRelation(
  { shape, of }: Relation,
  here: Json | undefined,
  there: Json | undefined,
): Json | undefined {
  if (here === undefined || here === null) return there === undefined ? undefined : null;
  if (!isJsonObject(here)) return here;
  if (shape === 'single') return graftObject(of, here, there);
  const kept = Object.entries(isJsonObject(there) ? there : {}).filter(
    ([id, entry]) => !Object.hasOwn(here, id) && isBlankEntry(of, shape, entry),
  );
  const entries = Object.entries(here).map(([id, entry]): [string, Json] => {
    const previous = memberOf(there, id);
    if (shape === 'nested-map') {
      return [id, graftRelation({ shape: 'map', of }, entry, previous) ?? entry];
    }
    return [id, isJsonObject(entry) ? graftObject(of, entry, previous) : entry];
  });
  if (entries.length + kept.length === 0) return there === undefined ? undefined : there === null ? null : {};
  return Object.fromEntries([...entries, ...kept]);
}

/** An entry that a dump does not show, because it says nothing. */
const isBlankEntry = (kind: ObjectKind, shape: Relation['shape'], entry: Json): boolean =>
  entry === null ||
  (kind.bare !== undefined && (entry === false || entry === '')) ||
  (shape === 'nested-map' && isJsonObject(entry) && Object.keys(entry).length === 0);
