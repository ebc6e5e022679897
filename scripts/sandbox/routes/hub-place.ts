import type { FastifyRequest } from 'fastify';
import type { JsonObject } from '../json.ts';
import type { TenantState } from '../state/tenants.ts';
import { authorize, authorizeRoot } from './access.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import { one, type Query } from './query.ts';

export const READ = ['read_configuration', 'manage_configuration'];
export const WRITE = ['manage_configuration'];

export interface HubRoute {
  Params: { tid?: string; wid?: string };
  Querystring: Query;
  Body: Buffer | undefined;
}
export type HubRequest = FastifyRequest<HubRoute>;

/** What a request is about: a tenant, or one workspace of it. */
export interface Place {
  readonly tenantId: string;
  readonly tree: JsonObject;
  readonly state: TenantState;
  readonly workspaceId: string | undefined;
}

/** Resolves the place that a request names, and authorizes the request.
 * @throws ApiError 401, 403 as the token deserves; 404 for an unknown tenant; 403 or 404 where the hub is off
 */
export function placeOf(context: Context, request: HubRequest, scopes: readonly string[]): Place {
  const { tid, wid: workspaceId } = request.params;
  const tenantId = tid ?? one(request.query, 'tid') ?? 'default';
  const { hub, readScope } = context.behaviours.of(tenantId);
  const accepted = readScope === 'refused' ? WRITE : scopes;
  if (tid === undefined) authorizeRoot(context, request, accepted);
  else authorize(context, request, tenantId, accepted);
  if (hub === 'off-403') throw new ApiError(403, 'forbidden', 'feature tree_dump_tenant is disabled');
  if (hub === 'off-404') throw new ApiError(404, 'not_found', `no ${request.method} here`);
  const tree = context.tenants.find(tenantId);
  if (tree === undefined) throw new ApiError(404, 'not_found', `no tenant ${tenantId}`);
  return { tenantId, tree, state: context.tenants.state(tenantId), workspaceId };
}
