/** The parts that are dumps: system and identity, each through its own API. */

import { isOfClient } from '../../config/change/dump-align.ts';
import { planDumpChanges } from '../../config/change/dump-change-set.ts';
import {
  orphanedClients,
  type PrunedDumpChangeSet,
  pruneDump,
  removalPatch,
} from '../../config/change/dump-removal.ts';
import {
  dumpPlaceOf,
  isNamedByContent,
  placesOfClient,
  selectInDumps,
} from '../../config/change/dump-selection.ts';
import { dumpWarnings } from '../../config/change/dump-warnings.ts';
import { identityBatches } from '../../config/change/identity-batches.ts';
import { requirePossible } from '../../config/change/require-possible.ts';
import {
  identifierProblems,
  identifierWarnings,
  movedIdentifiers,
  takenIdentifiers,
  takenInTurn,
} from '../../config/change/taken-identifiers.ts';
import { compareDumps, isRuntime } from '../../config/compare/compare-dumps.ts';
import { KEY_ROTATIONS } from '../../config/export/key-rotations.ts';
import { type JsonObject, member, stringifyJson } from '../../config/json/json.ts';
import { type DumpObject, dumpObjectsOf } from '../../config/model/dump-objects.ts';
import type { Warning } from '../../config/model/warning.ts';
import { TenantBackupError } from '../../errors.ts';
import { liveDumpDigest, requireFresh } from '../../plan/freshness.ts';
import { shownDumpChange } from '../../plan/system-plan.ts';
import { exportState } from '../../state/export-state.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { ImportMode } from '../../tenant/http/import-mode.ts';
import type { DumpTarget, Operation, PartChanges, Write } from '../source/restore-plan.ts';
import { disableRemoved, importSystem, requireKeyRotation } from './key-rotations.ts';
import type { Part } from './part.ts';
import { reportOfPart, type Told } from './restore-report.ts';
import { refuseUnlistedObjects } from './validate-changes.ts';
import { verifyDump, verifyUndone } from './verification.ts';

interface DumpChanges extends PartChanges {
  readonly target: DumpTarget;
  readonly live: JsonObject;
  readonly changes: PrunedDumpChangeSet;
  /** What an operator should know about identifiers of people. */
  readonly warnings?: readonly Warning[];
  /** Set if the changes undo others: the dump to return to, and the keys of the objects to compare with it. */
  readonly undone?: { readonly before: JsonObject; readonly keys: ReadonlySet<string> };
}

interface DumpWrite extends Write {
  /** A dump to import, or keys of objects to remove. */
  readonly sent: { readonly dump: JsonObject } | { readonly removed: ReadonlySet<string> };
}

export const dumpPart: Part = {
  isSame: (one: JsonObject, other: JsonObject) =>
    one === other || compareDumps(one, other).differences.length === 0,
  planChanges,
  requireAllowed,
  requireWritable: ({ changes: { problems } }: DumpChanges) =>
    requirePossible({ problems, needsCredentialChoice: false, credentialsDiffering: [] }),
  writesOf,
  async write({ part, mode }: DumpTarget, { sent }: DumpWrite, apis) {
    if ('dump' in sent) return APIS[part].import(apis, sent.dump, mode);
    // The import before may have moved the objects in their lists.
    const patch = removalPatch((await exportState(part, apis)) as JsonObject, sent.removed);
    if (patch !== null) await APIS[part].patch(apis, patch);
  },
  verify: ({ changes, undone }: DumpChanges, after: JsonObject) =>
    undone === undefined ? verifyDump(changes, after) : verifyUndone(undone.before, undone.keys, after),
  planUndo,
  shownChanges: ({ changes }: DumpChanges) =>
    changes.changes.filter(({ kind }) => kind !== 'unchanged').map(shownDumpChange),
  report: (planned: DumpChanges, verification) => reportOfPart(told(planned), verification),
};

function planChanges(target: DumpTarget, live: JsonObject): DumpChanges {
  const { dump, mode, credentials, selection, ownClientId, secretPointers, added, isOwnType, prune } = target;
  const { leaveOutClient } = target;
  const isMeant = selection === undefined ? () => true : selectInDumps([dump, live], selection);
  const isSelected = (object: DumpObject) =>
    !(leaveOutClient !== undefined && isOfClient(object, leaveOutClient)) && isMeant(object);
  const plan = (isWanted: (object: DumpObject) => boolean, freed: readonly string[] = []) => {
    const planned = planDumpChanges(dump, live, {
      mode,
      isSelected: isWanted,
      isOwnType,
      credentials,
      ownClientId,
      secretPointers,
      acrossReleases: true,
    });
    const extra = prune === 'all' ? planned.changes.map(({ key }) => key) : (added ?? []);
    return pruneDump(planned, new Set([...extra, ...orphanedClients(planned, live), ...freed]));
  };
  return withIdentifiers(target, live, isSelected, plan);
}

/** Plans the changes, and treats identifiers that another user has by now as the request says. */
function withIdentifiers(
  target: DumpTarget,
  live: JsonObject,
  isSelected: (object: DumpObject) => boolean,
  plan: (isWanted: typeof isSelected, freed?: readonly string[]) => PrunedDumpChangeSet,
): DumpChanges {
  const { dump, identifiers = 'fail' } = target;
  const planned = plan(isSelected);
  const taken = takenIdentifiers(planned, dump);
  const refused = (changes: PrunedDumpChangeSet, left: typeof taken) =>
    changesOf(target, live, { ...changes, problems: [...changes.problems, ...identifierProblems(left)] });
  if (taken.length === 0 || identifiers === 'fail') return refused(planned, taken);
  if (identifiers === 'skip') {
    const skipped = takenInTurn(taken, planned, dump, live);
    const left = new Set(skipped.map(({ object }) => object.key));
    return {
      ...changesOf(
        target,
        live,
        plan((object) => isSelected(object) && !left.has(object.key)),
      ),
      warnings: identifierWarnings(skipped, identifiers),
    };
  }
  const freed = new Set(taken.map(({ holder }) => holder.key));
  const changes = plan((object) => isSelected(object) || freed.has(object.key), [...freed]);
  const warnings = identifierWarnings(taken, identifiers);
  return { ...refused(changes, takenIdentifiers(changes, dump)), warnings };
}

const changesOf = (target: DumpTarget, live: JsonObject, changes: PrunedDumpChangeSet): DumpChanges => ({
  target,
  live,
  changes,
  creates: changes.changes
    .filter((change) => change.kind === 'created' && !isNamedByContent(change))
    .map(({ key }) => key),
});

function requireAllowed(
  { target: { part, selection, isOwnType }, live, changes }: DumpChanges,
  { enrolment, plan }: Pick<Operation, 'enrolment' | 'plan'>,
): void {
  if (plan !== null && part === 'system') {
    const { clientId } = enrolment;
    const present = liveDumpDigest({ exported: live, clientId }, changes, plan.fingerprintKey);
    requireFresh(plan.document, part, present);
  }
  // A selection of workspaces may mean objects of the hub alone.
  if (changes.changes.length === 0 && selection !== undefined && isOwnType === undefined) {
    throw new TenantBackupError('INVALID_REQUEST', `selection must mean an object of the part ${part}`, {
      part,
    });
  }
  if (part === 'system') {
    refuseUnlistedObjects(changes, enrolment.workspaces);
    requireKeyRotation(changes.document, enrolment);
  }
}

/** Imports, then deletes. Identifiers that another user gets are removed before. */
function writesOf({ target: { part, send }, live, changes }: DumpChanges): DumpWrite[] {
  const { removed } = changes;
  const document = send === 'everything' ? wholeOf(changes) : changes.document;
  const batches = document === null ? [] : APIS[part].batches(document);
  const writes = batches.map((dump): DumpWrite => ({ phase: 'importing', sent: { dump } }));
  const freed =
    part === 'identity' ? movedIdentifiers(changes.targetState, live, removed) : new Set<string>();
  const disabling = disableRemoved(live, removed);
  const others = (disabling?.others ?? removed).difference(freed);
  return [
    ...(freed.size === 0 ? [] : [{ phase: 'pruning', sent: { removed: freed } } as const]),
    ...writes,
    ...(disabling === null ? [] : [{ phase: 'pruning', sent: { dump: disabling.dump } } as const]),
    ...(others.size === 0 ? [] : [{ phase: 'pruning', sent: { removed: others } } as const]),
  ];
}

/** Returns all of a system dump as it must be, without what happened at runtime. Each schedule of key rotation is a request of its
 * own, so that only those to write are in it. */
function wholeOf({ document, targetState }: PrunedDumpChangeSet): JsonObject | null {
  if (document === null) return null;
  const lists = Object.entries(targetState).filter(([name]) => name !== KEY_ROTATIONS && !isRuntime(name));
  const rotations = member(document, KEY_ROTATIONS);
  return Object.fromEntries(rotations === undefined ? lists : [...lists, [KEY_ROTATIONS, rotations]]);
}

/** Plans the undoing of what was written. An import brings back what existed; a patch removes what was added, as no import can.
 * Changes that others made meanwhile stay. */
function planUndo({ target, changes }: DumpChanges, now: JsonObject, before: JsonObject): DumpChanges {
  const { isOwnType = () => true } = target;
  const keysOf = (dump: JsonObject) =>
    new Set([...dumpObjectsOf(dump)].flatMap(({ type, key }) => (isOwnType(type) ? [key] : [])));
  const [there, here] = [keysOf(before), keysOf(now)];
  const keys = new Set(changes.changes.filter(({ kind }) => WRITTEN.has(kind)).map(({ key }) => key));
  // Assume that the operation deleted what is gone.
  for (const key of there) if (!here.has(key)) keys.add(key);
  const undo = planDumpChanges(before, now, { mode: 'update', isSelected: ({ key }) => keys.has(key) });
  const removed = new Set([...keys].filter((key) => here.has(key) && !there.has(key)));
  const deletes = target.part === 'system' && verifyDump(changes, now).lost.length > 0;
  const send = deletes ? 'everything' : target.send;
  return {
    ...changesOf({ ...target, mode: 'update', ...(send && { send }) }, now, { ...undo, removed }),
    undone: { before, keys },
  };
}

const WRITTEN: ReadonlySet<string> = new Set(['created', 'updated', 'pruned']);

function told({ target, changes, live, warnings = [] }: DumpChanges): Told {
  const { part, dump, ownClientId, isOwnType } = target;
  // All data of people counts as secret, but only what they authenticate with is a credential.
  const hasCredentials = (type: string) => part === 'system' || type === 'user_credentials';
  return {
    counts: changes.counts,
    pruned: changes.changes.filter(({ kind }) => kind === 'pruned').map(dumpPlaceOf),
    // The hub skips the client.
    leftOut: [...(isOwnType === undefined ? placesOfClient([dump, live], ownClientId) : []), ...changes.kept],
    credentialsDiffering: changes.changes
      .filter(
        ({ kind, type, properties }) =>
          kind === 'updated' && hasCredentials(type) && properties.some(({ secret }) => secret),
      )
      .map(dumpPlaceOf),
    problems: changes.problems,
    warnings: [...(target.warnings ?? []), ...warnings, ...dumpWarnings(changes)],
  };
}

/** What differs between the APIs of the two parts. */
interface DumpApi {
  batches(document: JsonObject): readonly JsonObject[];
  import(apis: Tenant, dump: JsonObject, mode: ImportMode): Promise<void>;
  patch(apis: Tenant, operations: string): Promise<void>;
}

const APIS: Readonly<Record<DumpTarget['part'], DumpApi>> = {
  system: {
    batches: (document) => [document],
    import: importSystem,
    patch: ({ system }, operations) => system.patchDump(operations, { mode: 'update' }),
  },
  identity: {
    batches: identityBatches,
    import: ({ identity }, dump) => identity.importDump(stringifyJson(dump)),
    patch: ({ identity }, operations) => identity.patchDump(operations, { mode: 'update' }),
  },
};
