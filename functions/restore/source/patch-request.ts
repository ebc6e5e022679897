import * as z from 'zod';
import { isObject, type Json, member } from '../../config/json/json.ts';
import { applyJsonPatch, type JsonPatchOperation, parseJsonPatch } from '../../config/json/json-patch.ts';
import { applyMergePatch } from '../../config/json/merge-patch.ts';
import { formatPointer, parsePointer } from '../../config/json/pointer.ts';
import { parseWrittenJson, requireExactNumbers } from '../../config/json/written-json.ts';
import { buildTree } from '../../config/model/build-tree.ts';
import { type Shape, shapeOfMember } from '../../config/model/shape.ts';
import { unknownWorkspace } from '../../config/select/select.ts';
import { TenantBackupError } from '../../errors.ts';

/** The patch of a request. May hold secrets, so that no record has it. */
export const patchSchema = z.strictObject({
  /** Members to merge (RFC 7396), or operations (RFC 6902). Paths are those of the exported tree. */
  format: z.enum(['rfc7396', 'rfc6902']),
  /** JSON, or its text. Only a text may have numbers that a double cannot hold. */
  document: z.unknown(),
  /** The workspace that the document is of. @default - it is of the tenant */
  workspace: z.string().min(1).max(512).optional(),
});

export type PatchDocument = z.infer<typeof patchSchema>;

/** Validates a patch.
 * @returns a function that applies it to the tree of a tenant, without modifying the tree
 * @throws INVALID_REQUEST naming what is wrong; so does the function, if the patch does not fit the tree */
export function parsePatch({ format, document, workspace }: PatchDocument): (tree: Json) => Json {
  const patch = documentOf(document);
  if (format === 'rfc6902') {
    const operations = parseJsonPatch(patch);
    const names = requireForm(operations.flatMap(firstNames), workspace);
    const ofTenant = workspace === undefined ? operations : operations.map(below(workspace));
    return (tree) => applyJsonPatch(requireFit(tree, names, workspace), ofTenant);
  }
  if (!isObject(patch)) throw invalid('patch.document must be an object, as format is rfc7396');
  const names = requireForm(Object.keys(patch), workspace);
  const ofTenant =
    workspace === undefined ? patch : buildTree([{ pointer: placeOf(workspace), body: patch }]);
  return (tree) => applyMergePatch(requireFit(tree, names, workspace), ofTenant);
}

const invalid = (message: string) => new TenantBackupError('INVALID_REQUEST', message);

function documentOf(document: unknown): Json {
  if (typeof document === 'string') return parseWrittenJson(document, 'patch.document');
  requireExactNumbers(document as Json, 'patch.document');
  return document as Json;
}

const placeOf = (workspace: string): string => formatPointer(['servers', workspace]);

/** Returns the members of the document that an operation begins at. */
const firstNames = (operation: JsonPatchOperation): string[] =>
  [operation.path, ...('from' in operation ? [operation.from] : [])].flatMap((pointer) =>
    (parsePointer(pointer) ?? []).slice(0, 1),
  );

/** Makes an operation on a workspace one on its tenant. */
const below =
  (workspace: string) =>
  (operation: JsonPatchOperation): JsonPatchOperation => ({
    ...operation,
    path: placeOf(workspace) + operation.path,
    ...('from' in operation && { from: placeOf(workspace) + operation.from }),
  });

/** Refuses a document of a workspace where one of a tenant is meant, and the reverse. */
function requireForm(names: readonly string[], workspace: string | undefined): readonly string[] {
  const [meant, other] = workspace === undefined ? ['tenant', 'workspace'] : ['workspace', 'tenant'];
  const wrong = names.find((name) => shapeOfMember(name) === other);
  if (wrong !== undefined) throw invalid(belongsElsewhere(wrong, meant as Shape));
  return names;
}

const belongsElsewhere = (name: string, meant: Shape): string =>
  meant === 'tenant'
    ? `patch: "${name.slice(0, 100)}" belongs to a workspace: add --workspace (patch.workspace)`
    : `patch: "${name.slice(0, 100)}" belongs to the tenant: omit --workspace (patch.workspace)`;

/** Refuses the same for settings, which are in no table: the tree shows whose they are.
 * @returns the tree */
function requireFit(tree: Json, names: readonly string[], workspace: string | undefined): Json {
  const servers = member(tree, 'servers') ?? {};
  const trees = Object.values<Json>(isObject(servers) ? servers : {});
  if (workspace !== undefined) {
    if (!isObject(member(servers, workspace))) throw unknownWorkspace(workspace, trees.length);
    return tree;
  }
  const wrong = names.find(
    (name) =>
      !SHARED.has(name) &&
      member(tree, name) === undefined &&
      trees.some((server) => member(server, name) !== undefined),
  );
  if (wrong === undefined) return tree;
  throw invalid(belongsElsewhere(wrong, 'tenant'));
}

/** Members of both, which a tenant need not show. */
const SHARED: ReadonlySet<string> = new Set(['name', 'jwks', 'metadata', 'settings', 'styling', 'pools']);
