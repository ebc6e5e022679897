import { buildDump, type DumpEntry, entriesOf } from '../compare/dump-units.ts';
import type { JsonObject } from '../json/json.ts';

/** The vendor's limit of users in one import, with all that belongs to them.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-users.html */
const MAX_USERS_PER_IMPORT = 100;

/** Cuts an identity dump into imports that the API accepts, to send in order. Pools, schemas and groups come first,
 * because users are in them. Users follow, each with all that belongs to it.
 * @param maxUsers of each import, at least 1
 * @returns none for an empty dump */
export function identityBatches(dump: JsonObject, maxUsers: number = MAX_USERS_PER_IMPORT): JsonObject[] {
  const shared: DumpEntry[] = [];
  const users = new Map<string, DumpEntry[]>();
  for (const entry of entriesOf(dump).values()) {
    // Objects that belong to a user are sent with the user.
    if (entry.unit === entry.object.key) shared.push(entry);
    else users.set(entry.unit, [...(users.get(entry.unit) ?? []), entry]);
  }
  const batches = shared.length === 0 ? [] : [shared];
  const wholes = [...users.values()];
  for (let start = 0; start < wholes.length; start += maxUsers) {
    batches.push(wholes.slice(start, start + maxUsers).flat());
  }
  return batches.map(buildDump);
}
