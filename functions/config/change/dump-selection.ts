/** Selects objects of a dump: the same language as for trees, with the names of dumps. */
import * as z from 'zod';
import { type DumpEntry, entriesOf } from '../compare/dump-units.ts';
import { type JsonObject, member } from '../json/json.ts';
import { formatPointer } from '../json/pointer.ts';
import { matchesWildcard } from '../json/wildcard.ts';
import { DUMP_COLLECTIONS } from '../model/collections.ts';
import { isBesideTree } from '../model/coverage.ts';
import { ALL_COLLECTIONS, nestedIn } from '../model/dump-collections.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { wholeSelection } from '../select/selection.ts';
import { isOfClient } from './dump-align.ts';

/** Matches objects that satisfy all given members. In texts, `*` stands for any text: see `matchesWildcard`. */
export interface DumpSelector {
  /** Ids of workspaces that the objects lie in. The workspace itself is one of them. */
  readonly workspaces?: readonly string[] | undefined;
  /** Name of a collection, such as `acrs`, or of a list inside of services. */
  readonly resourceType?: string | undefined;
  /** Ids as in `DumpObject.id`, or the object's own `id` or `client_id`. */
  readonly ids?: readonly string[] | undefined;
}

export interface DumpSelection {
  /** An empty list means everything. */
  readonly include: readonly DumpSelector[];
  readonly exclude: readonly DumpSelector[];
}

const NAMES: ReadonlySet<string> = new Set(
  Object.keys(ALL_COLLECTIONS).flatMap((name) => [name, ...nestedIn(name).map(({ type }) => type)]),
);

const patterns = z.array(z.string().min(1).max(1024)).min(1).max(5_000);

const selectorSchema = z
  .strictObject({
    workspaces: patterns.optional(),
    resourceType: z
      .string()
      .refine(
        (name) => NAMES.has(name),
        `must be the name of a collection, one of ${[...NAMES].sort().join(', ')}`,
      )
      .optional(),
    ids: patterns.optional(),
    resourceQuery: z
      .unknown()
      .refine(
        (query) => query === undefined,
        'is not supported by the parts system and identity: name the objects by ids',
      )
      .optional(),
  })
  .refine(({ workspaces, resourceType, ids }) => workspaces ?? resourceType ?? ids, {
    path: ['resourceType'],
    message: 'must be given, or ids, or workspaces',
  });

const selectors = z.array(selectorSchema).max(500).default([]);

/** A selection in a request: a list alone is what to include. */
export const dumpSelectionSchema = z.preprocess(
  wholeSelection,
  z.strictObject({
    include: selectors,
    exclude: selectors,
    dependencies: z
      .literal('report', 'must be "report": the parts system and identity add no dependencies')
      .default('report'),
  }),
);

/** Tells whether a selection has only workspaces: then it means the same in a tree and in a dump. */
export const isOfWorkspacesAlone = ({ include, exclude }: Record<'include' | 'exclude', readonly object[]>) =>
  [...include, ...exclude].every((selector) =>
    Object.entries(selector).every(([name, value]) => name === 'workspaces' || value === undefined),
  );

/** Tells whether a selection of a request includes only types that a tree lacks.
 * @param selection not validated */
export function isOfTypesBesideTree(selection: unknown): boolean {
  const { include } = (wholeSelection(selection) ?? {}) as { readonly include?: unknown };
  return (
    Array.isArray(include) &&
    include.length > 0 &&
    include.every((selector: { readonly resourceType?: unknown } | null) => {
      const type = selector?.resourceType;
      return typeof type === 'string' && Object.hasOwn(DUMP_COLLECTIONS, type) && isBesideTree(type);
    })
  );
}

/** Selects objects in either dump. A user includes all that belongs to it, because a user without credentials is
 * useless. A service includes its scopes and APIs.
 * @returns function that tells whether an object of either dump is selected */
export function selectInDumps(
  dumps: readonly JsonObject[],
  { include, exclude }: DumpSelection,
): (object: DumpObject) => boolean {
  if (include.length === 0 && exclude.length === 0) return () => true;
  const entries = dumps.flatMap((dump) => [...entriesOf(dump).values()]);
  const included = include.length === 0 ? null : keysOf(entries, include);
  const excluded = keysOf(entries, exclude);
  return ({ key }) => (included === null || included.has(key)) && !excluded.has(key);
}

function keysOf(entries: readonly DumpEntry[], selectors: readonly DumpSelector[]): ReadonlySet<string> {
  const met = entries.filter(({ object }) => selectors.some((selector) => meets(object, selector)));
  const wholes = new Set(met.filter(isHead).map(({ unit }) => unit));
  const all = entries.filter(({ unit }) => wholes.has(unit));
  return new Set([...met, ...all].map(({ object }) => object.key));
}

/** Tells whether an object is the head of its unit, whose selection includes the rest. */
const isHead = ({ object, unit, owner }: DumpEntry): boolean =>
  owner === undefined && (unit === object.key || object.type === 'users');

function meets({ type, id, workspace, body }: DumpObject, selector: DumpSelector): boolean {
  const { resourceType, ids, workspaces } = selector;
  if (resourceType !== undefined && resourceType !== type) return false;
  const isAny = (texts: readonly unknown[], wanted: readonly string[]) =>
    texts.some((text) => typeof text === 'string' && wanted.some((each) => matchesWildcard(each, text)));
  if (ids && !isAny([id, member(body, 'id'), member(body, 'client_id')], ids)) return false;
  return workspaces === undefined || isAny([type === 'servers' ? id : workspace], workspaces);
}

/** Names an object for public output: as a JSON Pointer by collection, workspace and id. An object that only its
 * content identifies has the name of its collection alone, because the content may hold anything. */
export function dumpPlaceOf({ type, workspace, id }: Pick<DumpObject, 'type' | 'workspace' | 'id'>): string {
  const names = isNamedByContent({ type, id }) ? [type] : [type, ...(workspace ? [workspace] : []), id];
  return formatPointer(names);
}

/** Lists the places, in some dumps, of the client that an operation authenticates with, and of objects bound to it. */
export const placesOfClient = (dumps: readonly JsonObject[], clientId: string | undefined): string[] =>
  clientId === undefined
    ? []
    : [
        ...new Set(
          dumps.flatMap((dump) =>
            [...dumpObjectsOf(dump)].filter((object) => isOfClient(object, clientId)).map(dumpPlaceOf),
          ),
        ),
      ];

/** Tells whether the id of an object, and so its key, is its content. Roles consist only of ids. */
export const isNamedByContent = ({ type, id }: Pick<DumpObject, 'type' | 'id'>): boolean =>
  type !== 'roles' && (id.includes('{') || id.includes('['));
