/** Finds what an operation needs besides the selected objects. */

import type { TreeObject } from '../model/objects.ts';
import { ownersOf } from '../model/places.ts';
import type { Reference } from '../references/reference-table.ts';
import { SYSTEM_WORKSPACE } from '../references/reference-targets.ts';
import { referencesNotHeld } from '../references/references.ts';
import { HOLDERS } from '../select/select-objects.ts';
import { finalObjects, sentObjects } from './change-document.ts';
import { type DecisionRules, type Decisions, decide, isWritten, type TwoTrees } from './change-objects.ts';
import type { ChangeDependency, Problem } from './change-types.ts';

export interface DependencyRules extends DecisionRules {
  /** Whether the operation also restores missing objects that it needs, or only reports them. */
  readonly add: boolean;
  /** Objects that must not be added. */
  readonly isExcluded: (pointer: string) => boolean;
}

export interface DependencyReport {
  /** JSON Pointers of objects that the operation restores because others need them, and of all that they hold. */
  readonly added: readonly string[];
  /** Objects that a member names and that will not exist. */
  readonly missing: readonly ChangeDependency[];
}

/** Adds the owners and targets of the written objects, if the tenant lacks them and the desired tree has them.
 * @param decisions changed in place */
export function addDependencies(trees: TwoTrees, decisions: Decisions, rules: DependencyRules): string[] {
  if (!rules.add) return [];
  const added: string[] = [];
  const byTarget = targetsOf(trees);
  const held = once(() => heldObjects(trees));
  const add = (pointer: string): void => {
    if (trees.live.has(pointer) || decisions.has(pointer) || rules.isExcluded(pointer)) return;
    const object = trees.desired.get(pointer);
    if (object === undefined) return;
    decisions.set(pointer, decide(trees, pointer, rules, true));
    added.push(pointer);
    if (!HOLDERS.has(object.type)) return;
    for (const inner of held().get(pointer) ?? []) add(inner);
  };
  for (let before = -1; before !== added.length; ) {
    before = added.length;
    for (const { pointer } of [...decisions.values()].filter(isWritten).map(({ object }) => object)) {
      for (const owner of desiredOwnersOf(pointer, trees)) add(owner);
    }
    for (const reference of danglingOf(trees, decisions, rules).sent) {
      for (const { pointer } of byTarget(reference)) add(pointer);
    }
  }
  return added;
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Lists the desired objects in each holder, in the order of the tree. */
function heldObjects({ desired }: TwoTrees): ReadonlyMap<string, readonly string[]> {
  const held = new Map<string, string[]>();
  for (const [pointer, { type }] of desired) {
    if (HOLDERS.has(type)) held.set(pointer, []);
    for (const owner of ownersOf(pointer)) held.get(owner)?.push(pointer);
  }
  return held;
}

/** Finds the references to nothing that remain after all additions.
 * @returns references of objects that are sent, and references of other objects that lose their target by pruning */
function danglingOf(
  trees: TwoTrees,
  decisions: Decisions,
  { mode }: DependencyRules,
): { readonly sent: readonly Reference[]; readonly orphaned: readonly Reference[] } {
  const final = finalObjects(trees, decisions);
  const missing = missingAmong([...final, ...ownersBetween(trees, decisions)], trees);
  if (missing.length === 0) return { sent: [], orphaned: [] };
  const pointers = new Set(final.map(({ pointer }) => pointer));
  const sentPointers = new Set(sentObjects(final, decisions, mode).map(({ pointer }) => pointer));
  const sent: Reference[] = [];
  const orphaned: Reference[] = [];
  for (const reference of missing) {
    let at = reference.pointer;
    while (at !== '' && !pointers.has(at)) at = at.slice(0, at.lastIndexOf('/'));
    (sentPointers.has(at) ? sent : orphaned).push(reference);
  }
  return { sent, orphaned };
}

/** Finds the references to nothing of some objects, which are all that will exist. */
const missingAmong = (objects: readonly TreeObject[], { shape }: TwoTrees): Reference[] =>
  referencesNotHeld(objects, shape).flatMap(({ reference, presence }) =>
    presence === 'missing' ? [reference] : [],
  );

/** Lists the owners that a document with the created objects would imply, although the operation does not create
 * them. */
function ownersBetween(trees: TwoTrees, decisions: Decisions): TreeObject[] {
  const between = new Map<string, TreeObject>();
  for (const { kind, object } of decisions.values()) {
    if (kind !== 'created') continue;
    for (const owner of desiredOwnersOf(object.pointer, trees)) {
      if (between.has(owner) || trees.live.has(owner) || decisions.has(owner)) continue;
      between.set(owner, { ...(trees.desired.get(owner) as TreeObject), body: {} });
    }
  }
  return [...between.values()];
}

/** Assesses the references that an operation leaves without a target.
 * @returns missing objects, and the problems that forbid the operation */
export function assessReferences(
  trees: TwoTrees,
  decisions: Decisions,
  rules: DependencyRules,
): { readonly missing: readonly ChangeDependency[]; readonly problems: readonly Problem[] } {
  const { sent, orphaned } = danglingOf(trees, decisions, rules);
  const problems: Problem[] = [];
  for (const { object } of [...decisions.values()].filter(isWritten)) {
    const owner = desiredOwnersOf(object.pointer, trees).find(
      (pointer) => !trees.live.has(pointer) && !decisions.has(pointer),
    );
    if (owner === undefined) continue;
    problems.push({
      code: 'OWNER_MISSING',
      pointer: object.pointer,
      message: `${object.type} ${object.id} lies in ${owner}, which the tenant lacks and the selection leaves out`,
    });
  }
  problems.push(...sent.filter(({ severity }) => severity === 'error').map(problemOf));
  if (orphaned.length > 0) {
    // References to nothing that the tenant has already.
    const before = new Set(missingAmong([...trees.live.values()], trees).map(({ pointer }) => pointer));
    const caused = orphaned.filter(({ severity, pointer }) => severity === 'error' && !before.has(pointer));
    problems.push(...caused.map(problemOf));
  }
  return { missing: groupByTarget(sent), problems };
}

function problemOf({ from, pointer, target }: Reference): Problem {
  const isPool = from.type === 'idp' && target.type === 'pool';
  const names = `${from.type} ${from.id} names the ${target.type} ${target.id}, which will not exist`;
  return {
    code: isPool ? 'POOL_MISSING' : 'DANGLING_REFERENCE',
    pointer,
    message: isPool ? `${names}: SecureAuth would leave it out silently` : names,
  };
}

function groupByTarget(references: readonly Reference[]): ChangeDependency[] {
  const groups = new Map<string, ChangeDependency & { readonly pointers: string[] }>();
  for (const { target, pointer, from, severity } of references) {
    const key = JSON.stringify([target.type, target.id, target.type === 'pool' ? null : from.workspace]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...target, pointers: [pointer], severity });
    else known.pointers.push(pointer);
  }
  return [...groups.values()];
}

/** Lists the desired owners of an object, outermost first. A tenant, or a lone workspace, always exists. */
const desiredOwnersOf = (pointer: string, { desired }: TwoTrees): string[] =>
  [...ownersOf(pointer)].filter((owner) => owner !== '' && desired.has(owner)).reverse();

/** Finds the target of a reference among the desired objects. */
function targetsOf({ desired }: TwoTrees): (reference: Reference) => readonly TreeObject[] {
  const byName = new Map<string, TreeObject[]>();
  for (const object of desired.values()) {
    const name = JSON.stringify([object.type, object.id]);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [object]);
    else known.push(object);
  }
  return ({ from, target, scope }) => {
    const home = from.type === 'server' && from.id !== '' ? from.id : from.workspace;
    return (byName.get(JSON.stringify([target.type, target.id])) ?? []).filter(({ type, workspace }) => {
      if (scope === 'tenant') return type === 'pool' || workspace === undefined;
      return workspace === home || (scope === 'workspaceOrSystem' && workspace === SYSTEM_WORKSPACE);
    });
  };
}
