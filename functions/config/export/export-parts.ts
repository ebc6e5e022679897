/** Turns an export into the parts of a backup, workspace by workspace: of a large tenant, only one workspace at a
 * time is in memory as values. */
import { isTenantBackupError } from '../../errors.ts';
import {
  type BlankCredential,
  findBlankCredentials,
  withPlaceholders,
} from '../credentials/blank-credentials.ts';
import { type CredentialCounts, type Credentials, splitCredentials } from '../credentials/credentials.ts';
import { MAX_DEPTH, parseJson, stringifyJson } from '../json/json.ts';
import { jsonPieces } from '../json/json-pieces.ts';
import type { Json, JsonObject } from '../json/json-value.ts';
import { PieceWriter } from '../json/piece-writer.ts';
import { countObjects, listObjects } from '../model/objects.ts';
import type { ObjectType } from '../model/sections.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import { createReferenceCheck, type ReferenceFindings } from '../references/reference-check.ts';

export interface ExportParts {
  /** JSON of the export without its credentials, see `splitCredentials`; in consecutive pieces. */
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

/** Member of a tenant's tree that holds its workspaces. */
const WORKSPACES = 'servers';

/** Splits an export, counts its objects, and looks for blank credentials and references to nothing. The result equals
 * that of `splitCredentials`, `countObjects` and `findBlankCredentials` for the whole trees.
 * @param full bytes of the tree exported with `with_credentials=true`
 * @param mask bytes of the same tree exported with `with_credentials=false`
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE if one of them is not an export; see `parseJson` and `shapeOf`
 * @throws EXPORT_INCONSISTENT see `splitCredentials` */
export function exportParts(full: Uint8Array, mask: Uint8Array): ExportParts {
  try {
    const parts = partsOfPieces(full, mask);
    if (parts !== null) return parts;
  } catch (error) {
    // Parse the whole export, which reports the mistake by its place there.
    if (!isTenantBackupError(error) || !UNREADABLE.has(error.code)) throw error;
  }
  return partsOfWhole(parseJson(full), parseJson(mask));
}

const UNREADABLE: ReadonlySet<string> = new Set(['EXPORT_MALFORMED', 'EXPORT_INCOMPLETE']);

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

/** Cuts both exports into pieces, and processes these.
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

/** A workspace is two levels deep in the export. */
const WORKSPACE_DEPTH = MAX_DEPTH - 2;

/** Processes workspaces one by one, and returns the parts of their tenant. */
class WorkspaceParts {
  readonly #credentials: Record<string, Json> = {};
  readonly #counts: Record<string, number> = {};
  readonly #objects = new Map<ObjectType, number>();
  readonly #blanks: BlankCredential[] = [];
  readonly #references = createReferenceCheck('tenant');
  readonly #writer = new PieceWriter();
  #separator = '';

  /** @param mask `undefined` if the export without credentials lacks the workspace */
  add(id: string, full: Json, mask: Json | undefined): void {
    const tree = tenantOf(id, full);
    const { config, credentials, counts } = splitCredentials(tree, tenantOf(id, mask));
    Object.assign(this.#credentials, credentials);
    addTo(this.#counts, { ...counts });
    const objects = listObjects(tree, { shape: 'tenant' });
    for (const { type } of objects) {
      // The tenant itself is counted with what surrounds its workspaces.
      if (type !== 'tenant') this.#objects.set(type, (this.#objects.get(type) ?? 0) + 1);
    }
    this.#blanks.push(...findBlankCredentials(tree, { shape: 'tenant' }));
    this.#references.add(tree, objects);
    const text = stringifyJson(config[WORKSPACES][id] as Json);
    this.#writer.write(`${this.#separator}${JSON.stringify(id)}:`);
    this.#writer.write(text);
    this.#separator = ',';
  }

  /** Refuses a workspace that is only in the export without credentials, unless it is blank.
   * @throws EXPORT_INCONSISTENT */
  refuse(id: string, mask: Json): void {
    splitCredentials(tenantOf(id, undefined), tenantOf(id, mask));
  }

  /** Completes the parts.
   * @param full tree of the tenant, without workspaces
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

/** Returns a tenant with only one workspace. */
const tenantOf = (id: string, workspace: Json | undefined): { readonly [WORKSPACES]: JsonObject } => ({
  [WORKSPACES]: workspace === undefined ? {} : Object.fromEntries([[id, workspace]]),
});

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (count > 0) sums[name] = (sums[name] ?? 0) + count;
  }
}
