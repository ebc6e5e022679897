import { filterMembers, isJsonObject, type Json, type JsonObject, mapMembers } from '../json.ts';
import type { Collections, TenantState } from '../state/tenants.ts';
import { type Field, type Struct, structOf } from './types.ts';

/** Whether a tenant is stored as JSON came, or in typed fields, as a server written in Go does: what a document lacks has the zero
 * value of its type, and members without a field are kept, or dropped. */
export const TYPED = ['off', 'keep-unknown', 'drop-unknown'] as const;
export type Typed = (typeof TYPED)[number];

/** The zero values of scalars and lists; objects of any content have none. */
const ZERO: Readonly<Record<string, Json>> = { b: false, n: 0, s: '', t: '0001-01-01T00:00:00Z', l: null };

/** Returns a tenant as a server with typed fields stores it. */
export function asTyped(typed: Typed, { tree, beside, identity, ids }: TenantState): TenantState {
  const isDropping = typed === 'drop-unknown';
  return {
    tree: fill(structOf('hub.TreeTenant'), tree, isDropping),
    beside: fillLists('system.TenantDump', beside, isDropping),
    identity: fillLists('identity.TenantDump', identity, isDropping),
    ids,
  };
}

function fillLists(name: string, lists: Collections, isDropping: boolean): Collections {
  const { fields } = structOf(name);
  return Object.fromEntries(
    Object.entries(lists).map(([collection, list]) => {
      const struct = fields.get(collection)?.struct;
      return [collection, struct ? list.map((element) => fill(struct, element, isDropping)) : list];
    }),
  );
}

/** Writes out the members of a structure, and of those that it holds. */
function fill(struct: Struct, value: JsonObject, isDropping: boolean): JsonObject {
  const known = isDropping ? filterMembers(value, (name) => struct.fields.has(name)) : value;
  const filled = mapMembers(known, (inner, name) => {
    const field = struct.fields.get(name);
    return field === undefined ? inner : fillField(field, inner ?? zeroOf(struct, field) ?? null, isDropping);
  });
  return { ...zeros(struct), ...filled };
}

/** @param inner of the kind of the field: an object, or a list or map of what the rest of the kind says */
function fillField({ kind, struct }: Field, inner: Json, isDropping: boolean): Json {
  if (struct === undefined) return inner;
  const below = (value: Json) => fillField({ kind: kind.slice(1, -1), struct }, value, isDropping);
  if (Array.isArray(inner)) return kind.startsWith('[') ? inner.map(below) : inner;
  if (!isJsonObject(inner)) return inner;
  return kind.startsWith('{') ? mapMembers(inner, below) : fill(struct, inner, isDropping);
}

const zeros = (struct: Struct): JsonObject =>
  Object.fromEntries(
    [...struct.fields].flatMap(([name, field]): [string, Json][] => {
      const zero = zeroOf(struct, field);
      return zero === undefined ? [] : [[name, zero]];
    }),
  );

/** What a field holds that was never set. Structures of scalars are values; all others are pointers, and so are those of which
 * one is chosen, such as the settings of a method. Objects that an import treats by themselves, such as clients, are never made up. */
function zeroOf(holder: Struct, { kind, struct }: Field): Json | undefined {
  if (struct === undefined) return ZERO[kind];
  if (/^hub\.Tree/.test(struct.name) || kind.startsWith('{')) return undefined;
  const isValue = !kind.startsWith('[') && isFlat(struct) && !isChoice(holder);
  return isValue ? zeros(struct) : null;
}

const isFlat = ({ fields }: Struct): boolean =>
  [...fields.values()].every(({ struct }) => struct === undefined);

const isChoice = ({ fields }: Struct): boolean =>
  fields.size > 1 && [...fields.values()].every(({ struct }) => struct !== undefined);
