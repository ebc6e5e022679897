/** Defines the language that selects objects of a tenant: plans, restores and all other partial operations use it. */
import * as z from 'zod';
import { parseInput } from '../../parse.ts';
import { isSensitiveName } from '../credentials/lookalike.ts';
import { DUMP_COLLECTIONS } from '../model/collections.ts';
import { inheritMarks, NO_MARKS, ROOT_CURSOR } from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { type ObjectType, type Sections, TENANT_SECTIONS } from '../model/sections.ts';

/** Matches objects that satisfy all given members. In texts, `*` stands for any text: see `matchesWildcard`. */
export interface Selector {
  /** Ids of workspaces that the objects lie in. The workspace itself is one of them. */
  readonly workspaces?: readonly string[] | undefined;
  readonly resourceType?: ObjectType | undefined;
  /** Ids as in `TreeObject.id`: map keys, and `<type>/<name>` for claims. */
  readonly ids?: readonly string[] | undefined;
  /** Values by the dotted path of a member. All of them must match; in a list, any element may match. */
  readonly resourceQuery?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** - `add`: the restore also includes objects that a selected object names and the tenant lacks
 * - `report`: the plan only reports them */
export type DependencyChoice = 'add' | 'report';

/** What is selected: all objects that a selector of `include` matches, except those of `exclude`. */
export interface Selection {
  /** An empty list means everything. */
  readonly include: readonly Selector[];
  readonly exclude: readonly Selector[];
  readonly dependencies: DependencyChoice;
}

export const EVERYTHING: Selection = { include: [], exclude: [], dependencies: 'add' };

/** Tells whether a selection includes everything. */
export const isEverything = ({ include, exclude }: Selection): boolean =>
  include.length === 0 && exclude.length === 0;

/** Returns the part of a selection that depends on no member of an object, which may have had another value before.
 * @returns null if nothing is certain */
export function certainSelection(selection: Selection): Selection | null {
  const include = selection.include.filter(({ resourceQuery }) => resourceQuery === undefined);
  if (include.length === 0 && selection.include.length > 0) return null;
  return {
    ...selection,
    include,
    exclude: selection.exclude.map(({ resourceQuery: _, ...certain }) => certain),
  };
}

/** Names of sections in a tree, and of collections in a dump where these differ. */
const TYPE_OF_NAME: ReadonlyMap<string, ObjectType> = new Map<string, ObjectType>([
  ...sectionNames(TENANT_SECTIONS),
  ['tenant', 'tenant'],
  ['tenants', 'tenant'],
  ['workspace', 'server'],
  ['workspaces', 'server'],
  ['feature_flags', 'feature'],
  ['server_consents', 'server_consent'],
  ['ciba_authentication_services', 'ciba_authentication_service'],
  ['theme_bindings', 'theme_binding'],
]);

function* sectionNames(sections: Sections): Generator<[string, ObjectType]> {
  for (const [name, section] of Object.entries(sections)) {
    yield [name, section.type];
    yield [section.type, section.type];
    yield* sectionNames(section.sections ?? {});
  }
}

/** Places of a type's objects in a tenant, for the table of fields; the ids do not matter. */
const PLACES_OF_TYPE: ReadonlyMap<ObjectType, readonly (readonly string[])[]> = placesOf(TENANT_SECTIONS);

function placesOf(sections: Sections): Map<ObjectType, string[][]> {
  const places = new Map<ObjectType, string[][]>([['tenant', [[]]]]);
  const walk = (inner: Sections, path: readonly string[]) => {
    for (const [name, { type, keys, sections: nested = {} }] of Object.entries(inner)) {
      const place = [...path, name, ...Array<string>(keys).fill('')];
      places.set(type, [...(places.get(type) ?? []), place]);
      walk(nested, place);
    }
  };
  walk(sections, []);
  return places;
}

const MAX_SELECTORS = 500;
const MAX_PATTERNS = 5_000;

const pattern = z.string().min(1).max(1024);
const patterns = z.array(pattern).min(1).max(MAX_PATTERNS);

const resourceType = z.string().transform((name, context): ObjectType => {
  const type = TYPE_OF_NAME.get(name);
  if (type !== undefined) return type;
  const elsewhere = Object.hasOwn(DUMP_COLLECTIONS, name);
  context.addIssue({
    code: 'custom',
    message: elsewhere
      ? 'is not in the tree of a tenant, only in its system export'
      : `must be one of ${[...TYPE_OF_NAME.keys()].join(', ')}`,
  });
  return z.NEVER;
});

/** One selector in a request. */
export const selectorSchema = z
  .strictObject({
    workspaces: patterns.optional(),
    resourceType: resourceType.optional(),
    ids: patterns.optional(),
    resourceQuery: z
      .record(z.string().min(1).max(512), z.union([z.string().max(1024), z.number(), z.boolean()]))
      .refine((query) => Object.keys(query).length > 0, 'must name at least one member')
      .optional(),
  })
  .superRefine(({ resourceType: type, ids, workspaces, resourceQuery }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (type === undefined && resourceQuery !== undefined) {
      refuse(['resourceQuery'], 'needs a resourceType');
    }
    if (type === undefined && ids === undefined && workspaces === undefined) {
      refuse(['resourceType'], 'must be given, or ids, or workspaces');
    }
    for (const path of Object.keys(resourceQuery ?? {})) {
      if (type === undefined || !isCredentialPath(type, path)) continue;
      refuse(['resourceQuery'], `must not ask for credentials: ${path}`);
    }
  });

/** Expands a selection of a request: a list alone is what to include.
 * @returns the full form; any other value unchanged */
export const wholeSelection = (value: unknown): unknown =>
  Array.isArray(value) ? { include: value } : value;

/** Expands the selection in an event. */
export const withWholeSelection = (event: unknown): unknown =>
  typeof event === 'object' && event !== null && 'selection' in event
    ? { ...event, selection: wholeSelection(event.selection) }
    : event;

/** A selection in a request. A caller that reports an issue must look it up in the full form. */
export const selectionSchema = z.preprocess(
  wholeSelection,
  z.strictObject({
    include: z.array(selectorSchema).max(MAX_SELECTORS).default([]),
    exclude: z.array(selectorSchema).max(MAX_SELECTORS).default([]),
    dependencies: z.enum(['add', 'report']).default('add'),
  }),
);

/** Validates a selection.
 * @example [{"resourceType": "clients", "resourceQuery": {"client_name": "Portal*"}}]
 * @throws INVALID_REQUEST naming the member, the value and what it must be */
export const parseSelection = (value: unknown): Selection =>
  parseInput(selectionSchema, wholeSelection(value), 'selection', 'INVALID_REQUEST');

/** Tells whether a member of a type's objects is, or is in, a credential: a query for it could guess it. */
function isCredentialPath(type: ObjectType, path: string): boolean {
  const names = path.split('.');
  if (names.some(isSensitiveName)) return true;
  return (PLACES_OF_TYPE.get(type) ?? []).some((place) => {
    let cursor = ROOT_CURSOR;
    let marks = NO_MARKS;
    for (const name of [...place, ...names]) {
      cursor = step(cursor, name);
      marks = inheritMarks(marks, cursor);
    }
    return marks.secret || marks.keySet;
  });
}
