import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { TIERS, type Tier } from '../../runtime/names.ts';

/** Valid names of tenants: they become part of S3 keys, secret names and file names. */
const TENANT_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const isTenantName = (name: string): boolean => TENANT_NAME.test(name);

/** The id of a version. S3 uses only characters that need no quoting in a URL or a shell.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
export const versionIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._~][A-Za-z0-9._~-]{0,1023}$/, 'must be the id of a version of the vault');

/** Returns the key of a tenant's archives in one tier: `<tier>/<tenant>.tar`. Every backup is a new version of it.
 * @param tenant an enrolment's name
 * @see parseVaultKey */
export function vaultKey(tier: Tier, tenant: string): string {
  if (!isTenantName(tenant)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `tenant must be 1 to 63 lower-case letters, digits and inner hyphens, got "${tenant.slice(0, 80)}"`,
    );
  }
  return `${tier}/${tenant}.tar`;
}

/** Parses a key that `vaultKey` made.
 * @returns its tier and tenant, or null for any other key */
export function parseVaultKey(key: string): { tier: Tier; tenant: string } | null {
  const match = /^([a-z]+)\/([^/]+)\.tar$/.exec(key);
  const tier = TIERS.find((candidate) => candidate === match?.[1]);
  const tenant = match?.[2];
  return tier !== undefined && tenant !== undefined && isTenantName(tenant) ? { tier, tenant } : null;
}
