/** Finds identifiers that a restored person would share with another user. An identifier names one user of a pool: SecureAuth
 * refuses an import that gives it to a second one, or a login becomes ambiguous. */
import { type Json, type JsonObject, member } from '../json/json.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import type { Warning } from '../model/warning.ts';
import type { Problem } from './change-types.ts';
import type { DumpChangeSet } from './dump-change-set.ts';
import { dumpPlaceOf } from './dump-selection.ts';

/** How a restore treats an identifier that another user has: it refuses the whole, leaves the identifier out, or takes it from
 * that user. */
export const IDENTIFIER_CHOICES = ['fail', 'skip', 'take'] as const;
export type IdentifierChoice = (typeof IDENTIFIER_CHOICES)[number];

export interface TakenIdentifier {
  /** The object to restore. */
  readonly object: DumpObject;
  /** The object of the other user, in the live dump. */
  readonly holder: DumpObject;
}

/** Finds what a change set gives to one user although another user keeps it. Duplicates that the backup itself holds are none
 * of these.
 * @param desired the dump to restore
 * @returns at most one holder for each object */
export function takenIdentifiers(
  { changes, targetState }: Pick<DumpChangeSet, 'changes' | 'targetState'>,
  desired: JsonObject,
): TakenIdentifier[] {
  const written = writtenIn(changes);
  const known = ownersIn(desired);
  const claims = claimsIn(targetState);
  const holders = Map.groupBy(
    claims.filter((claim) => !written.has(claim.object.key) && !known.has(ownerOf(claim))),
    ({ name }) => name,
  );
  return claims.flatMap(({ object, name, userId }) => {
    if (!written.has(object.key)) return [];
    const other = holders.get(name)?.find((each) => each.userId !== userId);
    return other === undefined ? [] : [{ object, holder: other.object }];
  });
}

/** Adds what leaving these out takes in turn: an object that stays as it is keeps the identifier that it was to give up.
 * @param taken see `takenIdentifiers`, as all others
 * @param live the dump of the tenant */
export function takenInTurn(
  taken: readonly TakenIdentifier[],
  { changes, targetState }: Pick<DumpChangeSet, 'changes' | 'targetState'>,
  desired: JsonObject,
  live: JsonObject,
): TakenIdentifier[] {
  const written = writtenIn(changes);
  const known = ownersIn(desired);
  const claims = claimsIn(targetState).filter(({ object }) => written.has(object.key));
  const claimants = Map.groupBy(claims, ({ name }) => name);
  const kept = new Map(claimsIn(live).map((claim) => [claim.object.key, claim]));
  const found = new Map(taken.map((each) => [each.object.key, each]));
  // The loop meets what it adds.
  for (const { object } of found.values()) {
    const holder = kept.get(object.key);
    if (holder === undefined || known.has(ownerOf(holder))) continue;
    for (const claim of claimants.get(holder.name) ?? []) {
      const { key } = claim.object;
      if (claim.userId === holder.userId || found.has(key)) continue;
      found.set(key, { object: claim.object, holder: holder.object });
    }
  }
  return [...found.values()];
}

const writtenIn = (changes: DumpChangeSet['changes']): ReadonlySet<string> =>
  new Set(changes.flatMap(({ kind, key }) => (kind === 'created' || kind === 'updated' ? [key] : [])));

const ownersIn = (dump: JsonObject): ReadonlySet<string> => new Set(claimsIn(dump).map(ownerOf));

const ownerOf = ({ name, userId }: Claim): string => JSON.stringify([name, userId]);

/** Words what stops the restore: ids, as an identifier is personal data. */
export const identifierProblems = (taken: readonly TakenIdentifier[]): Problem[] =>
  taken.map(({ object, holder }) => ({
    code: 'IDENTIFIER_TAKEN',
    pointer: dumpPlaceOf(object),
    message: `${object.type} ${object.id} of user ${userOf(object)} is in use by user ${userOf(holder)}: choose "skip" or "take" for identifiers`,
  }));

/** Words what the choice does. */
export function identifierWarnings(
  taken: readonly TakenIdentifier[],
  choice: Exclude<IdentifierChoice, 'fail'>,
): Warning[] {
  if (taken.length === 0) return [];
  const isSkip = choice === 'skip';
  return [
    {
      code: isSkip ? 'IDENTIFIERS_SKIPPED' : 'IDENTIFIERS_TAKEN',
      message: isSkip
        ? `${taken.length} identifiers are left out: other users have them now`
        : `${taken.length} identifiers are taken from the users who have them now`,
      pointers: taken.map(({ object, holder }) => dumpPlaceOf(isSkip ? object : holder)),
    },
  ];
}

/** Finds the live identifiers that go from one user to another. They have to be removed before the import: it may have several
 * batches, and each must leave every identifier with one user.
 * @param removed keys of the objects that the operation removes
 * @returns keys of objects that nothing refers to */
export function movedIdentifiers(
  targetState: JsonObject,
  live: JsonObject,
  removed: ReadonlySet<string>,
): ReadonlySet<string> {
  const claims = claimsIn(targetState).filter(({ object }) => !removed.has(object.key));
  const names = new Map(claims.map(({ object, name }) => [object.key, name]));
  const users = Map.groupBy(claims, ({ name }) => name);
  return new Set(
    claimsIn(live).flatMap(({ object, name, userId }) => {
      const isGiven = users.get(name)?.some((claim) => claim.userId !== userId) ?? false;
      return isGiven && names.get(object.key) !== name ? [object.key] : [];
    }),
  );
}

interface Claim {
  readonly object: DumpObject;
  /** The identifier in its pool. Personal data. */
  readonly name: string;
  readonly userId: Json | undefined;
}

const claimsIn = (dump: JsonObject): Claim[] =>
  [...dumpObjectsOf(dump)].flatMap((object) => {
    const name = nameOf(object);
    return name === null ? [] : [{ object, name, userId: userOf(object) }];
  });

const userOf = ({ body }: DumpObject): Json | undefined => member(body, 'user_id');

/** @returns null for an object that names no user: addresses count once they are verified */
function nameOf({ type, body }: DumpObject): string | null {
  const isAddress = type === 'user_verifiable_addresses';
  const text =
    type === 'user_identifiers'
      ? member(body, 'identifier')
      : isAddress && member(body, 'verified') === true
        ? member(body, 'address')
        : undefined;
  if (typeof text !== 'string' || text === '') return null;
  // SecureAuth compares in lower case (`identifier_lc`, `address_lc`).
  return JSON.stringify([isAddress, member(body, 'user_pool_id') ?? null, text.toLowerCase()]);
}
