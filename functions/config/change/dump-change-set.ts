/** Computes what an operation changes through the system or identity API of a tenant, as `planChanges` does for
 * trees. */

import { compareDumps, driftBetween, isRuntime, PERSONAL } from '../compare/compare-dumps.ts';
import type { ObjectDifference } from '../compare/compare-objects.ts';
import { type ChangedObject, type DriftedMember, findInsisted } from '../compare/drift.ts';
import { type DumpEntry, entriesOf, sendWholes } from '../compare/dump-units.ts';
import type { JsonObject } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import { DUMP_COMPARE_CURSOR, DUMP_CURSOR } from '../model/dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { ownAccess } from '../model/own-access.ts';
import { danglingIn } from '../references/dump-references.ts';
import type { CredentialChoice } from './change-credentials.ts';
import type { ReleaseOptions } from './change-objects.ts';
import type { ChangeKind, ChangeMode, Problem, PropertyChange } from './change-types.ts';
import { asNew, isOfClient, withLiveCredentials, withLiveIds } from './dump-align.ts';
import { dumpPlaceOf } from './dump-selection.ts';
import { withoutNeededSettings } from './keep-own-access.ts';
import { putDifferences } from './put-differences.ts';
import type { TargetStateCheck } from './target-state.ts';

export interface PlanDumpOptions extends ReleaseOptions {
  /** Always `update` for the identity API, which has no modes. */
  readonly mode: ChangeMode;
  /** @default - everything */
  readonly isSelected?: ((object: DumpObject) => boolean) | undefined;
  /** Types that the operation restores through the dump. It has restored selected objects of all others before.
   * @default - all types */
  readonly isOwnType?: ((type: string) => boolean) | undefined;
  /** Credentials of existing objects. @default 'restore' */
  readonly credentials?: CredentialChoice | undefined;
  /** The client that this operation authenticates with. It is skipped, with all that it needs to authenticate again. @default - none */
  readonly ownClientId?: string | undefined;
  /** JSON Pointers into the desired dump of further secrets. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
}

/** What happens to one object. */
export interface DumpChange {
  readonly type: string;
  readonly id: string;
  readonly workspace?: string;
  /** See `DumpObject.key`: pointers into dumps are not stable. */
  readonly key: string;
  readonly kind: ChangeKind;
  readonly properties: readonly PropertyChange[];
}

export interface DumpChangeSet {
  /** Every selected object, also unchanged ones; then those that only the tenant has. */
  readonly changes: readonly DumpChange[];
  readonly counts: Readonly<Partial<Record<ChangeKind, number>>>;
  readonly isEmpty: boolean;
  /** The dump to import: whole elements, and only those that must be sent; null for none. Holds secrets.
   * @see identityBatches for identity dumps, which need several imports */
  readonly document: JsonObject | null;
  /** The tenant's state afterwards. Holds secrets.
   * @see verifyDumpTargetState */
  readonly targetState: JsonObject;
  /** Both dumps, if they may come from two releases, else null. Hold secrets. */
  readonly releases: { readonly desired: JsonObject; readonly live: JsonObject } | null;
  /** Members that do not count as differences, because a release adds or withdraws them. */
  readonly drift: readonly DriftedMember[];
  /** Places of objects and settings that stay, because the operation's own client needs them. */
  readonly kept: readonly string[];
  /** Members that keep the tenant's credentials, by choice or because the desired dump shows none: `<object key>
   * <member>`. */
  readonly filled: readonly string[];
  /** If there are problems, the operation must not run. */
  readonly problems: readonly Problem[];
}

/** Computes the changes that make a tenant what a dump says. It deletes nothing: objects that only the tenant has
 * stay, even inside a service or a user, which an import replaces as a whole.
 * @param desired system dump, or identity dump, of this tenant; neither dump is modified
 * @param live the tenant's own dump of the same kind */
export function planDumpChanges(
  desired: JsonObject,
  live: JsonObject,
  {
    mode,
    isSelected = () => true,
    isOwnType = () => true,
    credentials,
    ownClientId,
    acrossReleases = false,
    desiredIsNewer = false,
    secretPointers = [],
  }: PlanDumpOptions,
): DumpChangeSet {
  const liveEntries = entriesOf(live);
  const there = new Map([...liveEntries].map(([key, { object }]) => [key, object] as const));
  const { dump: wanted, filled } = align(withLiveIds(desired, live), there, credentials, isOwnType);
  const isOwn = (object: DumpObject) => ownClientId !== undefined && isOfClient(object, ownClientId);
  const isMeant = (object: DumpObject) =>
    !isRuntime(object.type) && isOwnType(object.type) && !isOwn(object) && isSelected(object);

  const compared = compareDumps(wanted, live, {
    secretPointers,
    ignore: ({ type }) => !isOwnType(type),
    driftOf: acrossReleases ? driftBetween(wanted, live, desiredIsNewer) : undefined,
  });
  const access = ownAccess(there.values(), ownClientId);
  const { differences, settings } = withoutNeededSettings(
    compared.differences,
    (object) => mode === 'update' && access.isIssuer(object),
  );
  const byPointer = new Map(
    differences.flatMap((each) => (each.kind === 'extra' ? [] : [[each.pointer, each] as const])),
  );
  const desiredEntries = new Map(
    [...entriesOf(wanted)].map(([key, entry]) => [key, asLive(entry, there.get(key), byPointer)] as const),
  );
  const changes: DumpChange[] = [];
  const kept: string[] = [];
  for (const { object } of desiredEntries.values()) {
    if (!isMeant(object)) continue;
    const difference = byPointer.get(object.pointer);
    const kind = kindOf(difference?.kind, mode);
    const names = settings.get(object.pointer) ?? [];
    kept.push(...names.map((name) => childPointer(dumpPlaceOf(object), name)));
    if ((kind === 'created' || kind === 'updated') && access.needs(object)) {
      kept.push(dumpPlaceOf(object));
      continue;
    }
    changes.push(
      changeOf(
        object,
        kind,
        (difference?.properties ?? []).map(({ pointer, expected, actual, secret }) => ({
          pointer,
          ...(actual !== undefined && { old: actual }),
          ...(expected !== undefined && { new: expected }),
          secret,
        })),
      ),
    );
  }
  for (const object of there.values()) {
    if (isMeant(object) && !desiredEntries.has(object.key)) changes.push(changeOf(object, 'extra'));
  }

  const written = new Set(
    changes.filter(({ kind }) => kind === 'created' || kind === 'updated').map(({ key }) => key),
  );
  const { document, targetState, ownerless } = sendWholes(desiredEntries, liveEntries, written);
  const sentKeys = new Set(document === null ? [] : entriesOf(document).keys());
  const restoredBefore = new Map(
    [...desiredEntries].flatMap(([key, { object }]) =>
      !isOwnType(object.type) && isSelected(object) ? [[key, object] as const] : [],
    ),
  );
  const problems = [
    ...danglingIn(targetState, ({ key }) => sentKeys.has(key), restoredBefore.values()).map(
      ({ from, pointer, target }): Problem => ({
        code: 'DANGLING_REFERENCE',
        pointer,
        message: `${from.type} ${from.id} names ${target.type} ${target.id}, which will not exist`,
      }),
    ),
    ...ownerless.flatMap((key): Problem[] => {
      const { object, owner } = desiredEntries.get(key) as DumpEntry;
      if (owner !== undefined && restoredBefore.has(owner.key)) return [];
      const { type, id, pointer } = object;
      const message = `${type} ${id} lies in an object that neither exists nor is selected`;
      return [{ code: 'OWNER_MISSING', pointer, message }];
    }),
    ...(mode === 'fail' ? conflicts(changes) : []),
  ];
  return {
    changes,
    counts: countKinds(changes),
    isEmpty: document === null,
    document,
    targetState,
    releases: acrossReleases ? { desired, live } : null,
    drift: compared.drift,
    kept,
    filled,
    problems,
  };
}

/** Returns an object that differs as the tenant has it, with the differences as desired. */
function asLive(
  entry: DumpEntry,
  present: DumpObject | undefined,
  differences: ReadonlyMap<string, ObjectDifference>,
): DumpEntry {
  const { object } = entry;
  const properties = differences.get(object.pointer)?.properties ?? [];
  if (present === undefined || properties.length === 0) return entry;
  const body = putDifferences(object.pointer, object.body, present.body, properties, DUMP_CURSOR);
  return { ...entry, object: { ...object, body } };
}

/** Compares a tenant with the target state, as `verifyTargetState` does.
 * @param after the tenant's dump now */
export function verifyDumpTargetState(
  { targetState, changes, releases }: Pick<DumpChangeSet, 'targetState' | 'changes' | 'releases'>,
  after: JsonObject,
): TargetStateCheck {
  const keys = new Set(changes.map(({ key }) => key));
  const driftOf =
    releases === null
      ? undefined
      : (changed: readonly ChangedObject[]) =>
          findInsisted({
            expected: () => dumpObjectsOf(releases.desired),
            actual: () => [...dumpObjectsOf(releases.live), ...dumpObjectsOf(after)],
            changed,
            table: DUMP_COMPARE_CURSOR,
            personal: PERSONAL,
          });
  const own = compareDumps(targetState, after, { driftOf, ignore: ({ key }) => !keys.has(key) });
  const others = compareDumps(targetState, after, { driftOf, ignore: ({ key }) => keys.has(key) });
  return { own, others, insisted: own.drift };
}

function kindOf(difference: 'missing' | 'changed' | 'extra' | undefined, mode: ChangeMode): ChangeKind {
  if (difference === undefined) return 'unchanged';
  if (difference === 'missing') return 'created';
  return mode === 'update' ? 'updated' : 'kept';
}

const changeOf = (
  { type, id, workspace, key }: DumpObject,
  kind: ChangeKind,
  properties: readonly PropertyChange[] = [],
): DumpChange => ({ type, id, ...(workspace === undefined ? {} : { workspace }), key, kind, properties });

const conflicts = (changes: readonly DumpChange[]): Problem[] =>
  changes
    .filter(({ kind }) => kind === 'kept' || kind === 'unchanged')
    .map(({ type, id }) => ({
      code: 'CONFLICT',
      pointer: `/${type}`,
      message: `${type} ${id} exists, and the mode is fail`,
    }));

function countKinds(changes: readonly DumpChange[]): Partial<Record<ChangeKind, number>> {
  const counts: Partial<Record<ChangeKind, number>> = {};
  for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Gives every element that the tenant has too the tenant's credentials where it shows none. */
function align(
  dump: JsonObject,
  there: ReadonlyMap<string, DumpObject>,
  choice: CredentialChoice | undefined,
  isOwnType: (type: string) => boolean,
): { readonly dump: JsonObject; readonly filled: readonly string[] } {
  const filled: string[] = [];
  const aligned: Record<string, JsonObject[keyof JsonObject]> = { ...dump };
  for (const object of dumpObjectsOf(dump)) {
    const counterpart = there.get(object.key);
    const [, collection = '', index, nested] = object.pointer.split('/');
    // Lists inside services hold no credentials. Personal data is secret, but no credential.
    if (nested !== undefined || PERSONAL.has(object.type) || !isOwnType(object.type)) continue;
    const own = (
      index === undefined ? dump[collection] : (dump[collection] as readonly JsonObject[])[Number(index)]
    ) as JsonObject;
    const result =
      counterpart === undefined
        ? { element: asNew(object.type, own), filled: [] }
        : withLiveCredentials(object.type, own, counterpart.body as JsonObject, choice);
    if (result.element === own) continue;
    filled.push(...result.filled.map((member) => `${object.key} ${member}`));
    if (index === undefined) aligned[collection] = result.element;
    else {
      if (aligned[collection] === dump[collection])
        aligned[collection] = [...(dump[collection] as JsonObject[])];
      (aligned[collection] as JsonObject[])[Number(index)] = result.element;
    }
  }
  return { dump: aligned, filled };
}
