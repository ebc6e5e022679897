import { TenantBackupError } from '../../errors.ts';
import { type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { selectWorkspaceFromDump } from './select-dump.ts';

/** Selects some workspaces of a dump, each as `selectWorkspaceFromDump` does. Elements that two of them share appear
 * once.
 * @param dump of one tenant; not modified, and the result shares its elements
 * @throws EXPORT_MALFORMED if it has no list of servers
 * @throws WORKSPACE_NOT_FOUND if it lacks one of the workspaces */
export function selectWorkspacesFromDump(dump: JsonObject, workspaceIds: readonly string[]): JsonObject {
  const servers = member(dump, 'servers');
  const present = new Set(Array.isArray(servers) ? servers.map((server) => member(server, 'id')) : []);
  const absent = workspaceIds.find((id) => !present.has(id));
  if (Array.isArray(servers) && absent !== undefined) {
    throw new TenantBackupError(
      'WORKSPACE_NOT_FOUND',
      `the enrolment lists workspace "${absent}", which is not among the ${servers.length} of the dump`,
      { workspace: absent, workspaces: servers.length },
    );
  }
  const carried = new Set<Json>();
  for (const id of workspaceIds) {
    for (const list of Object.values(selectWorkspaceFromDump(dump, id).dump)) {
      for (const element of list as readonly Json[]) carried.add(element);
    }
  }
  const selected: Record<string, Json> = {};
  for (const [name, list] of Object.entries(dump)) {
    if (!Array.isArray(list)) continue;
    const elements = list.filter((element) => carried.has(element));
    if (elements.length > 0) setMember(selected, name, elements);
  }
  return selected;
}
