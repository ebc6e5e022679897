import { TenantBackupError } from '../../errors.ts';
import { type Enrolment, ROOT_TENANT_ID } from '../enrolment/enrolment.ts';
import type { ImportMode } from '../http/import-mode.ts';
import type { ApiRequest } from '../http/response.ts';

/** The requests of the configuration APIs, as data. `api.client.ts` sends them, `response.ts` validates the answers.
 * The URLs depend on the enrolment:
 *
 * | API | ordinary | vanity domain | all tenants |
 * |---|---|---|---|
 * | hub | `/api/hub/{tid}/promote/...`, base path or not | the same, with the id | `/api/hub/system/promote/...?tid=` |
 * | system | `{base}/api/system/{tid}/configuration` | without the id | `{base}/api/system/configuration?tid=` |
 * | key rotation | `{base}/api/system/{tid}/servers/{wid}/keys/...` | without the id | – |
 * | identity | `{base}/api/identity/{tid}/configuration` | without the id | `{base}/api/identity/system/configuration?tid=` |
 */

export type PatchFormat = 'rfc6902' | 'rfc7396';

type Query = Readonly<Record<string, string>>;

export function hubRequest(
  enrolment: Enrolment,
  resource: 'config' | `config-${PatchFormat}`,
  workspace: string | undefined,
  query: Query,
): { url: URL; what: string } {
  const tenantId = namedTenant(enrolment);
  const root = isRoot(enrolment);
  if (root && workspace !== undefined) {
    throw new TenantBackupError(
      'NOT_SUPPORTED',
      'the hub API for all tenants has no workspaces: request a whole tenant',
      { tenant: tenantId },
    );
  }
  const place = root ? ROOT_TENANT_ID : segment(tenantId);
  const path = workspace === undefined ? place : `${place}/workspaces/${segment(workspace)}`;
  return {
    // Without the base path, and with the tenant's id even on vanity domains, as the vendor's own client does.
    url: urlOf(enrolment.origin, `/api/hub/${path}/promote/${resource}`, {
      ...query,
      ...(root && { tid: tenantId }),
    }),
    what: workspace === undefined ? tenantId : `workspace ${workspace} of ${tenantId}`,
  };
}

/** Builds a request for the schedule of automatic key rotation of a workspace. Only a client of the tenant itself can
 * send it.
 * @see https://github.com/SecureAuthCorp/ciam-client-go/tree/main/clients/system/client/keys */
export function keyRotationRequest(
  enrolment: Enrolment,
  workspace: string,
  use: string,
): { url: URL; what: string } {
  const tenantId = namedTenant(enrolment);
  const place = enrolment.vanity ? '' : `/${segment(tenantId)}`;
  const path = `/servers/${segment(workspace)}/keys/automatic-key-rotation`;
  return {
    url: urlOf(enrolment.origin, `${enrolment.basePath}/api/system${place}${path}`, { use }),
    what: `key rotation (${use}) of workspace ${workspace} of ${tenantId}`,
  };
}

/** Builds a request for a dump.
 * @param withTenant whether the root API takes the id of the tenant for this method; a PUT finds it in the document */
export function dumpRequest(
  enrolment: Enrolment,
  api: 'system' | 'identity',
  query: Query,
  withTenant: boolean,
): { url: URL; what: string } {
  const tenantId = namedTenant(enrolment);
  const root = isRoot(enrolment);
  const place = root
    ? api === 'identity'
      ? `/${ROOT_TENANT_ID}`
      : ''
    : enrolment.vanity
      ? ''
      : `/${segment(tenantId)}`;
  return {
    url: urlOf(enrolment.origin, `${enrolment.basePath}/api/${api}${place}/configuration`, {
      ...query,
      ...(root && withTenant && { tid: tenantId }),
    }),
    what: `${api} configuration of ${tenantId}`,
  };
}

/** Builds the request that lists all tenants of a deployment.
 * @throws NOT_SUPPORTED unless the enrolment is one of all tenants */
export function tenantsRequest(enrolment: Enrolment): ApiRequest {
  if (!isRoot(enrolment)) {
    throw new TenantBackupError('NOT_SUPPORTED', 'tenants can be listed only if scope is all-tenants', {
      tenant: enrolment.name,
    });
  }
  return {
    api: 'system',
    kind: 'export',
    what: `list of tenants of ${enrolment.origin}`,
    method: 'GET',
    url: urlOf(enrolment.origin, `${enrolment.basePath}/api/system/tenants`, {}),
    maxBodyBytes: MAX_LIST_BYTES,
  };
}

/** Room for some thousand tenants with their keys. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** Builds the header that all writes send.
 * @throws INVALID_REQUEST if the API does not accept the length of the key */
export function idempotencyHeader(key: string): { 'x-idempotency-key': string } {
  if (key.length < 32 || key.length > 255) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `idempotency key must be 32 to 255 characters long, got ${key.length}`,
    );
  }
  return { 'x-idempotency-key': key };
}

export const describeMode = (mode: ImportMode, dryRun = false): string =>
  `with mode=${mode}${dryRun ? ' (dry run)' : ''}`;

const isRoot = ({ scope }: Enrolment): boolean => scope === 'all-tenants';

/** Returns the id of the one tenant.
 * @throws INVALID_REQUEST for an enrolment of all tenants without a chosen tenant */
function namedTenant(enrolment: Enrolment): string {
  if (isRoot(enrolment) && enrolment.tenantId === ROOT_TENANT_ID) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `enrolment "${enrolment.name}" is of all tenants: name one of them`,
      { tenant: enrolment.name },
    );
  }
  return enrolment.tenantId;
}

/** Encodes an id as a segment of a path.
 * @throws INVALID_REQUEST for `.` and `..`, which would change the path */
function segment(id: string): string {
  if (id === '.' || id === '..')
    throw new TenantBackupError('INVALID_REQUEST', `id must be a name, got "${id}"`);
  return encodeURIComponent(id);
}

function urlOf(origin: string, path: string, query: Query): URL {
  const url = new URL(path, origin);
  url.search = new URLSearchParams(query).toString();
  return url;
}
