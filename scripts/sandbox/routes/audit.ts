import type { ApiName } from '../faults.ts';
import { tokenOf } from './access.ts';
import type { Routes } from './context.ts';
import { tenantIdOf } from './faults.ts';

/** A write to a tenant's configuration, as the deployment's audit trail tells of it. */
export interface AuditEntry {
  readonly at: Date;
  readonly tenant: string;
  readonly action: 'import_created' | 'import_failed';
  readonly api: ApiName;
  readonly method: string;
  readonly path: string;
  /** The client whose token it was; undefined for a token that is none. */
  readonly clientId: string | undefined;
  /** The caller's `X-Correlation-ID`. */
  readonly correlationId: string | undefined;
  readonly mode: string | undefined;
  readonly dryRun: boolean;
  /** What the deployment made of it, whatever a fault has sent instead. */
  readonly status: number;
}

/** Enter every write that reaches a route into the audit trail. */
export const installAudit: Routes = (app, { audit, now, tokens }) => {
  app.addHook('onSend', async (request, reply, payload) => {
    const { api, requestKind } = request.routeOptions.config;
    const isWrite = requestKind === 'import' || requestKind === 'patch' || requestKind === 'delete';
    // What a proxy refuses or a replay answers never got as far.
    const isDone = request.reached && reply.getHeader('x-idempotent-replayed') === undefined;
    if (!isWrite || !isDone || api === undefined) return payload;
    const { mode, dry_run } = request.query as { mode?: string; dry_run?: string };
    audit.push({
      at: now(),
      tenant: tenantIdOf(request),
      action: reply.statusCode < 300 ? 'import_created' : 'import_failed',
      api,
      method: request.method,
      path: request.url.split('?')[0] ?? '',
      clientId: tokens.find(tokenOf(request) ?? '')?.clientId,
      correlationId: request.headers['x-correlation-id']?.toString(),
      mode,
      dryRun: dry_run === 'true',
      status: reply.statusCode,
    });
    return payload;
  });
  app.decorateRequest('reached', false);
  app.addHook('preHandler', async (request) => {
    request.reached = true;
  });
};
