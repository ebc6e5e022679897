/** Which objects of a tenant are meant: one language for plans, restores and everything else that takes a part. */
import * as z from 'zod';
import { parseInput } from '../../parse.ts';
import { isSensitiveName } from '../credentials/lookalike.ts';
import { DUMP_COLLECTIONS } from '../model/collections.ts';
import { inheritMarks, NO_MARKS, ROOT_CURSOR } from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { type ObjectType, type Sections, TENANT_SECTIONS } from '../model/sections.ts';

/** Objects that satisfy every member that is there. In texts, `*` stands for any text, also none. */
export interface Selector {
  /** Ids of workspaces that the objects lie in. The workspace itself is one of them. */
  readonly workspaces?: readonly string[] | undefined;
  readonly resourceType?: ObjectType | undefined;
  /** Ids, as `TreeObject.id` has them: map keys, and `<type>/<name>` of claims. */
  readonly ids?: readonly string[] | undefined;
  /** Values by the dotted path of a member; all of them, and of a list any element. */
  readonly resourceQuery?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** - `add`: what a selected object names and the tenant lacks is restored along with it
 * - `report`: it is only told */
export type DependencyChoice = 'add' | 'report';

/** What is selected: whatever a selector of `include` means, and none of `exclude`. */
export interface Selection {
  /** None at all means everything. */
  readonly include: readonly Selector[];
  readonly exclude: readonly Selector[];
  readonly dependencies: DependencyChoice;
}

export const EVERYTHING: Selection = { include: [], exclude: [], dependencies: 'add' };

/** Tells whether a selection means everything, so that nothing is outside of it. */
export const isEverything = ({ include, exclude }: Selection): boolean =>
  include.length === 0 && exclude.length === 0;

/** Names of sections in a tree, and where they are called otherwise, of collections in a dump. */
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

/** Places of a type's objects in a tenant, for the table of fields; ids do not matter there. */
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

/** One selector as people write it. */
export const selectorSchema = z
  .strictObject({
    workspaces: patterns.optional(),
    resourceType: resourceType.optional(),
    ids: patterns.optional(),
    resourceQuery: z
      .record(z.string().min(1).max(512), z.union([z.string().max(1024), z.number(), z.boolean()]))
      .refine((query) => Object.keys(query).length > 0, 'must name a member at least')
      .optional(),
  })
  .superRefine(({ resourceType: type, ids, workspaces, resourceQuery }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (type === undefined && resourceQuery !== undefined) {
      refuse(['resourceQuery'], 'needs a resourceType beside it');
    }
    if (type === undefined && ids === undefined && workspaces === undefined) {
      refuse(['resourceType'], 'must be there, or ids, or workspaces');
    }
    for (const path of Object.keys(resourceQuery ?? {})) {
      if (type === undefined || !isCredentialPath(type, path)) continue;
      refuse(['resourceQuery'], `must not ask for credentials: ${path}`);
    }
  });

/** A selection as people may write it: a list alone is what to include.
 * @returns the whole form; anything else as it is */
export const wholeSelection = (value: unknown): unknown =>
  Array.isArray(value) ? { include: value } : value;

/** An event whose selection has its whole form. */
export const withWholeSelection = (event: unknown): unknown =>
  typeof event === 'object' && event !== null && 'selection' in event
    ? { ...event, selection: wholeSelection(event.selection) }
    : event;

/** A selection as people write it. Whoever shows what was wrong has to look at its whole form. */
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

/** Tells whether a member of a type's objects is, or is in, a credential: whoever may ask for it could guess it. */
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
