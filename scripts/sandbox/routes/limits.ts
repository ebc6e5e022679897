import type { RequestKind } from '../faults.ts';
import type { Routes } from './context.ts';
import { errorBody } from './errors.ts';
import { tenantIdOf } from './faults.ts';

const WRITES: readonly (RequestKind | undefined)[] = ['import', 'patch', 'delete'];

/** Refuses requests beyond the limits of their tenant, before all other checks. */
export const installLimits: Routes = (app, { limiter }) => {
  app.addHook('onRequest', async (request, reply) => {
    const { requestKind, api = 'oauth2' } = request.routeOptions.config;
    if (requestKind === undefined) return;
    const tenantId = tenantIdOf(request);
    const isWrite = WRITES.includes(requestKind);
    const refusal = limiter.take(tenantId, api, isWrite);
    if (refusal === undefined) {
      if (isWrite) reply.raw.once('close', () => limiter.end(tenantId));
      return;
    }
    if (refusal.kind === 'burst') {
      return reply.code(403).send(errorBody(403, 'Request forbidden', 'request_forbidden'));
    }
    reply.header('retry-after', String(refusal.retryAfterSeconds));
    return reply.code(429).send(errorBody(429, 'Too many requests'));
  });
};
