/** Decides what happens to each object on its own. */

import { sharedShape } from '../compare/compare.ts';
import { compareBodies, type PropertyDifference } from '../compare/compare-bodies.ts';
import { type ChangedObject, type DriftedMember, findDrift } from '../compare/drift.ts';
import { withoutPlaceholders } from '../credentials/blank-secret.ts';
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { type Json, member } from '../json/json.ts';
import { identical } from '../json/same-value.ts';
import { ROOT_CURSOR } from '../model/fields.ts';
import { objectsOf, type TreeObject } from '../model/objects.ts';
import type { Places } from '../model/places.ts';
import type { Shape } from '../model/shape.ts';
import { type CredentialChoice, resolveCredentials } from './change-credentials.ts';
import type { Change, ChangeKind, ChangeMode, PropertyChange } from './change-types.ts';
import { putDifferences } from './put-differences.ts';

/** Both sides, object by object. */
export interface TwoTrees {
  readonly shape: Shape;
  /** Objects by JSON Pointer, in the order of the tree. */
  readonly desired: ReadonlyMap<string, TreeObject>;
  readonly live: ReadonlyMap<string, TreeObject>;
  /** The differences inside objects that both sides have. */
  readonly differences: ReadonlyMap<string, readonly PropertyDifference[]>;
  readonly secrets: Places;
  /** Members that do not count as differences, because the release of the live tree adds or withdraws them. */
  readonly drift: readonly DriftedMember[];
  /** Members that objects have lost, because the release withdraws them or someone removed them from all objects of a
   * type. */
  readonly withdrawn: ReadonlyMap<string, readonly PropertyDifference[]>;
}

export interface ReleaseOptions {
  /** Whether the desired state may come from another release of SecureAuth than the live one. Members that a release
   * adds or withdraws are then no changes. @default false */
  readonly acrossReleases?: boolean | undefined;
  /** Whether the desired state comes from the later release. @default false */
  readonly desiredIsNewer?: boolean | undefined;
}

/** Lists the objects of two trees, and compares them. Objects that are the same on both sides share memory.
 * @throws INVALID_REQUEST, EXPORT_MALFORMED as `compareTrees` */
export function twoTrees(
  desiredTree: Json,
  liveTree: Json,
  secrets: Places,
  { acrossReleases = false, desiredIsNewer = false }: ReleaseOptions,
): TwoTrees {
  const shape = sharedShape(desiredTree, liveTree);
  const desired = new Map<string, TreeObject>();
  for (const object of objectsOf(desiredTree, { shape })) desired.set(object.pointer, object);
  const live = new Map<string, TreeObject>();
  const changed: ChangedObject[] = [];
  for (const object of objectsOf(liveTree, { shape })) {
    const wanted = desired.get(object.pointer);
    if (wanted === undefined) {
      live.set(object.pointer, object);
      continue;
    }
    const { pointer } = wanted;
    if (identical(wanted.body, object.body)) {
      live.set(pointer, wanted);
      continue;
    }
    live.set(pointer, { ...object, pointer });
    const properties = compareBodies(pointer, wanted.body, object.body, secrets);
    const [expected, actual] = [wanted.body, object.body];
    if (properties.length > 0) changed.push({ type: object.type, pointer, expected, actual, properties });
  }
  const drift = findDrift(
    {
      expected: () => desired.values(),
      actual: () => live.values(),
      changed: acrossReleases ? changed : [],
      table: ROOT_CURSOR,
    },
    desiredIsNewer ? 'expected' : 'actual',
  );
  const differences = new Map<string, readonly PropertyDifference[]>();
  const withdrawn = new Map<string, readonly PropertyDifference[]>();
  for (const each of changed) {
    const properties = drift.real(each);
    if (properties.length > 0) differences.set(each.pointer, properties);
    const lost = properties === each.properties ? [] : each.properties.filter(isLost(properties));
    if (lost.length > 0) withdrawn.set(each.pointer, lost);
  }
  return { shape, desired, live, differences, secrets, drift: drift.members, withdrawn };
}

/** @param real differences that are no drift */
function isLost(real: readonly PropertyDifference[]): (property: PropertyDifference) => boolean {
  const others = new Set(real);
  return (property) => property.actual === undefined && !others.has(property);
}

/** Shared: most objects have nothing to list. */
const NONE: readonly never[] = [];

export interface Decision {
  readonly object: TreeObject;
  readonly kind: ChangeKind;
  /** The object afterwards. Holds secrets. */
  readonly body: Json;
  readonly properties: readonly PropertyDifference[];
  readonly isDependency: boolean;
  /** See `ResolvedCredentials`. Only for objects that both sides have and that differ. */
  readonly desired?: Json;
  /** See `ResolvedCredentials`. */
  readonly differing: readonly string[];
  readonly filled: readonly string[];
}

/** Decisions by JSON Pointer. */
export type Decisions = Map<string, Decision>;

export interface DecisionRules {
  readonly mode: ChangeMode;
  readonly credentials: CredentialChoice | undefined;
}

/** Decides what happens to one object.
 * @param pointer of an object on at least one side */
export function decide(
  { desired, live, differences, secrets }: TwoTrees,
  pointer: string,
  { mode, credentials }: DecisionRules,
  isDependency = false,
): Decision {
  const wanted = desired.get(pointer);
  const present = live.get(pointer);
  const plain = { isDependency, properties: NONE, differing: NONE, filled: NONE };
  if (wanted === undefined) {
    const object = present as TreeObject;
    return { ...plain, object, kind: 'extra', body: object.body };
  }
  if (present === undefined) {
    const body = withoutPlaceholders(wanted.body, pointer, ROOT_CURSOR);
    return { ...plain, object: body === wanted.body ? wanted : { ...wanted, body }, kind: 'created', body };
  }
  const difference = differences.get(pointer);
  if (difference === undefined) return { ...plain, object: wanted, kind: 'unchanged', body: present.body };
  const resolved = resolveCredentials(
    { pointer, desired: wanted.body, live: present.body, differences: difference },
    credentials,
    secrets,
  );
  const { differing, filled } = resolved;
  const found = { ...plain, object: wanted, desired: resolved.desired, differing, filled };
  if (resolved.differences.length === 0) return { ...found, kind: 'unchanged', body: present.body };
  const properties = resolved.differences;
  if (mode !== 'update') return { ...found, properties, kind: 'kept', body: present.body };
  const body = putDifferences(pointer, resolved.desired, present.body, properties);
  return { ...found, properties, kind: 'updated', body };
}

/** Tells whether an operation writes the object. */
export const isWritten = ({ kind }: Decision): boolean => kind === 'created' || kind === 'updated';

/** Describes a decision without the value of any secret. */
export function changeOf({ object, kind, properties, isDependency }: Decision): Change {
  const { type, id, workspace, pointer, body } = object;
  const name = nameOf(body);
  const told = properties.length === 0 ? NONE : properties.map(propertyChangeOf);
  // Written out, because there is one for every object of a tenant, and an object made by spreading takes more memory.
  if (workspace === undefined) {
    return name === undefined
      ? { type, id, pointer, kind, isDependency, properties: told }
      : { type, id, pointer, name, kind, isDependency, properties: told };
  }
  return name === undefined
    ? { type, id, workspace, pointer, kind, isDependency, properties: told }
    : { type, id, workspace, pointer, name, kind, isDependency, properties: told };
}

const propertyChangeOf = ({ pointer, expected, actual, secret }: PropertyDifference): PropertyChange => ({
  pointer,
  ...(actual === undefined ? {} : { old: actual }),
  ...(expected === undefined ? {} : { new: expected }),
  secret,
});

function nameOf(body: Json): string | undefined {
  for (const field of ['client_name', 'policy_name', 'name']) {
    const name = member(body, field);
    if (typeof name === 'string' && name !== '' && !looksLikeCredential(field, name, false)) return name;
  }
  return undefined;
}
