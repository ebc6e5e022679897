/** Leaves out of an operation what its own client needs to authenticate again. */

import type { PropertyDifference } from '../compare/compare-bodies.ts';
import type { ObjectDifference } from '../compare/compare-objects.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { isNeededSetting, type OwnAccess, ownAccess } from '../model/own-access.ts';
import type { Warning } from '../model/warning.ts';
import type { TwoTrees } from './change-objects.ts';

export interface KeptAccess {
  /** The trees, without the differences in settings that stay. */
  readonly trees: TwoTrees;
  /** JSON Pointers of the objects and settings that stay, although they differ. */
  readonly kept: readonly string[];
}

/** Finds what differs, and drops the differences of settings: objects are skipped by their place.
 * @param isWritten whether the operation would write an object: what both sides have, or only one */
export function keepOwnAccess(
  trees: TwoTrees,
  clientId: string | undefined,
  isWritten: (pointer: string, where: 'both' | 'desired' | 'live') => boolean,
): KeptAccess {
  const { desired, live } = trees;
  const access = ownAccess(live.values(), clientId);
  const kept: string[] = [];
  const differences = new Map(trees.differences);
  const withdrawn = new Map(trees.withdrawn);
  for (const object of live.values()) {
    const { pointer } = object;
    const where = desired.has(pointer) ? 'both' : 'live';
    if (!isWritten(pointer, where)) continue;
    if (access.isIssuer(object)) {
      kept.push(...dropNeeded(differences, pointer));
      dropNeeded(withdrawn, pointer);
    } else if ((where === 'live' || differences.has(pointer)) && access.needs(object)) kept.push(pointer);
  }
  for (const object of desired.values()) {
    const { pointer } = object;
    if (!live.has(pointer) && access.needs(object) && isWritten(pointer, 'desired')) kept.push(pointer);
  }
  return { trees: { ...trees, differences, withdrawn }, kept };
}

/** Removes the differences of needed settings.
 * @param differences by object; changed in place
 * @returns JSON Pointers of these settings */
function dropNeeded(
  differences: Map<string, readonly PropertyDifference[]>,
  pointer: string,
): readonly string[] {
  const { needed, others } = splitSettings(pointer, differences.get(pointer));
  if (others.length > 0) differences.set(pointer, others);
  else differences.delete(pointer);
  return needed.map((name) => childPointer(pointer, name));
}

/** Splits the differences of the settings of a workspace.
 * @param pointer of the workspace
 * @returns `needed`: names of the settings that stay */
function splitSettings(
  pointer: string,
  properties: readonly PropertyDifference[] = [],
): { readonly needed: readonly string[]; readonly others: readonly PropertyDifference[] } {
  const depth = (parsePointer(pointer) ?? []).length;
  const nameOf = (property: PropertyDifference) => (parsePointer(property.pointer) ?? [])[depth] ?? '';
  return {
    needed: [...new Set(properties.map(nameOf).filter(isNeededSetting))],
    others: properties.filter((property) => !isNeededSetting(nameOf(property))),
  };
}

/** Drops from the differences of a dump those of needed settings.
 * @returns `settings`: their names, by the pointer of their workspace */
export function withoutNeededSettings(
  differences: readonly ObjectDifference[],
  isIssuer: OwnAccess['isIssuer'],
): {
  readonly differences: readonly ObjectDifference[];
  readonly settings: ReadonlyMap<string, readonly string[]>;
} {
  const settings = new Map<string, readonly string[]>();
  const left = differences.flatMap((each) => {
    if (each.kind !== 'changed' || !isIssuer(each)) return [each];
    const { needed, others } = splitSettings(each.pointer, each.properties);
    settings.set(each.pointer, needed);
    return others.length === 0 ? [] : [{ ...each, properties: others }];
  });
  return { differences: left, settings };
}

export const keptWarnings = (kept: readonly string[]): Warning[] =>
  kept.length === 0
    ? []
    : [
        {
          code: 'OWN_ACCESS_KEPT',
          pointers: kept,
          message: `${kept.length} settings and objects stay as they are: the client of this operation needs them to authenticate (includeOwnClient restores them)`,
        },
      ];
