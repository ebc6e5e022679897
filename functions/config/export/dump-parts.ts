/** Turns a dump into the parts of a backup, collection by collection: of a large tenant, only one collection at a
 * time is in memory as values. */
import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import {
  type BlankCredential,
  findHidden,
  type HiddenCredentials,
} from '../credentials/blank-credentials.ts';
import { findBlankDumpCredentials, hidesPayload } from '../credentials/blank-dump-credentials.ts';
import { type Credentials, splitCredentials } from '../credentials/credentials.ts';
import { MAX_DEPTH, parseJson } from '../json/json.ts';
import { jsonPieces } from '../json/json-pieces.ts';
import { isObject, type Json, type JsonObject, member } from '../json/json-value.ts';
import { PieceWriter } from '../json/piece-writer.ts';
import { DUMP_CURSOR } from '../model/dump-fields.ts';
import { countDumpObjects, dumpObjectsOf } from '../model/dump-objects.ts';
import { createDumpCheck, type DumpKind } from '../model/dump-shape.ts';
import { createDumpReferenceCheck } from '../references/dump-references.ts';
import type { ReferenceFindings } from '../references/reference-check.ts';

export interface DumpParts extends HiddenCredentials {
  /** JSON of the dump without its credentials, in consecutive pieces. */
  readonly config: readonly Uint8Array[];
  /** By JSON Pointer into the dump. Holds secrets. */
  readonly credentials: Credentials;
  /** The number of credentials by reason: a known field, or their look. */
  readonly counts: { readonly known: number; readonly lookalike: number };
  /** By type, see `countDumpObjects`. */
  readonly objects: Readonly<Record<string, number>>;
  readonly references: ReferenceFindings;
  /** Names the place of a credential independently of its position in the dump: type, workspace and id of the object,
   * and the pointer inside it. */
  readonly placeOf: (pointer: string) => string;
}

/** Splits a system dump, counts its objects, and looks for blank credentials and references to nothing.
 * @param dump bytes of a tenant's dump, or of one workspace of it
 * @param whole whether it is of the whole tenant
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE if it is not a dump */
export function dumpParts(dump: Uint8Array, whole = true): DumpParts {
  const config = new PieceWriter();
  const credentials: Record<string, Json> = {};
  const counts = { known: 0, lookalike: 0 };
  const objects = new Map<string, number>();
  const blanks: BlankCredential[] = [];
  const foreignKeys: string[] = [];
  const places = new Map<string, string>();
  const references = createDumpReferenceCheck(whole);
  config.open();
  for (const piece of piecesOf(dump, 'system')) {
    // SecureAuth has no redacted dump: the dump is its own mask, so that only the table and the look of a value decide.
    const split = splitCredentials(piece, piece, DUMP_CURSOR);
    for (const [name, content] of Object.entries(split.config)) config.writeMember(name, content);
    Object.assign(credentials, split.credentials);
    counts.known += split.counts.known;
    counts.lookalike += split.counts.lookalike;
    addCounts(objects, countDumpObjects(piece));
    blanks.push(...findBlankDumpCredentials(piece));
    foreignKeys.push(...split.foreignKeys);
    addPlaces(places, piece, split.credentials);
    references.add(piece);
  }
  config.close();
  const placeOf = (pointer: string) => places.get(pointer) ?? pointer;
  return {
    config: config.end(),
    credentials,
    counts,
    objects: Object.fromEntries(objects),
    ...findHidden(blanks, { credentials, foreignKeys }, DUMP_CURSOR),
    references: references.end(),
    placeOf,
  };
}

/** Facts about an identity dump, without personal data. */
export interface IdentityDumpFacts {
  /** By type, see `countDumpObjects`. */
  readonly objects: Readonly<Record<string, number>>;
  readonly userCredentials: {
    readonly total: number;
    /** The number of those without a payload. */
    readonly blank: number;
  };
}

/** Validates an identity dump and counts its objects.
 * @param dump may lack all collections: then the tenant has no pools
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE if it is not an identity dump, such as an object with only other
 * members */
export function validateIdentityDump(dump: Uint8Array): IdentityDumpFacts {
  const objects = new Map<string, number>();
  const userCredentials = { total: 0, blank: 0 };
  for (const piece of piecesOf(dump, 'identity')) {
    addCounts(objects, countDumpObjects(piece));
    const credentials = member(piece, 'user_credentials');
    if (!Array.isArray(credentials)) continue;
    userCredentials.total += credentials.length;
    userCredentials.blank += credentials.filter(hidesPayload).length;
  }
  return { objects: Object.fromEntries(objects), userCredentials };
}

/** Adds counts to a map, because a collection may have any name. */
function addCounts(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [type, count] of Object.entries(counts)) sums.set(type, (sums.get(type) ?? 0) + count);
}

/** Cuts a dump into dumps of one collection each, in order, and validates its members on the way. A dump that cannot be cut is
 * one piece. */
function* piecesOf(bytes: Uint8Array, kind: DumpKind): Generator<JsonObject, void, void> {
  const check = createDumpCheck(kind);
  for (const piece of cutDump(bytes)) {
    for (const [name, content] of Object.entries(piece)) check.add(name, content);
    yield piece;
  }
  check.end();
}

/** Cuts a dump into dumps of one collection each. */
export function* cutDump(bytes: Uint8Array): Generator<JsonObject, void, void> {
  const pieces = jsonPieces(bytes, []);
  if (pieces === null) {
    yield parseDump(bytes);
    return;
  }
  for (const [name, piece] of pieces.members) {
    let content: Json;
    try {
      // The piece is one level deep in the dump.
      content = parseJson(piece, MAX_DEPTH - 1);
    } catch (error) {
      // Parse the whole dump, which reports the mistake by its place there.
      if (isTenantBackupError(error)) parseDump(bytes);
      throw error;
    }
    yield Object.fromEntries([[name, content]]);
  }
}

function parseDump(bytes: Uint8Array): JsonObject {
  const dump = parseJson(bytes);
  if (isObject(dump)) return dump;
  throw new TenantBackupError('EXPORT_MALFORMED', 'dump must be an object');
}

function addPlaces(places: Map<string, string>, piece: JsonObject, credentials: Credentials): void {
  const pointers = Object.keys(credentials);
  if (pointers.length === 0) return;
  const owners = new Map([...dumpObjectsOf(piece)].map((object) => [object.pointer, object] as const));
  for (const pointer of pointers) {
    let end = pointer.length;
    while (end > 0 && !owners.has(pointer.slice(0, end))) end = pointer.lastIndexOf('/', end - 1);
    const owner = owners.get(pointer.slice(0, end));
    if (owner === undefined) continue;
    const { type, workspace = null, id } = owner;
    places.set(pointer, JSON.stringify([type, workspace, id, pointer.slice(end)]));
  }
}
