import { randomBytes } from 'node:crypto';
import { type JsonObject, pointerTokens } from '../json.ts';
import { TENANT } from './model.ts';
import { type Visited, visitObjects } from './walk.ts';

/** The ids of objects that have none in a tree, by their pointer: scopes, claims, and clients that lie in others. */
export type Ids = ReadonlyMap<string, string>;

/** Twenty characters of `0-9 a-v`, like the ids that SecureAuth assigns. */
export const newId = (): string => Array.from(randomBytes(20), (byte) => (byte % 32).toString(32)).join('');

/** The ids after a write: those of objects that are still there stay, new objects get new ones. */
export function settleIds(ids: Ids, tree: JsonObject): Ids {
  const settled = new Map<string, string>();
  for (const visited of visitObjects(TENANT, tree)) {
    if (hasHiddenId(visited)) settled.set(visited.pointer, ids.get(visited.pointer) ?? newId());
  }
  return settled;
}

/** The ids without those of clients that lie in other objects: a server that assigns new ones with each import. */
export const withoutEmbeddedClients = (ids: Ids): Ids =>
  new Map(
    [...ids].filter(([pointer]) =>
      ['scopes_without_service', 'services', 'claims'].includes(pointerTokens(pointer)[2] ?? ''),
    ),
  );

function hasHiddenId({ kind, pointer }: Visited): boolean {
  if (kind.name === 'client') return pointerTokens(pointer)[2] !== 'clients';
  return kind.name === 'scope' || kind.name === 'claim';
}
