/** Finds references between the objects of a tree. An import refuses an object whose target is missing, or silently
 * leaves it out. */
import { childPointer, parsePointer } from '../json/pointer.ts';
import type { TreeObject } from '../model/objects.ts';
import type { Shape } from '../model/shape.ts';
import { visitNames } from './reference-places.ts';
import { type Reference, type ReferenceRule, scriptTargetTypes, TREE_REFERENCES } from './reference-table.ts';
import { indexObjects, type Presence, type TargetIndex } from './reference-targets.ts';

/** A reference, and whether the tree holds its target. */
export interface CheckedReference {
  readonly reference: Reference;
  readonly presence: Presence;
}

/** Lists the references whose targets the tree does not hold, in document order.
 * A wildcard answers a reference to a dynamic scope: `users.*` answers `users.42`.
 * @param objects of the tree, with or without the objects that each holds */
export function referencesNotHeld(objects: readonly TreeObject[], shape: Shape): CheckedReference[] {
  const targets = indexObjects(objects, shape);
  const found: CheckedReference[] = [];
  for (const object of objects) {
    // Most targets are held: only other references are created.
    visitNames(TREE_REFERENCES.get(object.type), object.body, (rule, id, keys) => {
      const presence = targets.presence({
        from: object,
        target: { type: rule.target, id },
        scope: rule.scope,
      });
      if (presence !== 'held') found.push({ reference: referenceOf(object, rule, id, keys), presence });
    });
    const target = targetOfKey(object, targets);
    if (target !== undefined && target.presence !== 'held') found.push(target);
  }
  return found;
}

/** Lists the references in the body of one object. */
export function referencesIn(object: TreeObject): Reference[] {
  const found: Reference[] = [];
  visitNames(TREE_REFERENCES.get(object.type), object.body, (rule, id, keys) =>
    found.push(referenceOf(object, rule, id, keys)),
  );
  return found;
}

function referenceOf(
  object: TreeObject,
  { target, scope, severity }: ReferenceRule,
  id: string,
  keys: readonly string[],
): Reference {
  const pointer = keys.reduce<string>(childPointer, object.pointer);
  return { from: addressOf(object), pointer, target: { type: target, id }, scope, severity };
}

/** Checks the reference that an object makes by its own key. */
function targetOfKey(object: TreeObject, targets: TargetIndex): CheckedReference | undefined {
  const { type, body, pointer } = object;
  if (type === 'servers_binding') {
    // The meaning of `false` is not documented; it names a workspace that need not be bound.
    if (body === false) return undefined;
    const reference: Reference = {
      from: addressOf(object),
      pointer,
      target: { type: 'server', id: object.id },
      scope: 'tenant',
      severity: 'error',
    };
    return { reference, presence: targets.presence(reference) };
  }
  if (type !== 'script_execution_point') return undefined;
  const [point = '', id = ''] = (parsePointer(pointer) ?? []).slice(-2);
  const candidates = scriptTargetTypes(point).map((target): Reference => {
    const scope = 'workspace';
    return { from: addressOf(object), pointer, target: { type: target, id }, scope, severity: 'warning' };
  });
  const judged = candidates.map((reference) => ({ reference, presence: targets.presence(reference) }));
  return (
    judged.find(({ presence }) => presence === 'held') ??
    judged.find(({ presence }) => presence === 'elsewhere') ??
    judged[0]
  );
}

const addressOf = ({ type, id, workspace }: TreeObject): Reference['from'] => ({
  type,
  id,
  ...(workspace === undefined ? {} : { workspace }),
});
