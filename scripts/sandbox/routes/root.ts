import { isJsonObject, type JsonObject, memberOf } from '../json.ts';
import { dumpOf } from '../state/dump/dump.ts';
import { joinDumps, splitDump } from '../state/dump/root-dump.ts';
import { isOwnMember, TENANT } from '../state/model.ts';
import { applyJsonPatch } from '../state/patch.ts';
import { prepareTenant, ROOT_TENANT, type TenantState } from '../state/tenants.ts';
import { authorizeRoot } from './access.ts';
import { asApiError, parseJson, refuse } from './body.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { READ, WRITE } from './hub-place.ts';
import { one } from './query.ts';
import { withoutSkipped, withSkippedUndone } from './skip.ts';
import { changeBy, exportDump, type SystemRequest, type SystemRoute } from './system.ts';
import { commit } from './write.ts';

/** Dumps of all tenants, with a token of the deployment's own tenant: `/api/system/configuration`, and their list. */
export const rootRoutes: Routes = (app, context) => {
  const path = '/api/system/configuration';
  const api = 'system';

  app.get<SystemRoute>(path, { config: { requestKind: 'export', api } }, async (request) => {
    authorizeRoot(context, request, READ);
    const tid = one(request.query, 'tid');
    const isAll = tid === undefined && context.behaviours.of(ROOT_TENANT).rootWithoutTid === 'all';
    const ids = isAll ? context.tenants.ids : [existing(context, tid ?? 'default')];
    return joinDumps(ids.map((id) => exportDump(context, request, id, true)));
  });

  app.put<SystemRoute>(path, { config: { requestKind: 'import', api } }, async (request, reply) => {
    authorizeRoot(context, request, WRITE);
    const document = parseJson(request.body);
    if (!isJsonObject(document)) throw new ApiError(422, 'unprocessable_entity', 'dump must be object');
    const changes = changesBy(context, request, withoutSkipped(document, request.fault));
    for (const [id, change] of changes) {
      if (context.tenants.find(id) === undefined)
        context.tenants.create(id, prepareTenant({}, context.now()));
      commit(context, request, id, change);
    }
    return reply.code(204).send();
  });

  app.patch<SystemRoute>(path, { config: { requestKind: 'patch', api } }, async (request, reply) => {
    authorizeRoot(context, request, WRITE);
    const id = existing(context, one(request.query, 'tid') ?? 'default');
    const state = context.tenants.state(id);
    const before = joinDumps([dumpOf(id, state, { root: true })]);
    const document = asApiError(() => applyJsonPatch(before, parseJson(request.body)));
    if (!isJsonObject(document)) throw new ApiError(422, 'unprocessable_entity', 'dump must be object');
    const dumps = splitDump(withSkippedUndone(document, before, request.fault));
    refuse(
      'dump is broken',
      [...dumps.keys()].filter((other) => other !== id).map((other) => strangerProblem(other, id)),
    );
    const options = { complete: true, root: true, patch: true };
    commit(context, request, id, changeBy(context, request, id, state, dumps.get(id) ?? {}, options));
    return reply.code(204).send();
  });

  app.get<SystemRoute>('/api/system/tenants', { config: { requestKind: 'list', api } }, async (request) => {
    authorizeRoot(context, request, READ);
    return { tenants: context.tenants.ids.map((id) => summaryOf(id, context.tenants.get(id))) };
  });
};

const strangerProblem = (other: string, id: string) => ({
  pointer: '',
  problem: `tenant must be ${id}, got ${JSON.stringify(other)}`,
});

function existing({ tenants }: Context, id: string): string {
  if (tenants.find(id) === undefined) throw new ApiError(404, 'not_found', `no tenant ${id}`);
  return id;
}

/** What a dump makes of its tenants, all or none. A tenant that does not exist is created. */
function changesBy(
  context: Context,
  request: SystemRequest,
  document: JsonObject,
): [string, Partial<TenantState>][] {
  return [...splitDump(document)].map(([id, dump]) => {
    const isNew = context.tenants.find(id) === undefined;
    if (id === '' || (isNew && memberOf(dump, 'tenant') === undefined)) {
      refuse('dump is broken', [{ pointer: '', problem: `tenant ${JSON.stringify(id)} does not exist` }]);
    }
    const nothing: TenantState = { tree: {}, beside: {}, identity: {}, ids: new Map() };
    const state = isNew ? nothing : context.tenants.state(id);
    return [id, changeBy(context, request, id, state, dump, { root: true })];
  });
}

/** A tenant as the list shows it: with its keys, private ones too. */
const summaryOf = (id: string, tree: JsonObject): JsonObject => ({
  id,
  ...Object.fromEntries(Object.entries(tree).filter(([name]) => isOwnMember(TENANT, name))),
});
