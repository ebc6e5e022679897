/** What a release of SecureAuth shows, or shows no more, on all objects of a type: told apart from what somebody changed. */
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

/** A member that objects of one side have, and none of the other side. */
export interface DriftedMember {
  /** `added`: the older side does not know it; `withdrawn`: the newer one does not */
  readonly change: 'added' | 'withdrawn';
  readonly type: string;
  /** JSON Pointer in the body of each object, with `*` for the elements of a list. */
  readonly member: string;
  /** How many objects have it. */
  readonly objects: number;
  /** JSON Pointers of objects that have another value of it than most; of those that lost it, where it is withdrawn. */
  readonly standingOut: readonly string[];
}

export interface Drift {
  readonly members: readonly DriftedMember[];
  /** The differences of an object that are no drift. */
  real(changed: ChangedObject): readonly PropertyDifference[];
}

/** Finds what a release adds or withdraws: a member that every object of a type has on one side, at least two of them, and that
 * no object has on the other side. Of what is added, most have the same value: that is its default. A member that is there with
 * an empty value is known.
 *
 * Credentials, the customer's own JSON, and names that are no fields are never drift.
 * @param newer the side of the later release */
export const findDrift = (sides: DriftSides, newer: Side = 'actual'): Drift =>
  separate(sides, newer, ({ has, holders }, side, other) => {
    const count = has[side];
    return has[other] === 0 && count >= 2 && count === holders[side] && holders[other] >= 2;
  });

/** Finds what a tenant insists on: a member that it shows although it was sent without and no object of the type has it in the
 * backup, or one that it shows on no object although it was sent. What a document says of these cannot be had.
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

/** Objects with another value than more than half of all; `undefined` if no value is that common: it is no default. */
function standOuts({ values, has }: DriftNode, side: Side): string[] | undefined {
  const groups = [...values[side].values()].sort((a, b) => b.length - a.length);
  const [most, ...others] = groups;
  return most === undefined || most.length * 2 <= has[side] ? undefined : others.flat();
}

/** What drift comes to, once for each type and member. */
export const driftWarnings = (members: readonly DriftedMember[]): Warning[] =>
  members.flatMap(({ change, type, member, objects, standingOut }): Warning[] => {
    const name = nameOf(member);
    if (change === 'withdrawn') {
      const message = `no ${type} shows ${name} any more, which ${objects} had in the backup: this release withdraws it, unless somebody removed it from all of them`;
      return [{ code: 'RELEASE_WITHDRAWS', message, pointers: [] }];
    }
    const added: Warning = {
      code: 'RELEASE_ADDS',
      message: `this release adds ${name} to every ${type} (${objects}): the present values stay`,
      pointers: [],
    };
    if (standingOut.length === 0) return [added];
    const differs = `${name} of ${type} has another value on ${named(standingOut)} than on most`;
    return [added, lookAt(differs, standingOut)];
  });

/** What a tenant insisted on, once for each type and member. */
export const insistedWarnings = (members: readonly DriftedMember[]): Warning[] =>
  members.map(({ change, type, member, standingOut }): Warning => {
    const name = nameOf(member);
    if (change === 'added') {
      const stays = `the tenant shows ${name} of ${type} on ${named(standingOut)}, although it was sent without`;
      return lookAt(stays, standingOut);
    }
    const message = `no ${type} shows ${name}, although it was sent for ${named(standingOut)}: this release withdraws it`;
    return { code: 'RELEASE_WITHDRAWS', message, pointers: standingOut };
  });

const nameOf = (member: string): string => member.slice(1).replaceAll('/', '.');

const lookAt = (message: string, pointers: readonly string[]): Warning => ({
  code: 'NOT_IN_BACKUP',
  message: `${message}: not in the backup; look at it`,
  pointers,
});

const MOST_NAMED = 3;

const named = (pointers: readonly string[]): string =>
  pointers
    .slice(0, MOST_NAMED)
    .map((pointer) => pointer || '/')
    .join(', ') + (pointers.length > MOST_NAMED ? ` and ${pointers.length - MOST_NAMED} more` : '');
