/** Turns an export into the parts of a backup, workspace by workspace: of a large tenant, only one workspace at a
 * time is in memory as values. */
import { isTenantBackupError } from '../../errors.ts';
import {
  type BlankCredential,
  findBlankCredentials,
  findHidden,
  type HiddenCredentials,
} from '../credentials/blank-credentials.ts';
import type { CredentialCounts, Credentials } from '../credentials/credentials.ts';
import { Splitter } from '../credentials/split.ts';
import { MAX_DEPTH, parseJson } from '../json/json.ts';
import { type JsonPieces, jsonPieces } from '../json/json-pieces.ts';
import type { Json, JsonObject } from '../json/json-value.ts';
import { PieceWriter } from '../json/piece-writer.ts';
import { ROOT_CURSOR } from '../model/fields.ts';
import { listObjects } from '../model/objects.ts';
import type { ObjectType } from '../model/sections.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import { createReferenceCheck, type ReferenceFindings } from '../references/reference-check.ts';

export interface ExportParts extends HiddenCredentials {
  /** JSON of the export without its credentials, see `splitCredentials`; in consecutive pieces. */
  readonly config: readonly Uint8Array[];
  /** By JSON Pointer into the export. Holds secrets. */
  readonly credentials: Credentials;
  readonly counts: CredentialCounts;
  readonly shape: Shape;
  readonly objects: Readonly<Partial<Record<ObjectType, number>>>;
  readonly references: ReferenceFindings;
}

/** Member of a tenant's tree that holds its workspaces. */
export const WORKSPACES = 'servers';

/** Splits an export, counts its objects, and looks for blank credentials and references to nothing. The result equals
 * that of `splitCredentials`, `countObjects` and `findBlankCredentials` for the whole trees.
 * @param full bytes of the tree exported with `with_credentials=true`
 * @param mask bytes of the same tree exported with `with_credentials=false`
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE if one of them is not an export; see `parseJson` and `shapeOf`
 * @throws EXPORT_INCONSISTENT see `splitCredentials` */
export function exportParts(full: Uint8Array, mask: Uint8Array): ExportParts {
  const [pieces, maskPieces] = [jsonPieces(full, [WORKSPACES]), jsonPieces(mask, [WORKSPACES])];
  if (pieces !== null && maskPieces !== null) {
    try {
      return partsOf(pieces, maskPieces);
    } catch (error) {
      // Parse the whole export, which reports the mistake by its place there.
      if (!isTenantBackupError(error) || !UNREADABLE.has(error.code)) throw error;
    }
  }
  return partsOf(inOnePiece(full), inOnePiece(mask));
}

const UNREADABLE: ReadonlySet<string> = new Set(['EXPORT_MALFORMED', 'EXPORT_INCOMPLETE']);

const inOnePiece = (bytes: Uint8Array): JsonPieces => ({ shell: bytes, members: new Map() });

/** A workspace is two levels deep in the export. */
const WORKSPACE_DEPTH = MAX_DEPTH - 2;

/** Processes what surrounds the workspaces, and then workspace by workspace. */
function partsOf(full: JsonPieces, mask: JsonPieces): ExportParts {
  const tree = parseJson(full.shell);
  const maskTree = parseJson(mask.shell);
  const shape = shapeOf(tree);
  shapeOf(maskTree);
  const splitter = new Splitter();
  const objects: Partial<Record<ObjectType, number>> = { [shape === 'tenant' ? 'tenant' : 'server']: 1 };
  const blanks: BlankCredential[] = [];
  const references = createReferenceCheck(shape);
  /** Processes a tree of this shape, and returns its configuration. */
  const add = (fullTree: Json, masked: Json): JsonObject => {
    const listed = listObjects(fullTree, { shape });
    // The first object is the root, which each of these trees has.
    for (const { type } of listed.slice(1)) objects[type] = (objects[type] ?? 0) + 1;
    references.add(fullTree, listed);
    blanks.push(...findBlankCredentials(fullTree, { shape }));
    return splitter.split(fullTree, masked, ROOT_CURSOR) as JsonObject;
  };
  const ids = new Set([...full.members.keys(), ...mask.members.keys()]);
  const config = new PieceWriter();
  config.open();
  for (const [name, value] of Object.entries(add(tree, maskTree))) {
    if (name !== WORKSPACES || ids.size === 0) {
      config.writeMember(name, value);
      continue;
    }
    config.writeName(name);
    config.open();
    for (const id of ids) {
      const within = add(tenantOf(id, full.members.get(id)), tenantOf(id, mask.members.get(id)));
      for (const [, workspace] of Object.entries(within[WORKSPACES] as JsonObject)) {
        config.writeMember(id, workspace);
      }
    }
    config.close();
  }
  config.close();
  return {
    config: config.end(),
    credentials: splitter.credentials,
    counts: splitter.counts,
    shape,
    objects,
    ...findHidden(blanks, splitter),
    references: references.end(),
  };
}

/** Returns a tenant with only one workspace. */
export const tenantOf = (
  id: string,
  workspace: Uint8Array | undefined,
): { readonly [WORKSPACES]: JsonObject } => ({
  [WORKSPACES]:
    workspace === undefined ? {} : Object.fromEntries([[id, parseJson(workspace, WORKSPACE_DEPTH)]]),
});
