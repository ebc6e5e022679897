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
  /** Its map key; `<type>/<name>` for claims and execution points of scripts; the type again for a single such as
   * `server_consent`; `""` for the root, whose id the document does not hold. Scopes of two services, or templates of
   * two themes, may have the same id: only `pointer` is unique in the document. */
  readonly id: string;
  /** Id of the workspace it lies in; missing for a tenant's own objects, and throughout the tree of one workspace. */
  readonly workspace?: string;
  /** JSON Pointer of its place. */
  readonly pointer: string;
  /** Its own members, without the objects that it holds: these follow on their own. Link rows are scalars. */
  readonly body: Json;
}

/** @param shape of the tree, if it is known already */
export interface ObjectsOptions {
  readonly shape?: Shape | undefined;
}

/** List the objects of a tree: the tenant, its workspaces, their clients, policies, and so on, each after its owner.
 * Every bit of the document is in exactly one body. Members that no section names stay in their owner's body, and so
 * do empty maps and entries without an object: null, and links to nothing.
 * @throws EXPORT_MALFORMED if the shape is not given and the tree is neither a tenant nor a workspace */
export function* objectsOf(tree: Json, options: ObjectsOptions = {}): Generator<TreeObject> {
  const root = rootSection(options.shape ?? shapeOf(tree));
  yield* objectsIn(tree, root, { id: '', workspace: undefined, pointer: '' });
}

/** The same list at a fraction of the work: each `body` is the whole value, with the objects that it holds.
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

/** How many objects of each type a tree has; types without any are left out.
 * @throws EXPORT_MALFORMED as `objectsOf` */
export function countObjects(tree: Json, options: ObjectsOptions = {}): Partial<Record<ObjectType, number>> {
  const shape = options.shape ?? shapeOf(tree);
  const counts: Partial<Record<ObjectType, number>> = {};
  // Counted without being listed: bodies and pointers would cost more than all the rest.
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

/** Whether the content of an entry is an object, or stands for there being none. */
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
  // Written out twice: an object that another one was spread into takes twice the memory.
  yield workspace === undefined ? { type, id, pointer, body } : { type, id, workspace, pointer, body };
  for (const entry of entries) yield* objectsIn(entry.value, entry.section, entry);
}

/** The members of an object that are no objects themselves. The others are added to `entries`. */
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

/** Move the objects of a section to `to.entries`.
 * @param keys map levels between the content and its objects
 * @returns what is no object; `undefined` if there is nothing else */
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
