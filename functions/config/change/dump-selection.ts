/** Which objects of a dump are meant: the same language as for trees, with the names that things have in dumps. */
import * as z from 'zod';
import { type DumpEntry, entriesOf } from '../compare/dump-units.ts';
import { type JsonObject, member } from '../json/json.ts';
import { formatPointer } from '../json/pointer.ts';
import { matchesWildcard } from '../json/wildcard.ts';
import { ALL_COLLECTIONS, nestedIn } from '../model/dump-collections.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { wholeSelection } from '../select/selection.ts';
import { isOfClient } from './dump-align.ts';

/** Objects that satisfy every member that is there. In texts, `*` stands for any text, also none. */
export interface DumpSelector {
  /** Ids of workspaces that the objects lie in. The workspace itself is one of them. */
  readonly workspaces?: readonly string[] | undefined;
  /** Name of a collection, such as `acrs`, or of a list inside of services. */
  readonly resourceType?: string | undefined;
  /** As `DumpObject.id`, or as the object's own `id` or `client_id` has them. */
  readonly ids?: readonly string[] | undefined;
}

export interface DumpSelection {
  /** None at all means everything. */
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
        'cannot be asked of the parts system and identity: name the objects by ids',
      )
      .optional(),
  })
  .refine(({ workspaces, resourceType, ids }) => workspaces ?? resourceType ?? ids, {
    path: ['resourceType'],
    message: 'must be there, or ids, or workspaces',
  });

const selectors = z.array(selectorSchema).max(500).default([]);

/** A selection as people write it: a list alone is what to include. */
export const dumpSelectionSchema = z.preprocess(
  wholeSelection,
  z.strictObject({
    include: selectors,
    exclude: selectors,
    dependencies: z
      .literal('report', 'must be "report": with the parts system and identity, nothing is added by itself')
      .default('report'),
  }),
);

/** Tells whether a selector says something of workspaces and nothing else: then it means the same in a tree and in a dump. */
export const isOfWorkspacesAlone = (selector: object): boolean =>
  Object.entries(selector).every(([name, value]) => name === 'workspaces' || value === undefined);

/** Finds what is selected in either dump. A user takes along all that belongs to it, and a service its scopes and APIs: a user
 * without its credentials is of no use to anybody.
 * @returns whether an object of either dump is selected */
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

/** What others belong to. */
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

/** What an object is called where anybody may read it: as a JSON Pointer by collection, workspace and id. An object that only
 * its content tells from others is called by its collection alone: there may be anything in it. */
export function dumpPlaceOf({ type, workspace, id }: Pick<DumpObject, 'type' | 'workspace' | 'id'>): string {
  const names = isNamedByContent({ type, id }) ? [type] : [type, ...(workspace ? [workspace] : []), id];
  return formatPointer(names);
}

/** Places of the client that an operation is made with, and of what is bound to it, in some dumps. */
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

/** Tells whether the id of an object, and with it its key, is its content. Roles are made of nothing but ids. */
export const isNamedByContent = ({ type, id }: Pick<DumpObject, 'type' | 'id'>): boolean =>
  type !== 'roles' && (id.includes('{') || id.includes('['));
