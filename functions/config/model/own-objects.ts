/** Finds the objects that a client must not overwrite, because it authenticates with one of them. */
import { isBlank } from '../json/blank.ts';
import { member } from '../json/json.ts';
import type { Json } from '../json/json-value.ts';
import { objectsOf, type TreeObject } from './objects.ts';
import type { Shape } from './shape.ts';

/** Finds a client wherever it is: listed in a workspace, or embedded in the object that it serves. An embedded client
 * shows the client's id or its secret.
 * @param tree of a tenant or of a workspace
 * @returns JSON Pointers of the client, and of the objects that embed it */
export const ownClientObjects = (tree: Json, clientId: string, shape: Shape): string[] =>
  ownClientAmong(objectsOf(tree, { shape }), clientId);

/** Finds it among objects that are already listed. */
export function ownClientAmong(objects: Iterable<TreeObject>, clientId: string): string[] {
  const found = new Set<string>();
  const secrets = new Set<Json>();
  const embedded: { readonly pointer: string; readonly client: Json }[] = [];
  for (const { type, id, pointer, body } of objects) {
    if (type === 'client' && id === clientId) {
      found.add(pointer);
      const secret = member(body, 'client_secret');
      if (typeof secret === 'string' && !isBlank(secret)) secrets.add(secret);
    }
    const client = member(body, 'client');
    if (client !== undefined && client !== null) embedded.push({ pointer, client });
  }
  for (const { pointer, client } of embedded) {
    const secret = member(client, 'client_secret');
    if (member(client, 'client_id') === clientId || (secret !== undefined && secrets.has(secret))) {
      found.add(pointer);
    }
  }
  return [...found];
}
