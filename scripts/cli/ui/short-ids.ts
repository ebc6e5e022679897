import { TenantBackupError } from '../../../functions/errors.ts';

/** Ids of plans and operations. */
export const WHOLE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Shown of an id at least, so that it may be copied and still means the same tomorrow. */
const MIN_SHOWN = 8;
/** More candidates than this help nobody. */
const MAX_CANDIDATES = 5;

/** How much of each id has to be shown so that no two look the same.
 * @returns a function that shortens any of them */
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

/** The one item whose id begins so; the whole id always means itself.
 * @param describe how a candidate is listed, if there are several
 * @returns null if there is none
 * @throws ID_AMBIGUOUS listing the candidates */
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
    `"${prefix}" begins ${found.length} ids: ${listed.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`,
    { candidates: found.slice(0, MAX_CANDIDATES).map(idOf) },
  );
}
