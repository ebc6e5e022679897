import type { FastifyRequest } from 'fastify';
import { firstChanges } from '../state/partial.ts';
import type { TenantState } from '../state/tenants.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';

/** Replaces a tenant's state; only a part of it if a fault makes the write fail half-way.
 * @throws ApiError with the status of the fault
 */
export function commit(
  { tenants }: Context,
  { fault }: FastifyRequest,
  tenantId: string,
  change: Partial<TenantState>,
): void {
  if (fault?.kind !== 'fail-halfway') {
    tenants.replaceState(tenantId, change);
    return;
  }
  const before = tenants.state(tenantId);
  tenants.replaceState(tenantId, firstChanges(before, { ...before, ...change }, fault.objects));
  throw new ApiError(
    fault.status,
    fault.status === 422 ? 'unprocessable_entity' : 'internal_error',
    `The sandbox was told to fail after ${fault.objects} objects`,
  );
}
