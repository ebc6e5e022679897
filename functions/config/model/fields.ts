/** The known places of an export, in one table for splitting, comparing and checking. */
import { CLIENT_PATTERNS, KEY_SET_PATTERNS, SECRET_PATTERNS } from './credential-fields.ts';
import { type PathCursor, pathTable, step } from './path-table.ts';
import { COLLECTION_PATTERNS } from './sections.ts';
import { VOLATILE_PATTERNS } from './volatile.ts';

/**
 * - `secret`: everything non-blank at or below is a credential
 * - `keySet`: public and private key material side by side
 * - `volatile`: changes by itself, at and below
 * - `collection`: a map of objects; its keys are the ids of what exists
 * - `freeForm`: the customer's own JSON, whose lists keep their order
 * - `prose`: texts for people; the name of a member says nothing about its value
 * - `links`: policy ids by execution point, whose names end in `token`
 */
export type FieldMark = 'secret' | 'keySet' | 'volatile' | 'collection' | 'freeForm' | 'prose' | 'links';

/** A place in the table; `undefined` where the table has no entry. */
export type FieldCursor = PathCursor<FieldMark> | undefined;

const inWorkspaces = (patterns: readonly string[]): string[] => [
  ...patterns,
  ...patterns.map((pattern) => `servers.*.${pattern}`),
];

const FREE_FORM_PATTERNS = [
  'metadata',
  'schemas.*.schema',
  ...inWorkspaces([
    'metadata',
    'pools.*.metadata',
    'policies.*.validators.*.conf',
    'scripts.*.test_input',
    'services.*.scopes.*.metadata',
    'scopes_without_service.*.metadata',
    'gateways.*.gateway_api_groups.*.metadata',
    ...CLIENT_PATTERNS.map((client) => `${client}.metadata|developer_metadata`),
  ]),
];

const LINK_PATTERNS = inWorkspaces([
  'policy_execution_points',
  ...CLIENT_PATTERNS.map((client) => `${client}.policy_execution_points`),
  'services.*.scopes.*.policy_execution_points',
  'scopes_without_service.*.policy_execution_points',
]);

export const withMark = (patterns: readonly string[], mark: FieldMark) =>
  patterns.map((p) => [p, mark] as const);

/** The cursor at the root of a tenant or of a workspace: each name means the same in both. */
export const ROOT_CURSOR: FieldCursor = pathTable([
  ...withMark(SECRET_PATTERNS, 'secret'),
  ...withMark(KEY_SET_PATTERNS, 'keySet'),
  ...withMark(VOLATILE_PATTERNS, 'volatile'),
  ...withMark(COLLECTION_PATTERNS, 'collection'),
  ...withMark(FREE_FORM_PATTERNS, 'freeForm'),
  ...withMark(['translations.*.content'], 'prose'),
  ...withMark(LINK_PATTERNS, 'links'),
]);

/** Marks that hold for everything below them. */
export interface InheritedMarks {
  readonly secret: boolean;
  readonly keySet: boolean;
  readonly volatile: boolean;
  readonly freeForm: boolean;
  /** The names of members are not field names, so that they say nothing about values. */
  readonly unnamed: boolean;
}

export const NO_MARKS: InheritedMarks = {
  secret: false,
  keySet: false,
  volatile: false,
  freeForm: false,
  unnamed: false,
};

/** Returns the marks of a place, given those of its parent. */
export function inheritMarks(parent: InheritedMarks, cursor: FieldCursor): InheritedMarks {
  if (cursor === undefined || cursor.marks.size === 0) return parent;
  const { marks } = cursor;
  return {
    secret: parent.secret || marks.has('secret'),
    keySet: parent.keySet || marks.has('keySet'),
    volatile: parent.volatile || marks.has('volatile'),
    freeForm: parent.freeForm || marks.has('freeForm'),
    unnamed: parent.unnamed || marks.has('prose') || marks.has('links'),
  };
}

/** Returns the marks of a place, walking from the document's root. */
export function marksAt(keys: readonly string[], table: FieldCursor = ROOT_CURSOR): InheritedMarks {
  let cursor = table;
  let marks = inheritMarks(NO_MARKS, table);
  for (const key of keys) {
    cursor = step(cursor, key);
    marks = inheritMarks(marks, cursor);
  }
  return marks;
}

/** Tells whether a place is a map of objects. */
export const isCollection = (cursor: FieldCursor): boolean => cursor?.marks.has('collection') ?? false;
