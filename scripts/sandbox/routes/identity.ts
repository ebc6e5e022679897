import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { splitDump } from '../state/dump/root-dump.ts';
import { identityDumpOf, importIdentity, redactedIdentityDumpOf } from '../state/identity.ts';
import { IMPORT_MODES, type ImportMode } from '../state/import.ts';
import { applyJsonPatch } from '../state/patch.ts';
import { asReleased } from '../state/release.ts';
import type { TenantState } from '../state/tenants.ts';
import { authorize, authorizeRoot } from './access.ts';
import { asApiError, parseJson, refuse } from './body.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { type HubRequest, type HubRoute, READ, WRITE } from './hub-place.ts';
import { one, oneOf } from './query.ts';
import { withoutSkipped, withSkippedUndone } from './skip.ts';
import { commit } from './write.ts';

/** Identity dumps: of one tenant, and with the deployment's token of any tenant. The literal `system` comes first: the
 * deployment's own routes win over a tenant of that name. */
export const identityRoutes: Routes = (app, context) => {
  const api = 'identity';
  for (const path of ['/api/identity/system/configuration', '/api/identity/:tid/configuration']) {
    app.get<HubRoute>(path, { config: { requestKind: 'export', api } }, async (request) => {
      const tenantId = tenantOf(context, request, READ);
      const state = context.tenants.state(tenantId);
      const dump =
        request.fault?.kind === 'redacted'
          ? redactedIdentityDumpOf(tenantId, state)
          : identityDumpOf(tenantId, state);
      return asReleased(context.behaviours.of(tenantId).release, dump);
    });

    app.put<HubRoute>(path, { config: { requestKind: 'import', api } }, async (request, reply) => {
      const { tid } = request.params;
      if (tid === undefined) authorizeRoot(context, request, WRITE);
      else authorize(context, request, tid, WRITE);
      const document = withoutSkipped(parseJson(request.body) as JsonObject, request.fault);
      // The deployment's own import takes the entries of many tenants; all of them go in, or none.
      const dumps: [string, Json][] =
        tid !== undefined || !isJsonObject(document) ? [[tid ?? '', document]] : [...splitDump(document)];
      const changes = dumps.map(([id, dump]): [string, Partial<TenantState>] => [
        existing(context, id, 422),
        changeBy(context, id, dump, 'update', false),
      ]);
      for (const [id, change] of changes) commit(context, request, id, change);
      return reply.code(204).send();
    });

    app.patch<HubRoute>(path, { config: { requestKind: 'patch', api } }, async (request, reply) => {
      const tenantId = tenantOf(context, request, WRITE);
      const before = identityDumpOf(tenantId, context.tenants.state(tenantId));
      const document = asApiError(() => applyJsonPatch(before, parseJson(request.body)));
      const patched = withSkippedUndone(document as JsonObject, before, request.fault);
      const mode = oneOf(request.query, 'mode', IMPORT_MODES, 'update');
      commit(context, request, tenantId, changeBy(context, tenantId, patched, mode, true));
      return reply.code(204).send();
    });
  }
};

/** @throws ApiError 401, 403 as the token deserves; 404 for an unknown tenant */
function tenantOf(context: Context, request: HubRequest, scopes: readonly string[]): string {
  const { tid } = request.params;
  if (tid !== undefined) {
    authorize(context, request, tid, scopes);
    return tid;
  }
  authorizeRoot(context, request, scopes);
  return existing(context, one(request.query, 'tid') ?? 'default', 404);
}

function existing({ tenants }: Context, id: string, status: 404 | 422): string {
  if (tenants.find(id) !== undefined) return id;
  throw new ApiError(status, status === 404 ? 'not_found' : 'unprocessable_entity', `no tenant ${id}`);
}

function changeBy(
  context: Context,
  tenantId: string,
  document: Json,
  mode: ImportMode,
  complete: boolean,
): Partial<TenantState> {
  const { usersPerImport } = context.behaviours.of(tenantId);
  const result = importIdentity(tenantId, context.tenants.state(tenantId), document, {
    mode,
    complete,
    usersPerImport,
    at: context.now(),
  });
  if (result.kind === 'done') return result.change;
  if (result.kind === 'broken') refuse('dump is broken', result.problems);
  // The description has 409 for an import, and not for a patch.
  else if (complete) refuse('objects exist already', result.problems);
  else refuse('objects exist already', result.problems, 409, 'conflict');
  throw new Error('an import that is not done has problems');
}
