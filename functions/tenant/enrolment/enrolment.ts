import type * as z from 'zod';
import { findDuplicateMember } from '../../duplicate-members.ts';
import { TenantBackupError } from '../../errors.ts';
import { describeIssue } from '../../parse.ts';
import { enrolmentSchema } from './enrolment-schema.ts';

/** The location of a tenant, and the client's authentication there. Holds a secret: never log it. */
export type Enrolment = z.infer<typeof enrolmentSchema> & {
  /** The enrolment's name, here and in the vault. */
  readonly name: string;
  /** Scheme, host and port. The hub API is there, even if the issuer has a base path. */
  readonly origin: string;
  /** The part of the issuer's path before tenant and workspace: empty, or `/base`. */
  readonly basePath: string;
  /** SecureAuth's id of the tenant. For an enrolment of all tenants it is `system`, until `forTenant` chooses one. */
  readonly tenantId: string;
};

/** The id of the root tenant; no other tenant can have it. */
export const ROOT_TENANT_ID = 'system';

/** Validates the value of an enrolment secret.
 * @param text the secret's string value
 * @param name the enrolment's name
 * @throws INVALID_ENROLMENT naming the field and the bound, never a value of a secret */
export const parseEnrolment = (text: string, name: string): Enrolment =>
  parseEnrolmentValue(parseSecret(text, name), name);

/** Parses the text of a secret.
 * @throws INVALID_ENROLMENT if it is not JSON, or names a member twice */
export function parseSecret(text: string, name: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(name, 'the secret must be a JSON object');
  }
  const twice = findDuplicateMember(text);
  if (twice !== null) throw invalid(name, `the secret must name each member once, has ${twice} twice`);
  return value;
}

/** Validates a parsed enrolment; see `parseEnrolment`. */
export function parseEnrolmentValue(value: unknown, name: string): Enrolment {
  const parsed = enrolmentSchema.safeParse(withMethod(value));
  if (!parsed.success) {
    // Omit the value: the wrong field may hold the secret.
    throw invalid(name, describeIssue(parsed.error.issues[0]));
  }
  const enrolment = parsed.data;
  if (enrolment.scope === 'all-tenants' && (enrolment.vanity || enrolment.workspaces)) {
    throw invalid(
      name,
      `${enrolment.vanity ? 'vanity' : 'workspaces'} must be absent if scope is all-tenants`,
    );
  }
  if (enrolment.scope === 'all-tenants' && enrolment.scratch === true) {
    throw invalid(name, 'scratch must be false if scope is all-tenants');
  }
  if (enrolment.keyRotation && (enrolment.scope === 'all-tenants' || !enrolment.parts.includes('system'))) {
    throw invalid(name, 'keyRotation must be false unless parts has system and scope is tenant');
  }
  const isLimited = enrolment.credentials === false || enrolment.selection !== undefined;
  if (isLimited && !enrolment.parts.includes('hub')) {
    throw invalid(name, 'parts must have hub if credentials is false, or selection is given');
  }
  return { ...enrolment, name, ...parseIssuer(enrolment, name) };
}

/** Narrows an enrolment of all tenants down to one tenant. */
export const forTenant = (enrolment: Enrolment, tenantId: string): Enrolment => ({ ...enrolment, tenantId });

/** Returns the issuer URL of the tenant's system workspace. For an enrolment of all tenants that was narrowed down,
 * it is that tenant's own. */
export const issuerOf = ({ issuer, scope, origin, basePath, tenantId }: Enrolment): string =>
  scope === 'all-tenants' ? `${origin}${basePath}/${encodeURIComponent(tenantId)}/system` : issuer;

/** Adds the method to old enrolments, which do not name it. */
const withMethod = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('authentication' in value)
    ? { authentication: 'client_secret_basic', ...value }
    : value;

type Place = Pick<Enrolment, 'origin' | 'basePath' | 'tenantId'>;

function parseIssuer(
  { issuer, vanity, tenantId, scope }: z.infer<typeof enrolmentSchema>,
  name: string,
): Place {
  let url: URL;
  try {
    url = new URL(issuer);
  } catch {
    // Omit the value: it may be the secret, pasted into the wrong field.
    throw invalid(name, 'issuer must be a URL like https://<host>/<tenant id>/system');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    const got = url.protocol === 'http:' ? `, got http on "${url.hostname}"` : '';
    throw invalid(name, `issuer must be https (http only on a loopback address)${got}`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw invalid(name, 'issuer must have no user, password, query or fragment');
  }
  const { pathname, origin } = url;
  const got = `, got "${pathname.slice(0, 200)}"`;
  if (vanity) {
    if (tenantId === undefined) throw invalid(name, 'tenantId is required with vanity');
    const [, basePath] = (vanity === 'tenant' ? /^(.*)\/system$/ : /^(.*?)\/?$/).exec(pathname) ?? [];
    if (basePath === undefined) throw invalid(name, `issuer must end with /system${got}`);
    return { origin, basePath, tenantId };
  }
  const [, basePath = '', segment] = /^(.*)\/([^/]+)\/system$/.exec(pathname) ?? [];
  const id = decoded(segment);
  if (id === undefined) throw invalid(name, `issuer must end with /<tenant id>/system${got}`);
  if (tenantId !== undefined && tenantId !== id) throw invalid(name, `tenantId must match the issuer${got}`);
  if (scope === 'all-tenants' && id !== ROOT_TENANT_ID) {
    throw invalid(name, `issuer must end with /system/system if scope is all-tenants${got}`);
  }
  return { origin, basePath, tenantId: id };
}

/** Tells whether an issuer URL is that of the enrolled tenant, in any notation. An issuer on a vanity domain does not
 * hold its tenant's id, so that only its own enrolment recognises it. */
export function isIssuerOf(issuer: string, enrolment: Enrolment): boolean {
  if (issuer === issuerOf(enrolment)) return true;
  const place = placeOf(issuer);
  return place !== null && place.origin === enrolment.origin && place.tenantId === enrolment.tenantId;
}

/** Parses an issuer URL.
 * @returns null for a URL that `parseEnrolment` accepts only with `vanity`, or not at all */
export function placeOf(issuer: string): Pick<Enrolment, 'origin' | 'tenantId'> | null {
  const url = URL.parse(issuer);
  const [, segment] = /^.*\/([^/]+)\/system$/.exec(url?.pathname ?? '') ?? [];
  const tenantId = decoded(segment);
  return url === null || tenantId === undefined ? null : { origin: url.origin, tenantId };
}

function decoded(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Tells whether a host is the local machine.
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-8.3 */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

const invalid = (name: string, message: string) =>
  new TenantBackupError('INVALID_ENROLMENT', `enrolment "${name}": ${message}`, { tenant: name });
