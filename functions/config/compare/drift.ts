/** Distinguishes drift from changes: drift is a member that a release of SecureAuth adds to all objects of a type, or
 * withdraws from them. */
import type { Warning } from '../model/warning.ts';
import type { PropertyDifference } from './compare-bodies.ts';
import {
  type ChangedObject,
  type DriftNode,
  type DriftSides,
  driftNode,
  nodeFor,
  type Side,
  tally,
} from './drift-members.ts';

export type { ChangedObject, DriftObject } from './drift-members.ts';

/** A member that objects of one side have, and no object of the other side. */
export interface DriftedMember {
  /** `added`: the older side lacks it; `withdrawn`: the newer side lacks it */
  readonly change: 'added' | 'withdrawn';
  readonly type: string;
  /** JSON Pointer in the body of each object, with `*` for the elements of a list. */
  readonly member: string;
  /** How many objects have it. */
  readonly objects: number;
  /** JSON Pointers of objects whose value of an added member differs from most; of objects that lost a withdrawn
   * member. */
  readonly standingOut: readonly string[];
}

export interface Drift {
  readonly members: readonly DriftedMember[];
  /** Returns the differences of an object that are no drift. */
  real(changed: ChangedObject): readonly PropertyDifference[];
}

/** Finds what a release adds or withdraws: a member that every object of a type has on one side, and no object on the
 * other side. At least two objects must have it. Most values of an added member must be the same, because a release
 * adds a default. An empty value counts as a value.
 * Credentials, the customer's own JSON, and names that are not field names are never drift.
 * @param newer the side of the later release */
export const findDrift = (sides: DriftSides, newer: Side = 'actual'): Drift =>
  separate(sides, newer, ({ has, holders }, side, other) => {
    const count = has[side];
    return has[other] === 0 && count >= 2 && count === holders[side] && holders[other] >= 2;
  });

/** Finds members on which a tenant overrides the document. An added member was not sent, and no object of the type
 * has it in the backup. A withdrawn member was sent, and no object shows it.
 * @param sides `expected`: those of the backup; `actual`: those of the tenant before and after */
export const findInsisted = (sides: DriftSides): Drift =>
  separate(sides, 'actual', ({ has }, _, other) => has[other] === 0, true);

type Rule = (counts: Pick<DriftNode, 'has' | 'holders'>, side: Side, other: Side) => boolean;

function separate(sides: DriftSides, newer: Side, isDrift: Rule, isAnyValue = false): Drift {
  const roots = new Map<string, DriftNode>();
  const nodes = new Map<PropertyDifference, DriftNode>();
  const insisting = new Map<DriftNode, string[]>();
  for (const changed of sides.changed) {
    const root = roots.get(changed.type) ?? driftNode('');
    for (const property of changed.properties) {
      const node = nodeFor(root, changed, property, sides);
      if (node === undefined) continue;
      roots.set(changed.type, root);
      nodes.set(property, node);
      const places = insisting.get(node) ?? [];
      if (places.at(-1) !== changed.pointer) places.push(changed.pointer);
      insisting.set(node, places);
    }
  }
  if (roots.size === 0) return NO_DRIFT;
  tally(roots, sides);

  const found = new Map<DriftNode, DriftedMember>();
  for (const [type, root] of roots) {
    for (const node of root.candidates) {
      for (const [side, other] of DIRECTIONS) {
        if (!node.wanted.has(side) || !isDrift(node, side, other)) continue;
        const change = side === newer ? 'added' : 'withdrawn';
        const isGiven = isAnyValue || change === 'withdrawn';
        const standingOut = isGiven ? insisting.get(node) : standOuts(node, side);
        if (standingOut === undefined) continue;
        found.set(node, { change, type, member: node.member, objects: node.has[side], standingOut });
      }
    }
  }
  return {
    members: [...found.values()],
    real: ({ properties }) => {
      const real = properties.filter((property) => {
        const node = nodes.get(property);
        return node === undefined || !found.has(node);
      });
      return real.length === properties.length ? properties : real;
    },
  };
}

const DIRECTIONS = [
  ['actual', 'expected'],
  ['expected', 'actual'],
] as const;

/** Every difference counts. */
export const NO_DRIFT: Drift = { members: [], real: ({ properties }) => properties };

/** Returns the objects whose value differs from that of the majority; `undefined` if there is no majority, and so no
 * default. */
function standOuts({ values, has }: DriftNode, side: Side): string[] | undefined {
  const groups = [...values[side].values()].sort((a, b) => b.length - a.length);
  const [most, ...others] = groups;
  return most === undefined || most.length * 2 <= has[side] ? undefined : others.flat();
}

/** Describes drift, once for each type and member. */
export const driftWarnings = (members: readonly DriftedMember[]): Warning[] =>
  members.flatMap(({ change, type, member, objects, standingOut }): Warning[] => {
    const name = nameOf(member);
    if (change === 'withdrawn') {
      const message = `no ${type} shows ${name} any more, which ${objects} had in the backup: this release withdraws it, or someone removed it from all of them`;
      return [{ code: 'RELEASE_WITHDRAWS', message, pointers: [] }];
    }
    const added: Warning = {
      code: 'RELEASE_ADDS',
      message: `this release adds ${name} to every ${type} (${objects}): the tenant's values stay`,
      pointers: [],
    };
    if (standingOut.length === 0) return [added];
    const differs = `${name} of ${type} has another value on ${named(standingOut)} than on most`;
    return [added, lookAt(differs, standingOut)];
  });

/** Describes the members on which the tenant overrode the document, once for each type and member. */
export const insistedWarnings = (members: readonly DriftedMember[]): Warning[] =>
  members.map(({ change, type, member, standingOut }): Warning => {
    const name = nameOf(member);
    if (change === 'added') {
      const stays = `the tenant shows ${name} of ${type} on ${named(standingOut)}, although it was not sent`;
      return lookAt(stays, standingOut);
    }
    const message = `no ${type} shows ${name}, although it was sent for ${named(standingOut)}: this release withdraws it`;
    return { code: 'RELEASE_WITHDRAWS', message, pointers: standingOut };
  });

const nameOf = (member: string): string => member.slice(1).replaceAll('/', '.');

const lookAt = (message: string, pointers: readonly string[]): Warning => ({
  code: 'NOT_IN_BACKUP',
  message: `${message}: not in the backup; check it`,
  pointers,
});

const MOST_NAMED = 3;

const named = (pointers: readonly string[]): string =>
  pointers
    .slice(0, MOST_NAMED)
    .map((pointer) => pointer || '/')
    .join(', ') + (pointers.length > MOST_NAMED ? ` and ${pointers.length - MOST_NAMED} more` : '');
