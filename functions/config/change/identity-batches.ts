import { buildDump, type DumpEntry, entriesOf } from '../compare/dump-units.ts';
import type { JsonObject } from '../json/json.ts';

/** The vendor's bound on the users of one import, with all that belongs to them.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-users.html */
const MAX_USERS_PER_IMPORT = 100;

/** Cuts an identity dump into imports that the API takes, to be sent one after the other: pools, schemas and groups first, as
 * people are in them, then people with all that belongs to each.
 * @param maxUsers of each import, at least 1
 * @returns none for an empty dump */
export function identityBatches(dump: JsonObject, maxUsers: number = MAX_USERS_PER_IMPORT): JsonObject[] {
  const shared: DumpEntry[] = [];
  const users = new Map<string, DumpEntry[]>();
  for (const entry of entriesOf(dump).values()) {
    // Whoever belongs to a user is sent in the user's whole.
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
