/** What is sent to a tenant, and what it is afterwards. */

import { isObject, type Json, type JsonObject } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import type { TreeObject } from '../model/objects.ts';
import { placesOf } from '../model/places.ts';
import { type ObjectType, type Sections, TENANT_SECTIONS, WORKSPACE_SECTIONS } from '../model/sections.ts';
import { HOLDERS } from '../select/select-objects.ts';
import { type Decisions, isWritten, type TwoTrees } from './change-objects.ts';
import type { ChangeMode } from './change-types.ts';
import { putDifferences } from './put-differences.ts';

/** The objects that there will be, each after its owner. */
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

/** The objects that there should be, with what the release withdraws as the backup has it: if somebody removed it from all
 * objects of a type, it is put back, and a release that does not know it takes no notice.
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

/** The objects that have to be sent: those to be written, and all that goes together with one of them. A service, theme
 * or gateway is one thing with what it holds: some of SecureAuth's APIs know it only as a whole, and would take what is not
 * sent for gone. So are the settings of a workspace, and of the tenant, with what is in them: a document without them could
 * be taken for one that empties them. Where nothing may be overwritten, none of that is sent again.
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

/** The holder that an object is, or lies in. */
function holderOf(pointer: string, holders: ReadonlySet<string>): string | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (holders.has(at)) return at;
  return undefined;
}

/** @param sent see `sentObjects`
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

/** What a body says of objects that are not there: a null could be taken for an order to remove what is. */
function withoutSections(type: ObjectType, body: Json): Json {
  const sections = SECTIONS[type];
  if (sections === undefined || !isObject(body)) return body;
  if (!Object.keys(body).some((name) => Object.hasOwn(sections, name))) return body;
  const entries = Object.entries<Json>(body).filter(([name]) => !Object.hasOwn(sections, name));
  return Object.fromEntries(entries);
}
