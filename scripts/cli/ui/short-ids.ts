import { TenantBackupError } from '../../../functions/errors.ts';

/** Ids of plans and operations. */
export const WHOLE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Shortest id to show: a copied id should still be unique tomorrow. */
const MIN_SHOWN = 8;
/** Candidates that an error lists. */
const MAX_CANDIDATES = 5;

/** Returns a function that shortens ids to the length at which they differ. */
export function idShortener(ids: readonly string[]): (id: string) => string {
  const sorted = [...new Set(ids)].sort();
  let length = MIN_SHOWN;
  for (const [index, id] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined) continue;
    let common = 0;
    while (common < id.length && id[common] === next[common]) common++;
    length = Math.max(length, common + 1);
  }
  return (id) => id.slice(0, length);
}

/** Finds the item with an id that begins with a prefix; a whole id always matches itself.
 * @param describe names a candidate in the error
 * @returns null if there is none
 * @throws ID_AMBIGUOUS with the candidates */
export function findByPrefix<Item>(
  prefix: string,
  items: readonly Item[],
  idOf: (item: Item) => string,
  describe: (item: Item) => string,
): Item | null {
  const exact = items.find((item) => idOf(item) === prefix);
  if (exact !== undefined) return exact;
  const found = prefix === '' ? [] : items.filter((item) => idOf(item).startsWith(prefix));
  const [only] = found;
  if (found.length <= 1) return only ?? null;
  const listed = found.slice(0, MAX_CANDIDATES).map(describe);
  const rest = found.length - listed.length;
  throw new TenantBackupError(
    'ID_AMBIGUOUS',
    `"${prefix}" matches ${found.length} ids: ${listed.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`,
    { candidates: found.slice(0, MAX_CANDIDATES).map(idOf) },
  );
}
