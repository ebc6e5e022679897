import { isEmpty } from '../json/blank.ts';
import { isObject, type Json, type JsonObject, setMember } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import {
  type ObjectType,
  type Section,
  type Sections,
  TENANT_SECTIONS,
  WORKSPACE_SECTIONS,
} from './sections.ts';
import { type Shape, shapeOf } from './shape.ts';

export type { ObjectType } from './sections.ts';

/** One object of an export. */
export interface TreeObject {
  readonly type: ObjectType;
  /** Its map key. Claims and execution points of scripts have `<type>/<name>`; a single object such as
   * `server_consent` has its type; the root has `""`, because the document does not hold its id. Only `pointer` is
   * unique in the document: scopes of two services may have the same id. */
  readonly id: string;
  /** Id of its workspace; missing for a tenant's own objects, and in the tree of one workspace. */
  readonly workspace?: string;
  /** JSON Pointer of its place. */
  readonly pointer: string;
  /** Its own members, without the objects that it holds, which are listed on their own. Link rows are scalars. */
  readonly body: Json;
}

/** @param shape of the tree, if it is known already */
export interface ObjectsOptions {
  readonly shape?: Shape | undefined;
}

/** Lists the objects of a tree (the tenant, its workspaces, their clients, policies and so on), each after its owner.
 * Each value of the document is in exactly one body. Members that no section names stay in the body of their owner.
 * So do empty maps and entries without an object: null, and links to nothing.
 * @throws EXPORT_MALFORMED if the shape is not given and the tree is neither a tenant nor a workspace */
export function* objectsOf(tree: Json, options: ObjectsOptions = {}): Generator<TreeObject> {
  const root = rootSection(options.shape ?? shapeOf(tree));
  yield* objectsIn(tree, root, { id: '', workspace: undefined, pointer: '' });
}

/** Lists the same objects at a fraction of the work: each `body` is the whole value, with the objects that it holds.
 * @throws EXPORT_MALFORMED as `objectsOf` */
export function listObjects(tree: Json, options: ObjectsOptions = {}): TreeObject[] {
  const objects: TreeObject[] = [];
  const list = (body: Json, { type, sections = {} }: Section, { id, workspace, pointer }: Address): void => {
    objects.push(
      workspace === undefined ? { type, id, pointer, body } : { type, id, workspace, pointer, body },
    );
    if (!isObject(body)) return;
    const within = type === 'server' && pointer !== '' ? id : workspace;
    for (const name of Object.keys(body)) {
      const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
      if (section === undefined) continue;
      const place = { id: section.type, workspace: within, pointer: childPointer(pointer, name) };
      listEntries(body[name] as Json, section, section.keys, place);
    }
  };
  const listEntries = (content: Json, section: Section, keys: number, place: Address): void => {
    if (keys === 0) {
      if (isEntry(content, section)) list(content, section, place);
    } else if (isObject(content)) {
      for (const key of Object.keys(content)) {
        listEntries(content[key] as Json, section, keys - 1, {
          id: keys === section.keys ? key : `${place.id}/${key}`,
          workspace: place.workspace,
          pointer: childPointer(place.pointer, key),
        });
      }
    }
  };
  list(tree, rootSection(options.shape ?? shapeOf(tree)), { id: '', workspace: undefined, pointer: '' });
  return objects;
}

const rootSection = (shape: Shape): Section =>
  shape === 'tenant'
    ? { type: 'tenant', keys: 0, sections: TENANT_SECTIONS }
    : { type: 'server', keys: 0, sections: WORKSPACE_SECTIONS };

/** Counts the objects of each type in a tree; types without objects are left out.
 * @throws EXPORT_MALFORMED as `objectsOf` */
export function countObjects(tree: Json, options: ObjectsOptions = {}): Partial<Record<ObjectType, number>> {
  const shape = options.shape ?? shapeOf(tree);
  const counts: Partial<Record<ObjectType, number>> = {};
  // Count without listing: bodies and pointers would cost more than the count.
  const count = (value: Json, { type, sections = {} }: Section): void => {
    counts[type] = (counts[type] ?? 0) + 1;
    if (!isObject(value)) return;
    for (const [name, section] of Object.entries(sections)) {
      if (Object.hasOwn(value, name)) countEntries(value[name] as Json, section, section.keys);
    }
  };
  const countEntries = (content: Json, section: Section, keys: number): void => {
    if (keys === 0) {
      if (isEntry(content, section)) count(content, section);
    } else if (isObject(content)) {
      for (const entry of Object.values(content)) countEntries(entry, section, keys - 1);
    }
  };
  count(tree, rootSection(shape));
  return counts;
}

/** Tells whether the content of an entry is an object. */
const isEntry = (content: Json, { emptyMeansNone }: Section): boolean =>
  content !== null && !(emptyMeansNone && isEmpty(content));

interface Address {
  readonly id: string;
  readonly workspace: string | undefined;
  readonly pointer: string;
}

interface Entry extends Address {
  readonly section: Section;
  readonly value: Json;
}

function* objectsIn(value: Json, section: Section, address: Address): Generator<TreeObject> {
  const { id, workspace, pointer } = address;
  const { type, sections = {} } = section;
  const entries: Entry[] = [];
  const body = isObject(value) ? ownMembers(value, sections, address, type, entries) : value;
  // Written out twice: an object made by spreading takes twice the memory.
  yield workspace === undefined ? { type, id, pointer, body } : { type, id, workspace, pointer, body };
  for (const entry of entries) yield* objectsIn(entry.value, entry.section, entry);
}

/** Returns the members of an object that are not objects themselves, and adds the others to `entries`. */
function ownMembers(
  value: JsonObject,
  sections: Sections,
  address: Address,
  type: ObjectType,
  entries: Entry[],
): Json {
  const names = Object.keys(value);
  if (!names.some((name) => Object.hasOwn(sections, name))) return value;
  const within = type === 'server' && address.pointer !== '' ? address.id : address.workspace;
  const body: Record<string, Json> = {};
  for (const name of names) {
    const content = value[name] as Json;
    const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
    const rest =
      section === undefined
        ? content
        : takeEntries(content, section, section.keys, {
            entries,
            id: '',
            workspace: within,
            pointer: childPointer(address.pointer, name),
          });
    if (rest !== undefined) setMember(body, name, rest);
  }
  return body;
}

/** Moves the objects of a section to `to.entries`.
 * @param keys map levels between the content and its objects
 * @returns the rest, which is no object; `undefined` if there is none */
function takeEntries(
  content: Json,
  section: Section,
  keys: number,
  to: Address & { readonly entries: Entry[] },
): Json | undefined {
  if (keys === 0) {
    if (!isEntry(content, section)) return content;
    const id = section.keys === 0 ? section.type : to.id;
    to.entries.push({ section, value: content, id, workspace: to.workspace, pointer: to.pointer });
    return undefined;
  }
  if (!isObject(content)) return content;
  const keysHere = Object.keys(content);
  if (keysHere.length === 0) return content;
  const rest: Record<string, Json> = {};
  let left = false;
  for (const key of keysHere) {
    const id = keys === section.keys ? key : `${to.id}/${key}`;
    const value = takeEntries(content[key] as Json, section, keys - 1, {
      ...to,
      id,
      pointer: childPointer(to.pointer, key),
    });
    if (value === undefined) continue;
    setMember(rest, key, value);
    left = true;
  }
  return left ? rest : undefined;
}
