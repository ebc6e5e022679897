/** Finds the objects of trees that a selection matches. */
import { TenantBackupError } from '../../errors.ts';
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { isContainer, isRawNumber, type Json, type JsonObject, member } from '../json/json.ts';
import { matchesWildcard } from '../json/wildcard.ts';
import { objectsOf, type TreeObject } from '../model/objects.ts';
import type { Shape } from '../model/shape.ts';
import { isEverything, type Selection, type Selector } from './selection.ts';

export interface SelectedObjects {
  /** JSON Pointers of what is selected, in any of the trees. */
  readonly pointers: ReadonlySet<string>;
  /** JSON Pointers of objects that `exclude` matches: never added, even if another object needs them. */
  readonly excluded: ReadonlySet<string>;
  /** Selectors that match no object. */
  readonly unmatched: readonly Selector[];
}

export interface SelectOptions {
  readonly shape: Shape;
  /** Id of the workspace that trees of shape `workspace` are of. @default - unknown: no selector by id matches it */
  readonly workspace?: string | undefined;
}

/** Selects objects. An object is selected whole: a service with its scopes and APIs, a theme with its templates, a
 * gateway with its API groups. A selector by type matches only the settings of a workspace or tenant; a selector by
 * `workspaces` matches everything in the workspace. An object that is in several trees is selected if a selector
 * matches it in any of them.
 * @throws INVALID_REQUEST if no object matches, or a query names a member that no object of the type has */
export const selectObjects = (
  trees: readonly Json[],
  selection: Selection,
  options: SelectOptions,
): SelectedObjects =>
  selectAmong(
    trees.map((tree) => objectsOf(tree, { shape: options.shape })),
    selection,
    options,
  );

/** Selects among objects that are already listed, each after its owner.
 * @throws INVALID_REQUEST as `selectObjects` */
export function selectAmong(
  trees: readonly Iterable<TreeObject>[],
  selection: Selection,
  options: SelectOptions,
): SelectedObjects {
  const selected = matchAmong(trees, selection, options);
  if (selected.pointers.size === 0 && !isEverything(selection)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'selection must match at least one object, it matches none',
      {
        selectors: selection.include.length,
      },
    );
  }
  return selected;
}

/** Selects in the same way, possibly nothing. */
export function matchAmong(
  trees: readonly Iterable<TreeObject>[],
  selection: Selection,
  options: SelectOptions,
): SelectedObjects {
  const included = new Set<string>();
  const excluded = new Set<string>();
  const met = new Set<Selector>();
  const seen = new Map<Selector, QueriedFields>();
  const everything = selection.include.length === 0;
  for (const objects of trees) {
    let holder: { readonly pointer: string; readonly in: boolean; readonly out: boolean } | undefined;
    for (const object of objects) {
      if (holder !== undefined && !object.pointer.startsWith(`${holder.pointer}/`)) holder = undefined;
      const hits = selection.include.filter((selector) => isMeant(selector, object, options, seen));
      for (const selector of hits) met.add(selector);
      const isIn = everything || hits.length > 0 || holder?.in === true;
      const misses = selection.exclude.filter((selector) => isMeant(selector, object, options, seen));
      for (const selector of misses) met.add(selector);
      const isOut = holder?.out === true || misses.length > 0;
      if (isIn) included.add(object.pointer);
      if (isOut) excluded.add(object.pointer);
      if (HOLDERS.has(object.type)) holder = { pointer: object.pointer, in: isIn, out: isOut };
    }
  }
  requireKnownFields(seen);
  const pointers = excluded.size === 0 ? included : included.difference(excluded);
  const selectors = [...selection.include, ...selection.exclude];
  return { pointers, excluded, unmatched: selectors.filter((selector) => !met.has(selector)) };
}

/** Types whose objects form one unit with the objects that they hold. */
export const HOLDERS: ReadonlySet<TreeObject['type']> = new Set(['service', 'theme', 'gateway']);

/** How many objects of the type were checked, and which of the queried members they have. */
interface QueriedFields {
  objects: number;
  readonly met: Set<string>;
}

function isMeant(
  selector: Selector,
  object: TreeObject,
  options: SelectOptions,
  seen: Map<Selector, QueriedFields>,
): boolean {
  const { workspaces, resourceType, ids, resourceQuery } = selector;
  if (resourceType !== undefined && resourceType !== object.type) return false;
  const workspace = workspaceOf(object, options);
  const isNamed = (names: readonly string[], name: string) =>
    names.some((each) => matchesWildcard(each, name));
  if (workspaces !== undefined && (workspace === undefined || !isNamed(workspaces, workspace))) return false;
  const id = object.type === 'server' && object.id === '' ? (options.workspace ?? '') : object.id;
  if (ids !== undefined && !isNamed(ids, id)) return false;
  if (resourceQuery === undefined) return true;
  const fields = seen.get(selector) ?? { objects: 0, met: new Set<string>() };
  seen.set(selector, fields);
  fields.objects++;
  let all = true;
  for (const [path, wanted] of Object.entries(resourceQuery)) {
    const values = valuesAt(object.body, path.split('.'));
    if (values.length > 0) fields.met.add(path);
    if (!values.some((value) => satisfies(value, wanted, path))) all = false;
  }
  return all;
}

const workspaceOf = ({ type, id, workspace }: TreeObject, options: SelectOptions): string | undefined =>
  options.shape === 'workspace' ? options.workspace : type === 'server' ? id : workspace;

function valuesAt(value: Json, names: readonly string[]): Json[] {
  const [name, ...rest] = names;
  if (Array.isArray(value)) return value.flatMap((element: Json) => valuesAt(element, names));
  if (name === undefined) return isContainer(value) ? [] : [value];
  // A member whose name has dots itself.
  const whole = member(value, names.join('.'));
  if (whole !== undefined && rest.length > 0) return valuesAt(whole, []);
  const next = member(value as JsonObject, name);
  return next === undefined ? [] : next !== null && isEmptyList(next) ? [null] : valuesAt(next, rest);
}

const isEmptyList = (value: Json): boolean => Array.isArray(value) && value.length === 0;

function satisfies(value: Json, wanted: string | number | boolean, path: string): boolean {
  // The selection was checked for names of credentials. A value that looks like a credential must not be guessed
  // either.
  if (looksLikeCredential(path.split('.').at(-1), value, false)) return false;
  if (typeof wanted !== 'string') return value === wanted;
  if (typeof value === 'string') return matchesWildcard(wanted, value);
  return isRawNumber(value) ? value.rawJSON === wanted : value !== null && String(value) === wanted;
}

/** Refuses a misspelt member, which would silently select nothing. */
function requireKnownFields(seen: ReadonlyMap<Selector, QueriedFields>): void {
  for (const [{ resourceType, resourceQuery }, { objects, met }] of seen) {
    const unknown = Object.keys(resourceQuery ?? {}).find((path) => !met.has(path));
    if (objects === 0 || unknown === undefined) continue;
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `selection: resourceQuery must name a member that a ${resourceType} has, got "${unknown.slice(0, 100)}"`,
      { resourceType: resourceType ?? '', objects },
    );
  }
}
