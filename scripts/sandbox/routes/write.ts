import type { FastifyRequest } from 'fastify';
import type { TenantState } from '../state/tenants.ts';
import type { Context } from './context.ts';

/** Put a tenant's new state in the place of the old one. */
export function commit(
  { tenants }: Context,
  _request: FastifyRequest,
  tenantId: string,
  change: Partial<TenantState>,
): void {
  tenants.replaceState(tenantId, change);
}
