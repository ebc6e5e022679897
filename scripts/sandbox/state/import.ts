import { isDeepStrictEqual } from 'node:util';
import {
  filterMembers,
  isJsonObject,
  type Json,
  type JsonObject,
  mapMembers,
  memberOf,
  objectMember,
  pointerTo,
} from '../json.ts';
import { isOwnMember, type ObjectKind, type Relation, TENANT } from './model.ts';
import { isBlank, regenerate } from './regenerate.ts';
import { stamp, withoutStamps } from './stamp.ts';

/** What to do with an object that the tenant has already: keep it, refuse the import, or replace it whole. */
export type ImportMode = 'ignore' | 'fail' | 'update';
export const IMPORT_MODES: readonly ImportMode[] = ['ignore', 'fail', 'update'];

export interface ImportResult {
  /** The tenant after the import. With conflicts it must not be used. */
  readonly tree: JsonObject;
  /** Pointers of objects that exist already; only `mode=fail` reports them. */
  readonly conflicts: readonly string[];
  /** Pointers of objects that the import ignored silently. */
  readonly skipped: readonly string[];
}

/**
 * How an import treats objects that a document lacks: keeps them, deletes them, or deletes them only where the document holds
 * the map (or the single object) that they would lie in. The vendor says nothing; `keep` is the cautious assumption.
 */
export type AbsentObjects = 'keep' | 'delete' | 'delete-within';
export const ABSENT_OBJECTS: readonly AbsentObjects[] = ['keep', 'delete', 'delete-within'];

/** How an import treats the settings of a workspace, or of the tenant, of which a document holds only relations: they stay, or are
 * those of an object without any, as a server takes them that reads documents into typed fields. */
export type Settings = 'keep' | 'reset';
export const SETTINGS: readonly Settings[] = ['keep', 'reset'];

/** What an import does with blank credentials of an object that exists: generates them, keeps those of before, or leaves
 * them blank. */
export const BLANKS = ['generate', 'keep', 'blank'] as const;
export type Blanks = (typeof BLANKS)[number];

/** Whether an import keeps the key set of an object that it changes. */
export const KEY_SETS = ['keep', 'replace'] as const;
export type KeySets = (typeof KEY_SETS)[number];

export interface ImportOptions {
  /** @default generate */
  readonly blanks?: Blanks;
  /** @default keep */
  readonly keySets?: KeySets;
  /** @default keep */
  readonly settings?: Settings;
  /** @default keep */
  readonly absent?: AbsentObjects;
  /** The document is the tenant as it is to be, as after a patch: what it lacks goes, down to single members, and
   * objects that it leaves as they are conflict with nothing. @default false */
  readonly complete?: boolean;
}

interface Import {
  readonly mode: ImportMode;
  readonly absent: AbsentObjects;
  readonly settings: Settings;
  readonly blanks: Blanks;
  readonly keySets: KeySets;
  readonly complete: boolean;
  readonly at: Date;
  readonly poolIds: ReadonlySet<string>;
  readonly conflicts: string[];
  readonly skipped: string[];
}

/** Imports a document into a tenant, object by object. By default, objects that are not in the document stay.
 * An object is replaced as a whole: members that the document lacks disappear, and credentials that it lacks are
 * generated. By default, a workspace (or the tenant itself) of which the document has only relations keeps its settings.
 * @param current the tenant; not modified
 * @param document a validated document of the tenant's shape
 * @param at the time stamped on what changes
 */
export function importDocument(
  current: JsonObject,
  document: JsonObject,
  mode: ImportMode,
  at: Date,
  {
    absent = 'keep',
    settings = 'keep',
    blanks = 'generate',
    keySets = 'keep',
    complete = false,
  }: ImportOptions = {},
): ImportResult {
  const poolIds = new Set([...(complete ? [] : poolIdsOf(current)), ...poolIdsOf(document)]);
  const run: Import = {
    mode,
    absent: complete ? 'delete' : absent,
    settings,
    blanks,
    keySets,
    complete,
    at,
    poolIds,
    conflicts: [],
    skipped: [],
  };
  const tree = importObject(run, TENANT, current, document, '');
  return { tree, conflicts: run.conflicts, skipped: run.skipped };
}

function importObject(
  run: Import,
  kind: ObjectKind,
  current: JsonObject | undefined,
  incoming: JsonObject,
  pointer: string,
): JsonObject {
  const own = filterMembers(incoming, (name) => isOwnMember(kind, name));
  const existing = current && filterMembers(current, (name) => isOwnMember(kind, name));
  // A tenant always exists; it conflicts only if it was configured before.
  const conflicting = existing !== undefined && (kind !== TENANT || Object.keys(existing).length > 0);
  const carriesNothing =
    !run.complete && run.settings === 'keep' && kind.relations !== undefined && Object.keys(own).length === 0;
  const isUnchanged = run.complete && existing !== undefined && isDeepStrictEqual(own, existing);

  let result: JsonObject;
  if (existing !== undefined && (carriesNothing || isUnchanged)) result = existing;
  else if (!conflicting) result = settle(run, kind, own, undefined);
  else if (run.mode === 'update') result = settle(run, kind, own, existing);
  else {
    if (run.mode === 'fail') run.conflicts.push(pointer === '' ? '/' : pointer);
    result = existing;
  }

  const relations = Object.entries(kind.relations ?? {}).flatMap(([name, relation]): [string, Json][] => {
    const before = memberOf(current, name);
    const after = memberOf(incoming, name) ?? null;
    if (after !== null)
      return [[name, importRelation(run, relation, before, after, pointerTo(pointer, name))]];
    const isPresent = Object.hasOwn(incoming, name);
    if (before !== undefined && !deletes(run, isPresent)) return [[name, before]];
    if (isPresent) return [[name, null]];
    return before === undefined || run.complete ? [] : [[name, relation.shape === 'single' ? null : {}]];
  });
  return { ...result, ...Object.fromEntries(relations) };
}

/** @param isPresent whether the document has the relation at all, be it null */
const deletes = ({ absent }: Import, isPresent: boolean): boolean =>
  absent === 'delete' || (absent === 'delete-within' && isPresent);

function importRelation(
  run: Import,
  relation: Relation,
  before: Json | undefined,
  after: Json,
  pointer: string,
): Json {
  if (relation.shape === 'single') return importEntry(run, relation.of, before, after, pointer) ?? null;
  const entries: JsonObject = isJsonObject(before) ? before : {};
  const imported = Object.entries(after as JsonObject).flatMap(
    ([id, entry]): [string, Json | undefined][] => {
      const previous = memberOf(entries, id);
      const entryPointer = pointerTo(pointer, id);
      if (relation.shape === 'map')
        return [[id, importEntry(run, relation.of, previous, entry, entryPointer)]];
      if (!isJsonObject(entry)) return previous === undefined ? [] : [[id, previous]];
      return [[id, importRelation(run, { shape: 'map', of: relation.of }, previous, entry, entryPointer)]];
    },
  );
  const kept = run.absent === 'keep' ? Object.entries(entries) : [];
  const merged = new Map<string, Json | undefined>([...kept, ...imported]);
  return Object.fromEntries([...merged].filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** One object of a relation. Undefined means that the tenant does not hold it afterwards. */
function importEntry(
  run: Import,
  kind: ObjectKind,
  before: Json | undefined,
  after: Json,
  pointer: string,
): Json | undefined {
  const exists = before !== undefined && before !== null;
  if (lacksItsPool(run, kind, after)) {
    run.skipped.push(pointer);
    return before;
  }
  if (kind.bare !== undefined || isUnbound(after)) {
    if (run.complete && isDeepStrictEqual(before, after)) return before;
    if (exists && run.mode === 'fail') run.conflicts.push(pointer);
    return exists && run.mode !== 'update' ? before : isUnbound(after) ? undefined : after;
  }
  return importObject(run, kind, isJsonObject(before) ? before : undefined, after as JsonObject, pointer);
}

/** SecureAuth answers 204 for an identity provider whose pool does not exist, and does not create it. */
const lacksItsPool = (run: Import, kind: ObjectKind, incoming: Json): boolean => {
  const poolId = kind.name === 'identity provider' ? memberOf(incoming, 'identity_pool_id') : undefined;
  return typeof poolId === 'string' && poolId !== '' && !run.poolIds.has(poolId);
};

/** An execution point that names nothing is no execution point. */
const isUnbound = (value: Json): boolean =>
  value === null || value === '' || memberOf(value, 'script_id') === '';

/** What the server stores of an object that is created or replaced. */
function settle(
  run: Import,
  kind: ObjectKind,
  incoming: JsonObject,
  previous: JsonObject | undefined,
): JsonObject {
  const withParts = mapMembers(incoming, (value, name) => {
    const part = kind.parts !== undefined && Object.hasOwn(kind.parts, name) ? kind.parts[name] : undefined;
    if (part === undefined || !isJsonObject(value)) return kind.inputOnly?.includes(name) ? false : value;
    const before = memberOf(previous, name);
    return settle(run, part, value, isJsonObject(before) ? before : undefined);
  });
  const complete = withCredentials(run, kind, withParts, previous);
  const changed =
    previous !== undefined &&
    !isDeepStrictEqual(withoutStamps(kind, complete), withoutStamps(kind, previous));
  return stamp(kind, changed ? withKeySets(run, kind, complete) : complete, previous, changed, run.at);
}

function withCredentials(
  { blanks, at }: Import,
  kind: ObjectKind,
  incoming: JsonObject,
  previous: JsonObject | undefined,
): JsonObject {
  if (previous === undefined || blanks === 'generate') return regenerate(kind, incoming, at);
  if (blanks === 'blank') return incoming;
  const kept = (kind.credentials ?? []).flatMap(({ path: [member = ''] }): [string, Json][] => {
    const before = memberOf(previous, member);
    return before !== undefined && isBlank(memberOf(incoming, member)) ? [[member, before]] : [];
  });
  return regenerate(kind, { ...incoming, ...Object.fromEntries(kept) }, at);
}

function withKeySets({ keySets, at }: Import, kind: ObjectKind, value: JsonObject): JsonObject {
  const hasKeys = kind.credentials?.some(({ regenerated }) => regenerated === 'server-keys');
  return keySets === 'replace' && hasKeys ? regenerate(kind, { ...value, jwks: null }, at) : value;
}

const poolIdsOf = (tree: JsonObject): string[] => [
  ...Object.keys(objectMember(tree, 'pools')),
  ...Object.values(objectMember(tree, 'servers')).flatMap((workspace) =>
    Object.keys(objectMember(workspace, 'pools')),
  ),
];
