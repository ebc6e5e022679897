import {
  isJsonObject,
  type Json,
  type JsonObject,
  jsonKind,
  memberOf,
  objectMember,
  pointerTo,
  pointerTokens,
  valuesAt,
} from '../json.ts';
import { type ObjectKind, type Relation, TENANT } from './model.ts';
import { visitObjects } from './walk.ts';

/** Why SecureAuth refuses a document with 422. */
export interface Problem {
  /** JSON Pointer of the offending value. */
  readonly pointer: string;
  readonly problem: string;
}

/** Members and relations of the wrong JSON kind. Ignores unknown members. */
export function wrongKinds(document: Json): Problem[] {
  const problems: Problem[] = [];
  for (const { kind, value, pointer } of visitObjects(TENANT, document)) {
    const expected = kind.bare ?? 'object';
    if (kind.bare !== undefined && value === null) continue;
    if (jsonKind(value) !== expected)
      problems.push(wrongKind(pointer, `${kind.name} must be`, expected, value));
    else if (isJsonObject(value)) problems.push(...wrongMembers(kind, value, pointer));
  }
  return problems;
}

function* wrongMembers(kind: ObjectKind, value: JsonObject, pointer: string): Generator<Problem> {
  for (const [name, expected] of Object.entries(kind.members ?? {})) {
    const member = memberOf(value, name);
    if (member === undefined || member === null || jsonKind(member) === expected) continue;
    yield wrongKind(pointerTo(pointer, name), `${name} of ${kind.name} must be`, expected, member);
  }
  for (const [name, part] of Object.entries(kind.parts ?? {})) {
    const member = memberOf(value, name) ?? null;
    if (member !== null && !isJsonObject(member))
      yield wrongKind(pointerTo(pointer, name), `${part.name} must be`, 'object', member);
  }
  for (const [name, relation] of Object.entries(kind.relations ?? {})) {
    yield* wrongMaps(name, relation, memberOf(value, name) ?? null, pointerTo(pointer, name));
  }
}

/** The maps of a relation; their entries are objects, and validated as such. */
function* wrongMaps(name: string, { shape, of }: Relation, value: Json, pointer: string): Generator<Problem> {
  if (value === null || shape === 'single') return;
  if (!isJsonObject(value)) {
    yield wrongKind(pointer, `${name} must be`, 'object', value);
  } else if (shape === 'nested-map') {
    for (const [key, inner] of Object.entries(value)) {
      yield* wrongMaps(`${name}.${key}`, { shape: 'map', of }, inner, pointerTo(pointer, key));
    }
  }
}

const wrongKind = (pointer: string, what: string, expected: string, value: Json): Problem => ({
  pointer,
  problem: `${what} ${expected}, got ${jsonKind(value)}`,
});

/** Objects of the document that name a policy or script which neither the document nor the tenant holds.
 * @param document without wrong kinds
 */
export function danglingReferences(document: JsonObject, current: JsonObject): Problem[] {
  const problems: Problem[] = [];
  for (const { kind, value, pointer } of visitObjects(TENANT, document)) {
    const [, workspaceId] = pointerTokens(pointer);
    for (const { path, to } of kind.references ?? []) {
      for (const id of valuesAt(value, path)) {
        if (typeof id !== 'string' || id === '' || workspaceId === undefined) continue;
        const holds = (tree: JsonObject): boolean =>
          memberOf(objectMember(objectMember(objectMember(tree, 'servers'), workspaceId), to), id) !==
          undefined;
        if (!holds(document) && !holds(current)) {
          problems.push({
            pointer,
            problem: `${kind.name} refers to ${id}, which is not among the ${to} of ${workspaceId}`,
          });
        }
      }
    }
  }
  return problems;
}
