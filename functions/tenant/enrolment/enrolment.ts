import type * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { describeIssue } from '../../parse.ts';
import { enrolmentSchema } from './enrolment-schema.ts';

/** Where a tenant is and how to authenticate there. Holds a secret: never log it. */
export type Enrolment = z.infer<typeof enrolmentSchema> & {
  /** What the enrolment is called, here and in the vault. */
  readonly name: string;
  /** Scheme, host and port. The hub API is there, whatever the issuer's base path. */
  readonly origin: string;
  /** The part of the issuer's path before tenant and workspace: empty, or `/base`. */
  readonly basePath: string;
  /** SecureAuth's id of the tenant. Of an enrolment of all tenants: `system`, until `forTenant` names one. */
  readonly tenantId: string;
};

/** The id of the root tenant, which no other tenant can have. */
export const ROOT_TENANT_ID = 'system';

/** Validates the value of an enrolment secret.
 * @param text the secret's string value
 * @param name the enrolment's name
 * @throws INVALID_ENROLMENT naming the field and the bound, never a value of a secret */
export const parseEnrolment = (text: string, name: string): Enrolment =>
  parseEnrolmentValue(parseSecret(text, name), name);

/** @throws INVALID_ENROLMENT if the text of a secret is not JSON */
export function parseSecret(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(name, 'the secret must be a JSON object');
  }
}

/** Validates an enrolment that has been read; see `parseEnrolment`. */
export function parseEnrolmentValue(value: unknown, name: string): Enrolment {
  const parsed = enrolmentSchema.safeParse(withMethod(value));
  if (!parsed.success) {
    // Without the value: what stands in a wrong field may be the secret.
    throw invalid(name, describeIssue(parsed.error.issues[0]));
  }
  const enrolment = parsed.data;
  if (enrolment.scope === 'all-tenants' && (enrolment.vanity || enrolment.workspaces)) {
    throw invalid(
      name,
      `${enrolment.vanity ? 'vanity' : 'workspaces'} must be absent where scope is all-tenants`,
    );
  }
  if (enrolment.scope === 'all-tenants' && enrolment.scratch === true) {
    throw invalid(name, 'scratch must be false where scope is all-tenants');
  }
  return { ...enrolment, name, ...parseIssuer(enrolment, name) };
}

/** One tenant of an enrolment of all tenants. */
export const forTenant = (enrolment: Enrolment, tenantId: string): Enrolment => ({ ...enrolment, tenantId });

/** The issuer URL of the tenant's system workspace; for one tenant of an enrolment of all tenants, that tenant's own. */
export const issuerOf = ({ issuer, scope, origin, basePath, tenantId }: Enrolment): string =>
  scope === 'all-tenants' ? `${origin}${basePath}/${encodeURIComponent(tenantId)}/system` : issuer;

/** Enrolments of the first days do not name their method. */
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
    // Without the value: it may be the secret, pasted into the wrong field.
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
    if (tenantId === undefined) throw invalid(name, 'tenantId must be given where vanity is');
    const [, basePath] = (vanity === 'tenant' ? /^(.*)\/system$/ : /^(.*?)\/?$/).exec(pathname) ?? [];
    if (basePath === undefined) throw invalid(name, `issuer must end with /system${got}`);
    return { origin, basePath, tenantId };
  }
  const [, basePath = '', segment] = /^(.*)\/([^/]+)\/system$/.exec(pathname) ?? [];
  const id = decoded(segment);
  if (id === undefined) throw invalid(name, `issuer must end with /<tenant id>/system${got}`);
  if (tenantId !== undefined && tenantId !== id)
    throw invalid(name, `tenantId must be that of the issuer${got}`);
  if (scope === 'all-tenants' && id !== ROOT_TENANT_ID) {
    throw invalid(name, `issuer must end with /system/system where scope is all-tenants${got}`);
  }
  return { origin, basePath, tenantId: id };
}

/** Tells whether an issuer URL is that of the enrolled tenant, however it is written. An issuer on a vanity domain does not say its
 * tenant's id, and is known by its own enrolment only. */
export function isIssuerOf(issuer: string, enrolment: Enrolment): boolean {
  if (issuer === issuerOf(enrolment)) return true;
  const place = placeOf(issuer);
  return place !== null && place.origin === enrolment.origin && place.tenantId === enrolment.tenantId;
}

/** Where an issuer URL leads.
 * @returns null for none that `parseEnrolment` accepts without `vanity` */
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

/** @see https://www.rfc-editor.org/rfc/rfc8252#section-8.3 loopback addresses never leave the machine */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

const invalid = (name: string, message: string) =>
  new TenantBackupError('INVALID_ENROLMENT', `enrolment "${name}": ${message}`, { tenant: name });
