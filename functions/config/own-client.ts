import { isObject, type Json, type JsonObject, member, setMember } from './json.ts';
import { formatPointer } from './pointer.ts';

/** Leave a client out of every workspace of a tree: an import must not overwrite the client it is made with.
 * @param tree of a tenant or of a workspace; not modified, and the result shares its unchanged parts
 * @returns the tree without the client, and the JSON Pointers where it was */
export function withoutClient(tree: Json, clientId: string): { tree: Json; removed: readonly string[] } {
  const removed: string[] = [];
  const own = withoutEntry(tree, clientId, [], removed);
  const servers = member(own, 'servers');
  if (!isObject(servers)) return { tree: own, removed };
  const changed: Record<string, Json> = { ...servers };
  for (const workspace of Object.keys(servers)) {
    const left = withoutEntry(servers[workspace] as Json, clientId, ['servers', workspace], removed);
    setMember(changed, workspace, left);
  }
  return { tree: removed.length === 0 ? tree : { ...(own as JsonObject), servers: changed }, removed };
}

function withoutEntry(workspace: Json, clientId: string, path: readonly string[], removed: string[]): Json {
  const clients = member(workspace, 'clients');
  if (!isObject(clients) || !Object.hasOwn(clients, clientId)) return workspace;
  removed.push(formatPointer([...path, 'clients', clientId]));
  const left: Record<string, Json> = { ...clients };
  delete left[clientId];
  return { ...(workspace as JsonObject), clients: left };
}
