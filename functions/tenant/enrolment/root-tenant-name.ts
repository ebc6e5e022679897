/** Names the tenants of an all-tenants enrolment, here and in the vault: `<enrolment>--<tenant id>`. */
import { createHash } from 'node:crypto';
import { TenantBackupError } from '../../errors.ts';

/** Separates the enrolment's name from the tenant's. Neither an enrolment's name nor an id that is used unchanged
 * contains it. */
const SEPARATOR = '--';

/** Length of the longest name of a tenant, see `isTenantName`. */
const MAX_NAME = 63;

/** 80 bits: two of a million tenants collide with a probability of one in a trillion. */
const DIGEST_DIGITS = 20;

/** Leaves room for the separators, a digest and one character of the id. */
const MAX_ROOT_NAME = MAX_NAME - 2 * SEPARATOR.length - DIGEST_DIGITS - 1;

const PLAIN_ID = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** A name of a tenant of an all-tenants enrolment. */
export interface RootTenantName {
  readonly enrolment: string;
  /** SecureAuth's id of the tenant; `undefined` if the name holds only a digest of it. */
  readonly tenantId: string | undefined;
}

/** Names one tenant. An id that is a valid name is used unchanged; any other id is shortened, and a digest is added:
 * `big--acme`, `big--acme-eu--0f1e2d3c4b5a69788796`.
 * @throws INVALID_ENROLMENT if the enrolment's own name is too long
 * @see parseRootTenantName */
export function rootTenantName(enrolment: string, tenantId: string): string {
  if (enrolment.length > MAX_ROOT_NAME || enrolment.includes(SEPARATOR)) {
    throw new TenantBackupError(
      'INVALID_ENROLMENT',
      `enrolment "${enrolment}": its name must be at most ${MAX_ROOT_NAME} characters without "${SEPARATOR}" if scope is all-tenants`,
      { tenant: enrolment },
    );
  }
  const prefix = enrolment + SEPARATOR;
  const isPlain = PLAIN_ID.test(tenantId) && !tenantId.includes(SEPARATOR);
  if (isPlain && prefix.length + tenantId.length <= MAX_NAME) return prefix + tenantId;
  const digest = createHash('sha256').update(tenantId).digest('hex').slice(0, DIGEST_DIGITS);
  const room = MAX_NAME - prefix.length - SEPARATOR.length - DIGEST_DIGITS;
  const shown = tenantId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, room)
    .replaceAll(/^-|-$/g, '');
  return `${prefix}${shown || 't'}${SEPARATOR}${digest}`;
}

/** Parses a name; mirror of `rootTenantName`.
 * @returns null if it is the name of an enrolment itself */
export function parseRootTenantName(name: string): RootTenantName | null {
  const at = name.indexOf(SEPARATOR);
  if (at < 0) return null;
  const rest = name.slice(at + SEPARATOR.length);
  return { enrolment: name.slice(0, at), tenantId: rest.includes(SEPARATOR) ? undefined : rest };
}
