import { compareTrees } from '../config/compare/compare.ts';
import { compareDumps, driftBetween } from '../config/compare/compare-dumps.ts';
import type { ConfigPart } from '../config/export/parts.ts';
import type { JsonObject } from '../config/json/json.ts';
import type { PartName } from '../vault/format/manifest.ts';
import type { NightChange } from './history.ts';
import type { Configurations } from './open-configuration.ts';

/** What a history remembers of one night at most; the numbers are of all of it. */
const MAX_DIFFERENCES = 40;
const MAX_PROPERTIES = 12;

/** Compare the configurations of two backups, part by part. A part that only one of them has is not compared: other
 * exports are made, nothing changed in the tenant.
 * @param from version of the older one
 * @returns counts, and names of objects and properties: no value of any of them; null if there is nothing to compare
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
  // Where objects stand in a dump says nothing: of its secrets only their number is known.
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
  // An object of which only a secret is another one is the same to the comparison.
  const secretOnly = (secrets ?? []).filter((pointer) => !isBelowAny(pointer, owners));
  return {
    compared,
    added: extra,
    removed: differences.filter(({ kind }) => kind === 'missing').length,
    changed: differences.filter(({ kind }) => kind === 'changed').length,
    secrets: isDump ? moved : (secrets?.length ?? null),
    differences: [
      // Not counted: a release did that, and it is listed once however many objects there are.
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

/** @returns pointers of credentials whose fingerprints differ; null if the fingerprints are made with two keys */
function changedSecrets(older: ConfigPart, newer: ConfigPart): string[] | null {
  if (older.fingerprintKey !== newer.fingerprintKey) return null;
  const pointers = new Set([...Object.keys(older.fingerprints), ...Object.keys(newer.fingerprints)]);
  const of = ({ fingerprints }: ConfigPart, pointer: string): string | undefined =>
    Object.hasOwn(fingerprints, pointer) ? fingerprints[pointer] : undefined;
  return [...pointers].filter((pointer) => of(older, pointer) !== of(newer, pointer));
}

/** @returns how many fingerprints are not what they were, wherever they stand; null if they are made with two keys */
function movedSecrets(older: ConfigPart, newer: ConfigPart): number | null {
  if (older.fingerprintKey !== newer.fingerprintKey) return null;
  const [before, after] = [older, newer].map(({ fingerprints }) => new Set(Object.values(fingerprints)));
  if (!before || !after) return null;
  // One that was replaced is gone from the one side and new on the other.
  return Math.max(before.difference(after).size, after.difference(before).size);
}

const countBelow = (pointers: readonly string[], owner: string): number =>
  owner === '' ? 0 : pointers.filter((pointer) => pointer.startsWith(`${owner}/`)).length;

function isBelowAny(pointer: string, owners: ReadonlySet<string>): boolean {
  for (let end = pointer.lastIndexOf('/'); end > 0; end = pointer.lastIndexOf('/', end - 1)) {
    if (owners.has(pointer.slice(0, end))) return true;
  }
  return false;
}
