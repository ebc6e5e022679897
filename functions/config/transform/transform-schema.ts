/** Declares what differs in another tenant. */
import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { describeIssue } from '../../parse.ts';
import { selectorSchema } from '../select/selection.ts';
import { lowerCased } from './replace-names.ts';

const name = z.string().min(1).max(512);
const renames = z.record(name, name).default({});

/** A transform in a request. */
export const transformSchema = z.strictObject({
  tenant: z
    .strictObject({
      /** The tenant's id in URLs. */
      id: z.strictObject({ from: name, to: name }).optional(),
      /** The tenant's display name. */
      name: name.optional(),
    })
    .default({}),
  /** Host names, with a port if there is one, and their replacements in every text. */
  hosts: renames.refine(
    (hosts) => new Set(Object.keys(hosts).map(lowerCased)).size === Object.keys(hosts).length,
    'must name each host once, in upper or lower case',
  ),
  /** New ids; all references are updated. */
  ids: z.strictObject({ workspaces: renames, clients: renames }).prefault({}),
  /** Texts, and their replacements in every text. */
  replace: z
    .array(z.strictObject({ from: z.string().min(3).max(2048), to: z.string().max(2048) }))
    .max(100)
    .default([]),
  /** Objects that are not restored there. */
  drop: z.array(selectorSchema).max(100).default([]),
  /** - `carry`: the same credentials as in the source
   * - `regenerate`: no credentials, so that SecureAuth generates its own; an operator must enter those of other
   *   services again */
  credentials: z.enum(['carry', 'regenerate']).default('carry'),
  /** Credentials by their JSON Pointer in the result. Secret: allowed in files, never in a request that is stored. */
  credentialValues: z.record(z.string().startsWith('/'), z.json()).default({}),
});

/** Only `parseTransform` makes one. May hold secrets. */
export type Transform = z.infer<typeof transformSchema>;

/** Validates a transform of a request.
 * @throws INVALID_REQUEST naming the member and what it must be; never a value of `credentialValues` */
export function parseTransform(value: unknown): Transform {
  const parsed = transformSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Omit the value: it may be a credential.
  throw new TenantBackupError('INVALID_REQUEST', `transform: ${describeIssue(parsed.error.issues[0])}`);
}

/** Returns what of a transform dumps do not support.
 * @param parts of which one is a dump at least */
export function wrongForDumps(
  { credentials, credentialValues, drop }: Transform,
  parts: readonly string[],
): string | null {
  if (drop.length > 0) return 'transform must not drop objects, as types have other names in each part,';
  if (credentials !== 'carry' && parts.includes('identity')) {
    return 'transform.credentials must be "carry", as nothing generates those of people again,';
  }
  return Object.keys(credentialValues).length > 0 && !parts.includes('hub')
    ? 'transform.credentialValues must be empty, as their places are those of a tree,'
    : null;
}
