/** Changes single fields of an enrolment, and says what differs. */
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { AuthenticationMethod } from '../../../../functions/tenant/enrolment/enrolment-schema.ts';

/** The fields of an enrolment as it is written in its secret. May hold secrets. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields that only some methods of authentication have. */
const CREDENTIAL_FIELDS: Readonly<Record<AuthenticationMethod, readonly string[]>> = {
  client_secret_basic: ['clientSecret'],
  client_secret_post: ['clientSecret'],
  private_key_jwt: ['privateKey', 'keyId', 'algorithm'],
  tls_client_auth: ['certificate', 'privateKey'],
  self_signed_tls_client_auth: ['certificate', 'privateKey'],
};
const ALL_CREDENTIAL_FIELDS = new Set(Object.values(CREDENTIAL_FIELDS).flat());

/** Changes fields, and drops the credentials that a new method of authentication does not use.
 * @param fields the fields to change; undefined removes one */
export function changeFields(before: Fields, fields: Fields): Fields {
  const after = { ...before, ...fields };
  const own: readonly string[] | undefined =
    CREDENTIAL_FIELDS[after['authentication'] as AuthenticationMethod];
  const isDropped = (name: string) =>
    fields['authentication'] !== undefined &&
    own !== undefined &&
    !Object.hasOwn(fields, name) &&
    ALL_CREDENTIAL_FIELDS.has(name) &&
    !own.includes(name);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== undefined && !isDropped(name)),
  );
}

/** One field that differs. */
export interface FieldChange {
  readonly field: string;
  /** Null if it is absent, or may be secret. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Fields that are shown; all others may be secret, or long. */
const SHOWN: ReadonlySet<string> = new Set([
  'issuer',
  'clientId',
  'authentication',
  'keyId',
  'vanity',
  'tenantId',
  'parts',
  'workspaces',
  'keyRotation',
]);

/** Lists the fields that differ. */
export function fieldChanges(before: Fields, after: Fields): FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((field) => ({
      field,
      before: SHOWN.has(field) ? (before[field] ?? null) : null,
      after: SHOWN.has(field) ? (after[field] ?? null) : null,
    }));
}

/** Describes a change in a line, without a secret. */
export const changeText = ({ field, before, after }: FieldChange): string =>
  SHOWN.has(field) || field === 'schedule'
    ? `  ${field}: ${shown(before)} → ${shown(after)}`
    : `  ${field}: changed`;

const shown = (value: unknown): string =>
  value === null ? 'none' : Array.isArray(value) ? value.join(', ') : String(value);

/** Returns the fields of an enrolment, or of one tenant in a shared one.
 * @param value of the secret
 * @param entry names the tenant in a shared enrolment
 * @throws INVALID_REQUEST if the enrolment is shared and no tenant is named, or lacks the named one */
export function tenantFields(name: string, value: Fields, entry: string | undefined): Fields {
  const shared = tenantsIn(value);
  if (entry === undefined) {
    if (shared === undefined) return value;
    throw refused(name, `is shared by several tenants: name one, such as ${name}--${Object.keys(shared)[0]}`);
  }
  const fields = shared !== undefined && Object.hasOwn(shared, entry) ? shared[entry] : undefined;
  if (fields !== undefined) return fields;
  throw refused(name, `has no tenants.${entry}`);
}

/** Returns the value of the secret with these fields; mirror of `tenantFields`. */
export const withTenantFields = (value: Fields, entry: string | undefined, fields: Fields): Fields =>
  entry === undefined ? fields : { ...value, tenants: { ...tenantsIn(value), [entry]: fields } };

const tenantsIn = (value: Fields) => value['tenants'] as Readonly<Record<string, Fields>> | undefined;

const refused = (name: string, reason: string): TenantBackupError =>
  new TenantBackupError('INVALID_REQUEST', `enrolment "${name}" ${reason}; nothing was stored`, {
    tenant: name,
  });
