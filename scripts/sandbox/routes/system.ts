import type { FastifyReply, FastifyRequest } from 'fastify';
import { filterMembers, type Json, type JsonObject, memberOf, objectMember } from '../json.ts';
import { type DumpResult, dumpOf, importDump, redactedDumpOf } from '../state/dump/dump.ts';
import { IMPORT_MODES, type ImportMode } from '../state/import.ts';
import { applyJsonPatch } from '../state/patch.ts';
import { asReleased } from '../state/release.ts';
import type { TenantState } from '../state/tenants.ts';
import { authorize } from './access.ts';
import { asApiError, parseJson, refuse } from './body.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { READ, WRITE } from './hub-place.ts';
import { flag, one, oneOf, type Query } from './query.ts';
import { withoutSkipped, withSkippedUndone } from './skip.ts';
import { commit } from './write.ts';

export interface SystemRoute {
  Params: { tid: string; wid: string };
  Querystring: Query;
  Body: Buffer | undefined;
}
export type SystemRequest = FastifyRequest<SystemRoute>;

/** Dumps of one tenant: `/api/system/{tid}/configuration`; and what else the system API has that matters to a backup. */
export const systemRoutes: Routes = (app, context) => {
  const path = '/api/system/:tid/configuration';
  const api = 'system';

  app.get<SystemRoute>(path, { config: { requestKind: 'export', api } }, async (request) => {
    const { tid } = request.params;
    authorize(context, request, tid, READ);
    return exportDump(context, request, tid);
  });

  app.put<SystemRoute>(path, { config: { requestKind: 'import', api } }, async (request, reply) => {
    const { tid } = request.params;
    authorize(context, request, tid, WRITE);
    const document = parseJson(request.body);
    const state = context.tenants.state(tid);
    const change = changeBy(
      context,
      request,
      tid,
      state,
      withoutSkipped(document as JsonObject, request.fault),
      { complete: context.behaviours.of(tid).absentOnDumpImport === 'delete' },
    );
    commit(context, request, tid, change);
    return reply.code(204).send();
  });

  app.patch<SystemRoute>(path, { config: { requestKind: 'patch', api } }, async (request, reply) => {
    const { tid } = request.params;
    authorize(context, request, tid, WRITE);
    const state = context.tenants.state(tid);
    const before = dumpOf(tid, state);
    const document = asApiError(() => applyJsonPatch(before, parseJson(request.body)));
    const patched = withSkippedUndone(document as JsonObject, before, request.fault);
    const complete = context.behaviours.of(tid).dumpRemoval === 'delete';
    commit(context, request, tid, changeBy(context, request, tid, state, patched, { complete, patch: true }));
    return reply.code(204).send();
  });

  app.delete<SystemRoute>(
    '/api/system/:tid/servers/:wid',
    { config: { requestKind: 'delete', api } },
    async (request, reply) => deleteWorkspace(context, request, reply),
  );

  app.get<SystemRoute>(
    '/api/system/:tid/servers/:wid/secrets',
    { config: { requestKind: 'list', api } },
    async (request) => listSecrets(context, request),
  );
};

/** @throws ApiError 404 for an unknown workspace */
export function exportDump(
  context: Context,
  request: SystemRequest,
  tenantId: string,
  root = false,
): JsonObject {
  const state = context.tenants.state(tenantId);
  const workspaceId = one(request.query, 'workspace_id');
  if (workspaceId !== undefined && !Object.hasOwn(objectMember(state.tree, 'servers'), workspaceId)) {
    throw new ApiError(404, 'not_found', `no workspace ${workspaceId} of tenant ${tenantId}`);
  }
  const options = { workspaceId, withData: flag(request.query, 'with_data'), root };
  const dump =
    request.fault?.kind === 'redacted'
      ? redactedDumpOf(tenantId, state, options)
      : dumpOf(tenantId, state, options);
  return asReleased(context.behaviours.of(tenantId).release, dump);
}

/** What a dump makes of a tenant.
 * @throws ApiError 400 for an unknown mode; 409 for an existing object unless the mode says what to do with it, but 422
 * for one of a patch; 422 for a broken dump
 */
export function changeBy(
  context: Context,
  request: SystemRequest,
  tenantId: string,
  state: TenantState,
  document: Json,
  { complete = false, root = false, patch = false } = {},
): Partial<TenantState> {
  // The vendor names no default. Without a mode a dump is said to fail on objects that exist.
  const fallback: ImportMode = patch ? 'update' : 'fail';
  const result = importDump(tenantId, state, document, {
    mode: oneOf(request.query, 'mode', IMPORT_MODES, fallback),
    complete,
    root,
    unknownCollections: context.behaviours.of(tenantId).unknownMembers,
    at: context.now(),
  });
  return changeOf(result, patch ? 422 : 409);
}

function changeOf(result: DumpResult, conflictStatus: number): Partial<TenantState> {
  if (result.kind === 'done') return result.change;
  if (result.kind === 'broken') refuse('dump is broken', result.problems);
  const errorCode = conflictStatus === 409 ? 'conflict' : 'unprocessable_entity';
  refuse('objects exist already', result.problems, conflictStatus, errorCode);
  throw new Error('an import that is not done has problems');
}

function deleteWorkspace(context: Context, request: SystemRequest, reply: FastifyReply): FastifyReply {
  const { tid, wid } = request.params;
  const tree = authorize(context, request, tid, ['manage_servers']);
  const servers = objectMember(tree, 'servers');
  if (!Object.hasOwn(servers, wid))
    throw new ApiError(404, 'not_found', `no workspace ${wid} of tenant ${tid}`);
  const { beside } = context.tenants.state(tid);
  const isOfOther = (element: JsonObject): boolean =>
    memberOf(element, 'server_id') !== wid && memberOf(element, 'authorization_server_id') !== wid;
  commit(context, request, tid, {
    tree: { ...tree, servers: filterMembers(servers, (id) => id !== wid) },
    beside: Object.fromEntries(Object.entries(beside).map(([name, list]) => [name, list.filter(isOfOther)])),
  });
  return reply.code(204).send();
}

/** Secrets of scripts. Their values can be written and not read. */
function listSecrets(context: Context, request: SystemRequest): JsonObject {
  const { tid, wid } = request.params;
  const tree = authorize(context, request, tid, ['read_secrets', 'manage_secrets']);
  if (!Object.hasOwn(objectMember(tree, 'servers'), wid)) {
    throw new ApiError(404, 'not_found', `no workspace ${wid} of tenant ${tid}`);
  }
  const secrets = (context.tenants.state(tid).beside['secrets'] ?? [])
    .filter((secret) => memberOf(secret, 'server_id') === wid)
    .map((secret) => ({ ...secret, secret: '', value: '' }));
  return { secrets };
}
