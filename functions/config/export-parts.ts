/** The way of an export into the parts of a backup, workspace by workspace: of a large tenant only one workspace at a time is
 * in memory as values. */
import { isUtf8 } from 'node:buffer';
import { isTenantBackupError } from '../errors.ts';
import { type BlankCredential, findBlankCredentials, withPlaceholders } from './blank-credentials.ts';
import {
  type CredentialCounts,
  type Credentials,
  type Split,
  splitCredentials,
  splitLazily,
} from './credentials.ts';
import { ROOT_CURSOR } from './fields.ts';
import { MAX_DEPTH, parseJson, stringifyJson } from './json.ts';
import { Overlay } from './json-overlay.ts';
import { type PairPlace, PairReader } from './json-pair.ts';
import { findRootMember, jsonPieces, shellOf } from './json-pieces.ts';
import type { Json, JsonObject } from './json-value.ts';
import { countObjects, listObjects } from './objects.ts';
import { PieceWriter } from './piece-writer.ts';
import { createReferenceCheck, type ReferenceFindings } from './reference-check.ts';
import type { ObjectType } from './sections.ts';
import { type Shape, shapeOf } from './shape.ts';

export interface ExportParts {
  /** JSON of the export without its credentials, see `splitCredentials`; in pieces that follow each other. */
  readonly config: readonly Uint8Array[];
  /** By JSON Pointer into the export. Holds secrets. */
  readonly credentials: Credentials;
  readonly counts: CredentialCounts;
  readonly shape: Shape;
  readonly objects: Readonly<Partial<Record<ObjectType, number>>>;
  /** See `findBlankCredentials`. */
  readonly blanks: readonly BlankCredential[];
  readonly references: ReferenceFindings;
}

/** Where workspaces are in the tree of a tenant. */
const WORKSPACES = 'servers';

/** Split an export, count its objects, look for blank credentials and for references to nothing. The result is that of `splitCredentials`,
 * `countObjects` and `findBlankCredentials` for the whole trees.
 * @param full bytes of the tree exported with `with_credentials=true`
 * @param mask bytes of the same tree exported with `with_credentials=false`
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE if one of them is no export; see `parseJson` and `shapeOf`
 * @throws EXPORT_INCONSISTENT see `splitCredentials` */
export function exportParts(full: Uint8Array, mask: Uint8Array): ExportParts {
  return (
    orElse(() => partsOfPair(full, mask), isTenantBackupError) ??
    // A mistake in a piece is told by its place in the whole.
    orElse(() => partsOfPieces(full, mask), isMalformed) ??
    partsOfWhole(parseJson(full), parseJson(mask))
  );
}

const isMalformed = (error: unknown): boolean =>
  isTenantBackupError(error) && error.code === 'EXPORT_MALFORMED';

/** @returns null instead of a failure that another way of reading can tell more about */
function orElse<T>(work: () => T, isExpected: (error: unknown) => boolean): T | null {
  try {
    return work();
  } catch (error) {
    if (isExpected(error)) return null;
    throw error;
  }
}

function partsOfWhole(full: Json, mask: Json): ExportParts {
  const shape = shapeOf(full);
  shapeOf(mask);
  const { config, credentials, counts } = splitCredentials(full, mask);
  const writer = new PieceWriter();
  writer.write(stringifyJson(config));
  const references = createReferenceCheck(shape);
  references.add(full);
  return {
    config: writer.end(),
    credentials,
    counts,
    shape,
    objects: countObjects(full, { shape }),
    blanks: withPlaceholders(findBlankCredentials(full, { shape }), credentials),
    references: references.end(),
  };
}

/** Both exports in one go: as a rule they have the same workspaces in the same order, and most of a workspace is the same.
 * @returns null if these two are not such */
function partsOfPair(full: Uint8Array, mask: Uint8Array): ExportParts | null {
  if (!isUtf8(full) || !isUtf8(mask)) return null;
  const start = findRootMember(full, WORKSPACES);
  const maskStart = findRootMember(mask, WORKSPACES);
  if (start === -1 || maskStart === -1) return null;
  const workspaces = new WorkspaceParts();
  const maskBytes = Buffer.from(mask.buffer, mask.byteOffset, mask.byteLength);
  const ends = new PairReader(full, mask).readMembers(start, maskStart, WORKSPACE_DEPTH, (member) =>
    workspaces.add(member.name, member.value, member.other, { ...member.place, bytes: maskBytes }),
  );
  if (ends === null) return null;
  const shell = shellOf(full, start, ends.end);
  const maskShell = shellOf(mask, maskStart, ends.otherEnd);
  // A second member of that name, further on, would have counted instead.
  if (!jsonPieces(shell, [WORKSPACES]) || !jsonPieces(maskShell, [WORKSPACES])) return null;
  return workspaces.within(parseJson(shell), parseJson(maskShell));
}

/** Each export in pieces of its own.
 * @returns null if they cannot be cut */
function partsOfPieces(full: Uint8Array, mask: Uint8Array): ExportParts | null {
  const pieces = jsonPieces(full, [WORKSPACES]);
  const maskPieces = jsonPieces(mask, [WORKSPACES]);
  if (!pieces || !maskPieces) return null;
  const workspaces = new WorkspaceParts();
  for (const [id, piece] of pieces.members) {
    const other = maskPieces.members.get(id);
    workspaces.add(id, parseJson(piece, WORKSPACE_DEPTH), other && parseJson(other, WORKSPACE_DEPTH));
  }
  for (const [id, piece] of maskPieces.members) {
    if (!pieces.members.has(id)) workspaces.refuse(id, parseJson(piece, WORKSPACE_DEPTH));
  }
  return workspaces.within(parseJson(pieces.shell), parseJson(maskPieces.shell));
}

/** Two levels are around a workspace. */
const WORKSPACE_DEPTH = MAX_DEPTH - 2;

/** A member with its name in the text of the export without credentials. */
interface MaskText extends PairPlace {
  readonly bytes: Buffer;
}

/** A tenant with one workspace has two members more than the workspace. */
const MEMBERS_AROUND = 2;

/** Whether the text of the mask, but for values that are blank in both exports, says the same as the configuration of a
 * workspace: as a rule it does, and need not be written anew.
 *
 * Values of the mask that are no part of the configuration are not in the text: the mask's objects have all been looked into,
 * and in none of them is a name written twice. The kept blanks are those of the text: where the texts differ, the mask has no
 * more than one value, so that there cannot be others. */
const isTextOf = (
  { isMask, keptBlanks, maskMembers }: Split,
  { isSimple, blanks, members }: MaskText,
): boolean => isMask && isSimple && keptBlanks === blanks.length && maskMembers === members + MEMBERS_AROUND;

function writeText({ bytes, from, to, blanks }: MaskText, writer: PieceWriter): void {
  let at = from;
  for (const blank of blanks) {
    writer.writeBytes(bytes, at, blank.from);
    writer.write(blank.text);
    at = blank.to;
  }
  writer.writeBytes(bytes, at, to);
}

/** Takes in workspaces one by one, and gives the parts of the tenant that they belong to. */
class WorkspaceParts {
  readonly #credentials: Record<string, Json> = {};
  readonly #counts: Record<string, number> = {};
  readonly #objects = new Map<ObjectType, number>();
  readonly #blanks: BlankCredential[] = [];
  readonly #references = createReferenceCheck('tenant');
  readonly #writer = new PieceWriter();
  #separator = '';

  /** @param mask `undefined` if the export without credentials lacks the workspace
   * @param source where the export without credentials has it, if that is known */
  add(id: string, full: Json, mask: Json | Overlay | undefined, source?: MaskText): void {
    const tree = tenantOf(id, full);
    const maskTree = mask instanceof Overlay ? mask.under(id).under(WORKSPACES) : tenantOf(id, mask);
    const split = splitLazily(tree, maskTree, ROOT_CURSOR, this.#credentials);
    addTo(this.#counts, { ...split.counts });
    const objects = listObjects(tree, { shape: 'tenant' });
    for (const { type } of objects) {
      // The tenant itself is counted with all that is around its workspaces.
      if (type !== 'tenant') this.#objects.set(type, (this.#objects.get(type) ?? 0) + 1);
    }
    this.#blanks.push(...findBlankCredentials(tree, { shape: 'tenant' }));
    this.#references.add(tree, objects);
    this.#writer.write(this.#separator);
    if (source && isTextOf(split, source)) writeText(source, this.#writer);
    else {
      const config = split.config() as { readonly [WORKSPACES]: JsonObject };
      this.#writer.write(`${JSON.stringify(id)}:`);
      this.#writer.write(stringifyJson(config[WORKSPACES][id] as Json));
    }
    this.#separator = ',';
  }

  /** A workspace that is only in the export without credentials, which is a mistake unless it is blank.
   * @throws EXPORT_INCONSISTENT */
  refuse(id: string, mask: Json): void {
    splitCredentials(tenantOf(id, undefined), tenantOf(id, mask));
  }

  /** @param full tree of the tenant, with no workspaces
   * @param mask the same without credentials */
  within(full: Json, mask: Json): ExportParts {
    const shape = shapeOf(full);
    shapeOf(mask);
    const { config, credentials, counts } = splitCredentials(full, mask);
    addTo(this.#counts, { ...counts });
    const objects: Record<string, number> = Object.fromEntries(this.#objects);
    addTo(objects, { ...countObjects(full, { shape }) });
    this.#references.add(full);
    Object.assign(this.#credentials, credentials);
    return {
      config: this.#configOf(config as JsonObject),
      credentials: this.#credentials,
      counts: { redacted: 0, known: 0, lookalike: 0, ...this.#counts },
      shape,
      objects,
      blanks: withPlaceholders(
        [...findBlankCredentials(full, { shape }), ...this.#blanks],
        this.#credentials,
      ),
      references: this.#references.end(),
    };
  }

  #configOf(outer: JsonObject): Uint8Array[] {
    const before = new PieceWriter();
    const after = new PieceWriter();
    let writer = before;
    let separator = '{';
    for (const [name, value] of Object.entries(outer)) {
      writer.write(`${separator}${JSON.stringify(name)}:${name === WORKSPACES ? '{' : stringifyJson(value)}`);
      separator = ',';
      if (name !== WORKSPACES) continue;
      writer = after;
      writer.write('}');
    }
    writer.write('}');
    return [...before.end(), ...this.#writer.end(), ...after.end()];
  }
}

/** A tenant with nothing but one workspace. */
const tenantOf = (id: string, workspace: Json | undefined): { readonly [WORKSPACES]: JsonObject } => ({
  [WORKSPACES]: workspace === undefined ? {} : Object.fromEntries([[id, workspace]]),
});

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (count > 0) sums[name] = (sums[name] ?? 0) + count;
  }
}
