import { compareTrees } from '../config/compare/compare.ts';
import { compareDumps, driftBetween } from '../config/compare/compare-dumps.ts';
import { missingCredentials } from '../config/compare/missing-credentials.ts';
import type { ConfigPart } from '../config/export/parts.ts';
import type { JsonObject } from '../config/json/json.ts';
import type { PartName } from '../vault/format/manifest.ts';
import type { NightChange } from './history.ts';
import type { Configurations } from './open-configuration.ts';

/** Limits of the differences that a history lists for one night. The counts cover all differences. */
const MAX_DIFFERENCES = 40;
const MAX_PROPERTIES = 12;

/** Compares the configurations of two backups, part by part. It ignores a part that only one of them has, as only the
 * selection of exports changed, not the tenant.
 * @param from version id of the older backup
 * @returns counts, and names of objects and properties without values; null if the backups share no part
 * @throws INVALID_REQUEST, EXPORT_MALFORMED see `compareTrees` */
export function changeBetween(
  older: Configurations,
  newer: Configurations,
  from: string,
): NightChange | null {
  const changes = [...newer].flatMap(([part, config]) => {
    const before = older.get(part);
    return before ? [changeOfPart(part, before, config)] : [];
  });
  if (changes.length === 0) return null;
  const sum = (of: (change: PartChange) => number): number =>
    changes.reduce((total, change) => total + of(change), 0);
  return {
    from,
    compared: sum(({ compared }) => compared),
    added: sum(({ added }) => added),
    removed: sum(({ removed }) => removed),
    changed: sum(({ changed }) => changed),
    secrets: changes.some(({ secrets }) => secrets === null) ? null : sum(({ secrets }) => secrets ?? 0),
    replaced: changes.some(({ replaced }) => replaced === null) ? null : sum(({ replaced }) => replaced ?? 0),
    missing: sum(({ missing }) => missing),
    differences: changes.flatMap(({ differences }) => differences).slice(0, MAX_DIFFERENCES),
  };
}

type PartChange = Omit<NightChange, 'from'>;

function changeOfPart(part: PartName, older: ConfigPart, newer: ConfigPart): PartChange {
  const options = {
    secretPointers: [...Object.keys(older.fingerprints), ...Object.keys(newer.fingerprints)],
  };
  const isDump = part === 'system.config';
  const { compared, extra, drift, differences } = isDump
    ? compareDumps(older.document as JsonObject, newer.document as JsonObject, {
        ...options,
        driftOf: driftBetween(older.document as JsonObject, newer.document as JsonObject),
      })
    : compareTrees(older.document, newer.document, { ...options, acrossReleases: true });
  // Positions in a dump are not stable, so its secrets can only be counted.
  const moved = isDump ? movedSecrets(older, newer) : null;
  const secrets = isDump ? [] : changedSecrets(older, newer);
  const named = differences.map(({ kind, type, pointer, properties }) => ({
    kind: KINDS[kind],
    type,
    at: pointer,
    properties: properties.slice(0, MAX_PROPERTIES).map((property) => property.pointer.slice(pointer.length)),
    secrets: countBelow(secrets ?? [], pointer),
  }));
  const owners = new Set(named.map(({ at }) => at));
  // The comparison treats objects that differ only in a secret as equal.
  const secretOnly = (secrets ?? []).filter((pointer) => !isBelowAny(pointer, owners));
  return {
    compared,
    added: extra,
    removed: differences.filter(({ kind }) => kind === 'missing').length,
    changed: differences.filter(({ kind }) => kind === 'changed').length,
    secrets: isDump ? (moved?.any ?? null) : (secrets?.length ?? null),
    replaced: isDump ? (moved?.replaced ?? null) : replacedIn(older, newer, secrets),
    missing: missingCredentials(older, newer, differences, isDump).length,
    differences: [
      // A SecureAuth release caused this drift: list it once, and count no objects for it.
      ...drift.map(({ change, type, member }) => ({
        kind: change === 'added' ? ('added' as const) : ('removed' as const),
        type: `member of every ${type}`,
        at: member,
        properties: [],
        secrets: 0,
      })),
      ...named,
      ...secretOnly.map((pointer) => ({
        kind: 'changed' as const,
        type: 'credential',
        at: pointer,
        properties: [],
        secrets: 1,
      })),
    ],
  };
}

const KINDS = { missing: 'removed', extra: 'added', changed: 'changed' } as const;

/** Returns the pointers of credentials whose fingerprints differ, or null if the fingerprint keys differ. */
function changedSecrets(older: ConfigPart, newer: ConfigPart): string[] | null {
  if (older.fingerprintKey !== newer.fingerprintKey) return null;
  const pointers = new Set([...Object.keys(older.fingerprints), ...Object.keys(newer.fingerprints)]);
  const of = ({ fingerprints }: ConfigPart, pointer: string): string | undefined =>
    Object.hasOwn(fingerprints, pointer) ? fingerprints[pointer] : undefined;
  return [...pointers].filter((pointer) => of(older, pointer) !== of(newer, pointer));
}

/** Counts the fingerprints that changed, at any position. A replaced secret is missing on one side and new on the other, and
 * counts once. Returns null if the fingerprint keys differ. */
function movedSecrets(older: ConfigPart, newer: ConfigPart): { any: number; replaced: number } | null {
  if (older.fingerprintKey !== newer.fingerprintKey) return null;
  const [before, after] = [older, newer].map(({ fingerprints }) => new Set(Object.values(fingerprints)));
  if (!before || !after) return null;
  const [lost, added] = [before.difference(after).size, after.difference(before).size];
  return { any: Math.max(lost, added), replaced: Math.min(lost, added) };
}

/** Counts the credentials that have another value at their place: neither added nor removed. */
const replacedIn = (older: ConfigPart, newer: ConfigPart, changed: readonly string[] | null): number | null =>
  changed?.filter(
    (pointer) => Object.hasOwn(older.fingerprints, pointer) && Object.hasOwn(newer.fingerprints, pointer),
  ).length ?? null;

const countBelow = (pointers: readonly string[], owner: string): number =>
  owner === '' ? 0 : pointers.filter((pointer) => pointer.startsWith(`${owner}/`)).length;

function isBelowAny(pointer: string, owners: ReadonlySet<string>): boolean {
  for (let end = pointer.lastIndexOf('/'); end > 0; end = pointer.lastIndexOf('/', end - 1)) {
    if (owners.has(pointer.slice(0, end))) return true;
  }
  return false;
}
