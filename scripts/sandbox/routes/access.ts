import type { FastifyRequest } from 'fastify';
import { certificateOf, type ShownCertificate, thumbprint } from '../client-keys.ts';
import { isJsonObject, type JsonObject, memberOf } from '../json.ts';
import { ROOT_TENANT, SYSTEM_WORKSPACE, workspaceOf } from '../state/tenants.ts';
import type { Grant } from '../tokens.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';

/** The bearer token of a request (RFC 6750 section 2.1). */
export const tokenOf = ({ headers }: FastifyRequest): string | undefined =>
  /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

/** Authorizes a request to a tenant's configuration.
 * @param scopes any one of them suffices
 * @returns the tenant as it is now
 * @throws ApiError 404 unknown tenant; 401 without a valid token of this tenant; 403 without the scope
 */
export function authorize(
  { tenants, tokens }: Context,
  request: FastifyRequest,
  tenantId: string,
  scopes: readonly string[],
): JsonObject {
  const tree = tenants.find(tenantId);
  if (tree === undefined) throw new ApiError(404, 'not_found', `no tenant ${tenantId}`);
  const token = tokenOf(request);
  const grant = token === undefined ? undefined : tokens.find(token);
  const system = workspaceOf(tree, SYSTEM_WORKSPACE);
  // Only the system workspace's own clients configure a tenant, and only as long as they exist.
  const valid =
    grant?.tenantId === tenantId &&
    grant.workspaceId === SYSTEM_WORKSPACE &&
    isJsonObject(memberOf(memberOf(system, 'clients'), grant.clientId)) &&
    isBoundTo(grant, certificateOf(request.raw));
  if (!valid) throw new ApiError(401, 'invalid_access_token', 'access token is missing, unknown or expired');
  if (!scopes.some((scope) => grant.scopes.includes(scope))) {
    throw new ApiError(403, 'insufficient_scope', `access token lacks scope ${scopes.join(' or ')}`);
  }
  return tree;
}

/** Authorizes a request to the configuration of all tenants: with a token of the deployment's own tenant.
 * @throws ApiError as `authorize`
 */
export const authorizeRoot = (
  context: Context,
  request: FastifyRequest,
  scopes: readonly string[],
): JsonObject => authorize(context, request, ROOT_TENANT, scopes);

const isBoundTo = ({ certificate }: Grant, shown: ShownCertificate | undefined): boolean =>
  certificate === undefined || (shown !== undefined && thumbprint(shown.certificate) === certificate);
