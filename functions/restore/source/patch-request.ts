import * as z from 'zod';
import { isObject, type Json } from '../../config/json/json.ts';
import { applyJsonPatch, type JsonPatch, parseJsonPatch } from '../../config/json/json-patch.ts';
import { applyMergePatch } from '../../config/json/merge-patch.ts';
import { parseWrittenJson, requireExactNumbers } from '../../config/json/written-json.ts';
import { TenantBackupError } from '../../errors.ts';

/** The patch of a request. May hold secrets, so that no record has it. */
export const patchSchema = z.strictObject({
  /** Members to merge (RFC 7396), or operations (RFC 6902). Paths are those of the exported tree. */
  format: z.enum(['rfc7396', 'rfc6902']),
  /** JSON, or its text. Only a text may have numbers that a double cannot hold. */
  document: z.unknown(),
});

export type PatchDocument = z.infer<typeof patchSchema>;

/** Validates a patch.
 * @returns a function that applies it to a tree, without modifying the tree
 * @throws INVALID_REQUEST naming what is wrong; so does the function, if the patch does not fit the tree */
export function parsePatch({ format, document }: PatchDocument): (tree: Json) => Json {
  const patch = documentOf(document);
  if (format === 'rfc6902') {
    const operations: JsonPatch = parseJsonPatch(patch);
    return (tree) => applyJsonPatch(tree, operations);
  }
  if (isObject(patch)) return (tree) => applyMergePatch(tree, patch);
  throw new TenantBackupError('INVALID_REQUEST', 'patch.document must be an object, as format is rfc7396');
}

function documentOf(document: unknown): Json {
  if (typeof document === 'string') return parseWrittenJson(document, 'patch.document');
  requireExactNumbers(document as Json, 'patch.document');
  return document as Json;
}
