/** Builds what is sent to a tenant, and its state afterwards. */

import { isObject, type Json, type JsonObject } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import type { TreeObject } from '../model/objects.ts';
import { placesOf } from '../model/places.ts';
import { type ObjectType, type Sections, TENANT_SECTIONS, WORKSPACE_SECTIONS } from '../model/sections.ts';
import { HOLDERS } from '../select/select-objects.ts';
import { type Decisions, isWritten, type TwoTrees } from './change-objects.ts';
import type { ChangeMode } from './change-types.ts';
import { putDifferences } from './put-differences.ts';

/** Lists the objects that will exist, each after its owner. */
export function finalObjects({ live, desired }: TwoTrees, decisions: Decisions): TreeObject[] {
  const objects: TreeObject[] = [];
  for (const object of live.values()) {
    const decision = decisions.get(object.pointer);
    if (decision?.kind === 'pruned') continue;
    objects.push(decision?.kind === 'updated' ? { ...object, body: decision.body } : object);
  }
  for (const object of desired.values()) {
    const decision = decisions.get(object.pointer);
    if (decision?.kind === 'created') objects.push(decision.object);
  }
  return objects;
}

/** Lists the objects that should exist, with members that the release withdraws as the backup has them. If someone
 * removed such a member from all objects of a type, this puts it back. A release that does not know it ignores it.
 * @param final see `finalObjects` */
export function insistingObjects(
  final: readonly TreeObject[],
  { desired, withdrawn }: TwoTrees,
  decisions: Decisions,
): { readonly objects: readonly TreeObject[]; readonly resent: readonly string[] } {
  const resent: string[] = [];
  const objects = final.map((object) => {
    const { pointer, body } = object;
    const lost = withdrawn.get(pointer);
    const wanted = desired.get(pointer);
    const { kind, desired: resolved = wanted?.body } = decisions.get(pointer) ?? {};
    if (!lost || resolved === undefined || (kind !== 'unchanged' && kind !== 'updated')) return object;
    for (const property of lost) resent.push(property.pointer);
    return { ...object, body: putDifferences(pointer, resolved, body, lost) };
  });
  return { objects, resent };
}

/** Lists the objects to send: those to write, and those that form a unit with one of them. A service, theme or
 * gateway forms a unit with what it holds: some of SecureAuth's APIs know it only as a whole, and would delete what
 * is not sent. The same holds for the settings of a workspace or of the tenant: SecureAuth could take a document
 * without them for one that empties them. In modes that overwrite nothing, no unit is completed.
 * @param final see `finalObjects` */
export function sentObjects(
  final: readonly TreeObject[],
  decisions: Decisions,
  mode: ChangeMode,
): readonly TreeObject[] {
  const isOwnWritten = ({ pointer }: TreeObject) => {
    const decision = decisions.get(pointer);
    return decision !== undefined && isWritten(decision);
  };
  if (mode !== 'update') return final.filter(isOwnWritten);
  const holders = new Set<string>();
  for (const { type, pointer } of final) if (HOLDERS.has(type)) holders.add(pointer);
  const written = new Set<string>();
  for (const object of final) {
    if (isOwnWritten(object)) written.add(holderOf(object.pointer, holders) ?? object.pointer);
  }
  const owners = placesOf(written).around;
  return final.filter(
    ({ type, pointer }) =>
      written.has(holderOf(pointer, holders) ?? pointer) || (SETTINGS.has(type) && owners.has(pointer)),
  );
}

const SETTINGS: ReadonlySet<ObjectType> = new Set(['tenant', 'server']);

/** Returns the holder that an object is, or lies in. */
function holderOf(pointer: string, holders: ReadonlySet<string>): string | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (holders.has(at)) return at;
  return undefined;
}

/** Builds the document to import.
 * @param sent see `sentObjects`
 * @returns the tree to import; null for none */
export const documentOf = (sent: readonly TreeObject[]): JsonObject | null =>
  sent.length === 0 ? null : buildTree(withoutAnySections(sent));

function* withoutAnySections(sent: readonly TreeObject[]): Generator<Pick<TreeObject, 'pointer' | 'body'>> {
  for (const { type, pointer, body } of sent) yield { pointer, body: withoutSections(type, body) };
}

const SECTIONS: Partial<Record<ObjectType, Sections>> = {
  tenant: TENANT_SECTIONS,
  server: WORKSPACE_SECTIONS,
  ...nestedSections(TENANT_SECTIONS),
  ...nestedSections(WORKSPACE_SECTIONS),
};

function nestedSections(sections: Sections): Partial<Record<ObjectType, Sections>> {
  const nested = Object.values(sections).flatMap(({ type, sections: inner = {} }) =>
    type !== 'server' && Object.keys(inner).length > 0 ? [[type, inner] as const] : [],
  );
  return Object.fromEntries(nested);
}

/** Removes the empty sections of a body: SecureAuth could take a null for an order to delete what is there. */
function withoutSections(type: ObjectType, body: Json): Json {
  const sections = SECTIONS[type];
  if (sections === undefined || !isObject(body)) return body;
  if (!Object.keys(body).some((name) => Object.hasOwn(sections, name))) return body;
  const entries = Object.entries<Json>(body).filter(([name]) => !Object.hasOwn(sections, name));
  return Object.fromEntries(entries);
}
