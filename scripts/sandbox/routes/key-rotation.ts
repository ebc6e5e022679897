import { isJsonObject, type JsonObject, memberOf, objectMember } from '../json.ts';
import { KEY_ROTATIONS } from '../state/dump/collections.ts';
import { authorize } from './access.ts';
import { parseJson } from './body.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { oneOf } from './query.ts';
import type { SystemRequest, SystemRoute } from './system.ts';
import { commit } from './write.ts';

/** The schedules by which the keys of a workspace are rotated. One scope reads and writes them; no dump shows them. */
export const keyRotationRoutes: Routes = (app, context) => {
  const path = '/api/system/:tid/servers/:wid/keys/automatic-key-rotation';
  const api = 'system';

  app.get<SystemRoute>(path, { config: { requestKind: 'list', api } }, async (request) => {
    const { use, list } = find(context, request);
    return shown(list.find((element) => isOf(request, use, element)));
  });

  app.put<SystemRoute>(path, { config: { requestKind: 'import', api } }, async (request) => {
    const { use, list } = find(context, request);
    const { tid, wid } = request.params;
    const schedule = parseJson(request.body);
    const [enabled, cron] = [memberOf(schedule, 'enabled'), memberOf(schedule, 'cron')];
    if (typeof enabled !== 'boolean' || typeof cron !== 'string' || !CRON.test(cron)) {
      throw new ApiError(400, 'bad_request', 'schedule needs enabled, and a valid cron even if it is not');
    }
    const element = { ...(schedule as JsonObject), tenant_id: tid, server_id: wid, use };
    const { beside } = context.tenants.state(tid);
    const others = list.filter((other) => !isOf(request, use, other));
    commit(context, request, tid, { beside: { ...beside, [KEY_ROTATIONS]: [...others, element] } });
    return shown(element);
  });
};

const CRON = /^(@[a-z]+|[^\s@]+( [^\s@]+){4,6})$/;

/** @throws ApiError as `authorize`; 404 for an unknown workspace */
function find(context: Context, request: SystemRequest) {
  const { tid, wid } = request.params;
  const tree = authorize(context, request, tid, ['manage_servers']);
  if (!Object.hasOwn(objectMember(tree, 'servers'), wid)) {
    throw new ApiError(404, 'not_found', `no workspace ${wid} of tenant ${tid}`);
  }
  const use = oneOf(request.query, 'use', ['sig', 'enc'], 'sig');
  return { use, list: context.tenants.state(tid).beside[KEY_ROTATIONS] ?? [] };
}

const isOf = ({ params: { wid } }: SystemRequest, use: string, element: JsonObject): boolean =>
  element['server_id'] === wid && element['use'] === use;

/** A schedule that was never set has an empty cron. The time of its start can be written and not read. */
const shown = (element: JsonObject | undefined): JsonObject =>
  isJsonObject(element)
    ? {
        enabled: element['enabled'] ?? false,
        cron: element['cron'] ?? '',
        scheduled_at: element['enabled'] === true ? '2030-01-01T00:00:00Z' : '0001-01-01T00:00:00Z',
      }
    : { enabled: false, cron: '' };
