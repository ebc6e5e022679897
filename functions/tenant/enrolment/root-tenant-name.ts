/** What the tenants of an enrolment of all tenants are called, here and in the vault: `<enrolment>--<tenant id>`. */
import { createHash } from 'node:crypto';
import { TenantBackupError } from '../../errors.ts';

/** Between the enrolment's name and the tenant's. No enrolment has it in its own name, and no id that is used as it is. */
const SEPARATOR = '--';

/** Longest name of a tenant, see `isTenantName`. */
const MAX_NAME = 63;

/** 80 bits: two of a million tenants have the same by a chance of one in a trillion. */
const DIGEST_DIGITS = 20;

/** Room for the separators, a digest and one character of the id. */
const MAX_ROOT_NAME = MAX_NAME - 2 * SEPARATOR.length - DIGEST_DIGITS - 1;

const PLAIN_ID = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** A name that belongs to an enrolment of all tenants. */
export interface RootTenantName {
  readonly enrolment: string;
  /** SecureAuth's id of the tenant; `undefined` if the name does not tell it: then it is the one whose name this is. */
  readonly tenantId: string | undefined;
}

/** The name of one tenant. Ids that are names already are taken as they are; of all others, what can be shown of them and a
 * digest: `big--acme`, `big--acme-eu--0f1e2d3c4b5a69788796`.
 * @throws INVALID_ENROLMENT if the enrolment's own name leaves no room
 * @see parseRootTenantName */
export function rootTenantName(enrolment: string, tenantId: string): string {
  if (enrolment.length > MAX_ROOT_NAME || enrolment.includes(SEPARATOR)) {
    throw new TenantBackupError(
      'INVALID_ENROLMENT',
      `enrolment "${enrolment}": its name must be at most ${MAX_ROOT_NAME} characters without "${SEPARATOR}" where scope is all-tenants`,
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

/** Takes a name apart; mirror of `rootTenantName`.
 * @returns null if it is the name of an enrolment itself */
export function parseRootTenantName(name: string): RootTenantName | null {
  const at = name.indexOf(SEPARATOR);
  if (at < 0) return null;
  const rest = name.slice(at + SEPARATOR.length);
  return { enrolment: name.slice(0, at), tenantId: rest.includes(SEPARATOR) ? undefined : rest };
}
