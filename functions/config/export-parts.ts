/** The way of an export into the parts of a backup, workspace by workspace: of a large tenant only one workspace at a time is
 * in memory as values. */
import { isTenantBackupError } from '../errors.ts';
import { type BlankCredential, findBlankCredentials } from './blank-credentials.ts';
import { type CredentialCounts, type Credentials, splitCredentials } from './credentials.ts';
import { MAX_DEPTH, parseJson, stringifyJson } from './json.ts';
import { type JsonPieces, jsonPieces } from './json-pieces.ts';
import { isObject, type Json, type JsonObject } from './json-value.ts';
import { countObjects } from './objects.ts';
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
  const fullPieces = jsonPieces(full, [WORKSPACES]);
  const maskPieces = jsonPieces(mask, [WORKSPACES]);
  if (fullPieces && maskPieces) {
    try {
      return partsOfPieces(fullPieces, maskPieces);
    } catch (error) {
      // A mistake in a piece is told by its place in the whole.
      if (!isTenantBackupError(error) || error.code !== 'EXPORT_MALFORMED') throw error;
    }
  }
  return partsOfWhole(parseJson(full), parseJson(mask));
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
    blanks: findBlankCredentials(full, { shape }),
    references: references.end(),
  };
}

function partsOfPieces(full: JsonPieces, mask: JsonPieces): ExportParts {
  const shell = parseJson(full.shell);
  const shellMask = parseJson(mask.shell);
  const shape = shapeOf(shell);
  shapeOf(shellMask);
  const outer = splitCredentials(shell, shellMask);
  const credentials: Record<string, Json> = { ...outer.credentials };
  const counts = { ...outer.counts };
  const objects = { ...countObjects(shell, { shape }) };
  const blanks = [...findBlankCredentials(shell, { shape })];
  const references = createReferenceCheck(shape);
  references.add(shell);
  const writer = new PieceWriter();

  const writeWorkspaces = (): void => {
    let first = true;
    for (const [id, piece] of full.members) {
      const tree = tenantOf(id, piece);
      const split = splitCredentials(tree, tenantOf(id, mask.members.get(id)));
      Object.assign(credentials, split.credentials);
      addTo(counts, { ...split.counts });
      // The tenant itself was counted with the shell.
      addTo(objects, { ...countObjects(tree, { shape }), tenant: 0 });
      blanks.push(...findBlankCredentials(tree, { shape }));
      references.add(tree);
      const config = (split.config[WORKSPACES] as JsonObject)[id] as Json;
      writer.write(`${first ? '' : ','}${JSON.stringify(id)}:${stringifyJson(config)}`);
      first = false;
    }
    for (const [id, piece] of mask.members) {
      // Throws, unless it is blank.
      if (!full.members.has(id)) splitCredentials(tenantOf(id, undefined), tenantOf(id, piece));
    }
  };

  if (!isObject(outer.config)) throw new TypeError('the export of a tenant is an object');
  let separator = '{';
  for (const [name, value] of Object.entries(outer.config)) {
    writer.write(`${separator}${JSON.stringify(name)}:`);
    separator = ',';
    if (name === WORKSPACES) {
      writer.write('{');
      writeWorkspaces();
      writer.write('}');
    } else writer.write(stringifyJson(value));
  }
  writer.write('}');
  return { config: writer.end(), credentials, counts, shape, objects, blanks, references: references.end() };
}

/** A tenant with nothing but one workspace. */
const tenantOf = (id: string, piece: Uint8Array | undefined): { readonly [WORKSPACES]: JsonObject } => ({
  // Two levels are around it.
  [WORKSPACES]: piece === undefined ? {} : Object.fromEntries([[id, parseJson(piece, MAX_DEPTH - 2)]]),
});

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (count > 0) sums[name] = (sums[name] ?? 0) + count;
  }
}
