import { compareTrees } from '../config/compare.ts';
import type { ConfigPart } from '../config/parts.ts';
import type { NightChange } from './history.ts';

/** What a history remembers of one night at most; the numbers are of all of it. */
const MAX_DIFFERENCES = 40;
const MAX_PROPERTIES = 12;

/** Compare the configurations of two backups.
 * @param from version of the older one
 * @returns counts, and names of objects and properties: no value of any of them
 * @throws INVALID_REQUEST, EXPORT_MALFORMED see `compareTrees` */
export function changeBetween(older: ConfigPart, newer: ConfigPart, from: string): NightChange {
  const { compared, extra, differences } = compareTrees(older.document, newer.document, {
    secretPointers: [...Object.keys(older.fingerprints), ...Object.keys(newer.fingerprints)],
  });
  const secrets = changedSecrets(older, newer);
  const named = differences.map(({ kind, type, pointer, properties }) => ({
    kind: KINDS[kind],
    type,
    at: pointer,
    properties: properties.slice(0, MAX_PROPERTIES).map((property) => property.pointer.slice(pointer.length)),
    secrets: countBelow(secrets ?? [], pointer),
  }));
  const owners = new Set(named.map(({ at }) => at));
  // An object of which only a secret is another one is the same to `compareTrees`.
  const secretOnly = (secrets ?? []).filter((pointer) => !isBelowAny(pointer, owners));
  return {
    from,
    compared,
    added: extra,
    removed: differences.filter(({ kind }) => kind === 'missing').length,
    changed: differences.filter(({ kind }) => kind === 'changed').length,
    secrets: secrets?.length ?? null,
    differences: [
      ...named,
      ...secretOnly.map((pointer) => ({
        kind: 'changed' as const,
        type: 'credential',
        at: pointer,
        properties: [],
        secrets: 1,
      })),
    ].slice(0, MAX_DIFFERENCES),
  };
}

const KINDS = { missing: 'removed', extra: 'added', changed: 'changed' } as const;

/** @returns pointers of credentials whose fingerprints differ; null if the fingerprints are made with two keys */
function changedSecrets(older: ConfigPart, newer: ConfigPart): string[] | null {
  if (older.fingerprintKey !== newer.fingerprintKey) return null;
  const pointers = new Set([...Object.keys(older.fingerprints), ...Object.keys(newer.fingerprints)]);
  const of = ({ fingerprints }: ConfigPart, pointer: string): string | undefined =>
    Object.hasOwn(fingerprints, pointer) ? fingerprints[pointer] : undefined;
  return [...pointers].filter((pointer) => of(older, pointer) !== of(newer, pointer));
}

const countBelow = (pointers: readonly string[], owner: string): number =>
  owner === '' ? 0 : pointers.filter((pointer) => pointer.startsWith(`${owner}/`)).length;

function isBelowAny(pointer: string, owners: ReadonlySet<string>): boolean {
  for (let end = pointer.lastIndexOf('/'); end > 0; end = pointer.lastIndexOf('/', end - 1)) {
    if (owners.has(pointer.slice(0, end))) return true;
  }
  return false;
}
