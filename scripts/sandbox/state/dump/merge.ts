import { isDeepStrictEqual } from 'node:util';
import { filterMembers, type JsonObject, memberOf } from '../../json.ts';
import { newId } from '../ids.ts';
import type { ImportMode } from '../import.ts';
import { collectionOf, keyOf, naturalKeyOf } from './collections.ts';
import type { Flat } from './flat.ts';

export interface Merged {
  readonly flat: Flat;
  /** Elements that exist already; only `mode=fail` reports them. */
  readonly conflicts: readonly { collection: string; index: number }[];
}

/** Imports a dump into a tenant, element by element: existing ones are kept, replaced whole, or a conflict; others are
 * created. Elements that the dump lacks are kept, unless it is the tenant as it is to be.
 * @param complete the dump is all there is to be, as after a patch: what it lacks goes, and elements that are as they
 * were conflict with nothing
 */
export function mergeFlat(current: Flat, incoming: Flat, mode: ImportMode, complete: boolean): Merged {
  const conflicts: { collection: string; index: number }[] = [];
  /** Ids of scopes that changed or that the tenant knows under another id. */
  const renamed = new Map<string, string>();
  const names = new Set([...current.lists.keys(), ...incoming.lists.keys()]);
  const lists = new Map<string, readonly JsonObject[]>();
  for (const name of names) {
    const existing = current.lists.get(name) ?? [];
    const byKey = new Map(existing.map((element) => [keyOf(name, element), element]));
    const byNatural = new Map(existing.map((element) => [naturalKeyOf(name, element), element]));
    const result = new Map<string, JsonObject>(complete ? [] : byKey);
    (incoming.lists.get(name) ?? []).forEach((given, index) => {
      const natural = naturalKeyOf(name, given);
      const same = natural === undefined ? undefined : byNatural.get(natural);
      const element = withId(name, given, same);
      const key = keyOf(name, element);
      const previous = byKey.get(key) ?? same;
      if (previous === undefined || (complete && isDeepStrictEqual(previous, element))) {
        result.set(key, element);
        return;
      }
      const previousKey = keyOf(name, previous);
      if (mode === 'update') {
        noteRenamed(renamed, previous, element);
        if (previousKey !== key) result.delete(previousKey);
        result.set(key, element);
        return;
      }
      if (mode === 'fail') conflicts.push({ collection: name, index });
      noteRenamed(renamed, element, previous);
      result.set(previousKey, previous);
    });
    lists.set(name, [...result.values()]);
  }
  const points = lists.get('policy_execution_points') ?? [];
  lists.set(
    'policy_execution_points',
    points.map((point) => retargeted(point, renamed)),
  );
  const tenant = mergeTenant(current.tenant, incoming.tenant, mode, complete);
  if (tenant.conflict) conflicts.push({ collection: 'tenant', index: 0 });
  return { flat: { tenant: tenant.tenant, lists }, conflicts };
}

function mergeTenant(
  current: JsonObject | undefined,
  incoming: JsonObject | undefined,
  mode: ImportMode,
  complete: boolean,
): { tenant: JsonObject | undefined; conflict: boolean } {
  if (incoming === undefined) return { tenant: complete ? undefined : current, conflict: false };
  if (current === undefined || mode === 'update') return { tenant: incoming, conflict: false };
  const isUnchanged = complete && isDeepStrictEqual(current, incoming);
  return { tenant: current, conflict: mode === 'fail' && !isUnchanged };
}

/** An element with an id: its own, that of the same element of the tenant, or a new one. */
function withId(name: string, element: JsonObject, same: JsonObject | undefined): JsonObject {
  if (collectionOf(name)?.key.at(-1) !== 'id' || (memberOf(element, 'id') ?? '') !== '') return element;
  return { ...filterMembers(element, (member) => member !== 'id'), id: memberOf(same, 'id') ?? newId() };
}

function noteRenamed(renamed: Map<string, string>, from: JsonObject, to: JsonObject): void {
  const [old, now] = [memberOf(from, 'id'), memberOf(to, 'id')];
  if (typeof old === 'string' && typeof now === 'string' && old !== now) renamed.set(old, now);
}

function retargeted(point: JsonObject, renamed: ReadonlyMap<string, string>): JsonObject {
  const target = memberOf(point, 'target_fk');
  const now = typeof target === 'string' ? renamed.get(target) : undefined;
  const isOfScope = String(memberOf(point, 'type')).startsWith('scope_');
  return now === undefined || !isOfScope ? point : { ...point, target_fk: now };
}
