/** What becomes of each object by itself. */
import { type CredentialChoice, resolveCredentials } from './change-credentials.ts';
import type { Change, ChangeKind, ChangeMode } from './change-types.ts';
import type { ObjectDifference } from './compare.ts';
import type { PropertyDifference, SecretPlaces } from './compare-bodies.ts';
import { type Json, member } from './json.ts';
import { looksLikeCredential } from './lookalike.ts';
import type { TreeObject } from './objects.ts';
import type { Shape } from './shape.ts';

/** Both sides, object by object. */
export interface TwoTrees {
  readonly shape: Shape;
  /** By JSON Pointer, in the order of the tree. */
  readonly desired: ReadonlyMap<string, TreeObject>;
  readonly live: ReadonlyMap<string, TreeObject>;
  readonly differences: ReadonlyMap<string, ObjectDifference>;
  readonly secrets: SecretPlaces;
}

export interface Decision {
  readonly object: TreeObject;
  readonly kind: ChangeKind;
  /** What the object is afterwards. Holds secrets. */
  readonly body: Json;
  readonly properties: readonly PropertyDifference[];
  readonly isDependency: boolean;
  /** See `ResolvedBody`. */
  readonly differing: readonly string[];
  readonly filled: readonly string[];
}

/** Decisions by JSON Pointer. */
export type Decisions = Map<string, Decision>;

export interface DecisionRules {
  readonly mode: ChangeMode;
  readonly credentials: CredentialChoice | undefined;
}

/** @param pointer of an object that one of both trees has, or both */
export function decide(
  { desired, live, differences, secrets }: TwoTrees,
  pointer: string,
  { mode, credentials }: DecisionRules,
  isDependency = false,
): Decision {
  const wanted = desired.get(pointer);
  const present = live.get(pointer);
  const plain = { isDependency, properties: [], differing: [], filled: [] };
  if (wanted === undefined) {
    const object = present as TreeObject;
    return { ...plain, object, kind: 'extra', body: object.body };
  }
  if (present === undefined) return { ...plain, object: wanted, kind: 'created', body: wanted.body };
  const difference = differences.get(pointer);
  if (difference === undefined) return { ...plain, object: wanted, kind: 'unchanged', body: present.body };
  const resolved = resolveCredentials(
    { pointer, desired: wanted.body, live: present.body, differences: difference.properties },
    credentials,
    secrets,
  );
  const { differing, filled } = resolved;
  const found = { ...plain, object: wanted, differing, filled };
  if (resolved.differences.length === 0) return { ...found, kind: 'unchanged', body: present.body };
  const properties = resolved.differences;
  if (mode !== 'update') return { ...found, properties, kind: 'kept', body: present.body };
  return { ...found, properties, kind: 'updated', body: resolved.body };
}

/** Whether an object is to be written. */
export const isWritten = ({ kind }: Decision): boolean => kind === 'created' || kind === 'updated';

/** A decision as it is told: without any value that is a secret. */
export function changeOf({ object, kind, properties, isDependency }: Decision): Change {
  const { type, id, workspace, pointer, body } = object;
  const name = nameOf(body);
  return {
    type,
    id,
    ...(workspace === undefined ? {} : { workspace }),
    pointer,
    ...(name === undefined ? {} : { name }),
    kind,
    isDependency,
    properties: properties.map(({ pointer: place, expected, actual, secret }) => ({
      pointer: place,
      ...(actual === undefined ? {} : { old: actual }),
      ...(expected === undefined ? {} : { new: expected }),
      secret,
    })),
  };
}

function nameOf(body: Json): string | undefined {
  for (const field of ['client_name', 'policy_name', 'name']) {
    const name = member(body, field);
    if (typeof name === 'string' && name !== '' && !looksLikeCredential(field, name, false)) return name;
  }
  return undefined;
}
