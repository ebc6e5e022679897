/** The part hub: the configuration as a tree, through the API of the hub. */
import { type ChangeSet, planChanges } from '../../config/change/change-set.ts';
import { typeChanges } from '../../config/change/type-changes.ts';
import { compareTrees } from '../../config/compare/compare.ts';
import { type Json, type JsonObject, member, stringifyJson } from '../../config/json/json.ts';
import { mergePatchBetween } from '../../config/json/merge-patch.ts';
import { parsePointer } from '../../config/json/pointer.ts';
import { buildTree } from '../../config/model/build-tree.ts';
import { objectsOf } from '../../config/model/objects.ts';
import { isAmong, placesOf } from '../../config/model/places.ts';
import { BUILT_IN_WORKSPACES } from '../../config/references/reference-targets.ts';
import { liveDigest, requireFresh } from '../../plan/freshness.ts';
import { shownChange } from '../../plan/plan-document.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { ImportMode } from '../../tenant/http/import-mode.ts';
import { parsePatch } from '../source/patch-request.ts';
import type { DesiredTree, HubTarget, Operation, PartChanges, Write } from '../source/restore-plan.ts';
import type { Part } from './part.ts';
import { reportOfPart } from './restore-report.ts';
import { refuseLeftOut, refuseUnlisted, validateChanges } from './validate-changes.ts';
import { verifyTree } from './verification.ts';

interface TreeChanges extends PartChanges {
  readonly target: HubTarget;
  readonly changes: ChangeSet;
}

interface TreeWrite extends Write {
  readonly api: 'import' | 'patch';
  readonly document: Json;
  /** Set if the write is of one workspace. */
  readonly place?: { readonly workspace: string; readonly index: number };
}

export const hubPart: Part = {
  isSame: (one, other) => one === other || compareTrees(one, other).differences.length === 0,
  planChanges: planTree,
  requireAllowed,
  requireWritable({ target: { desired, prune }, changes }: TreeChanges) {
    if (desired.kind !== 'emptied') validateChanges(changes, prune);
  },
  writesOf,
  write,
  verify: ({ changes }: TreeChanges, after) => verifyTree(changes, after),
  planUndo,
  shownChanges: ({ changes }: TreeChanges) =>
    changes.changes.filter(({ kind }) => kind !== 'unchanged').map(shownChange),
  report: ({ changes }: TreeChanges, verification) =>
    reportOfPart(
      {
        ...changes,
        pruned: changes.changes.filter(({ kind }) => kind === 'pruned').map(({ pointer }) => pointer),
      },
      verification,
    ),
};

function planTree(target: HubTarget, live: Json): TreeChanges {
  const { desired, mode, selection, covers, credentials, prune, ownClientId, added } = target;
  const source = desired.kind === 'backup' ? desired : undefined;
  const tree = desiredTree(desired, live);
  const planned = planChanges(tree, live, {
    mode,
    selection,
    covers,
    credentials,
    prune: prune !== false,
    ownClientId,
    secretPointers: source?.secretPointers,
    acrossReleases: source !== undefined,
    leaveOut: [...(source?.leaveOut ?? []), ...(added === null ? [] : extrasBut(added, tree, live))],
  });
  const changes = {
    ...planned,
    problems: [...(desired.kind === 'patched' ? typeChanges(live, tree) : []), ...planned.problems],
    warnings: [...(target.warnings ?? []), ...(source?.warnings ?? []), ...planned.warnings],
  };
  return changesOf(target, live, changes);
}

const changesOf = (target: HubTarget, live: Json, changes: ChangeSet): TreeChanges => ({
  target,
  live,
  changes,
  creates: changes.changes.filter(({ kind }) => kind === 'created').map(({ pointer }) => pointer),
});

function desiredTree(desired: DesiredTree, live: Json): Json {
  if (desired.kind === 'backup') return desired.tree;
  return desired.kind === 'patched' ? parsePatch(desired.patch)(live) : emptied(live);
}

/** Returns the tree without all that can be deleted. The content of the built-in workspaces stays: SecureAuth refuses to delete
 * some of it. */
const emptied = (live: Json): Json =>
  buildTree(
    [...objectsOf(live)].filter(({ pointer }) => {
      const [section, workspace = ''] = parsePointer(pointer) ?? [];
      return section === undefined || (section === 'servers' && BUILT_IN_WORKSPACES.has(workspace));
    }),
  );

/** Lists what only the tenant has, except what an operation has added. */
const extrasBut = (added: ReadonlySet<string>, desired: Json, live: Json): string[] =>
  compareTrees(desired, live)
    .differences.filter(({ kind, pointer }) => kind === 'extra' && !added.has(pointer))
    .map(({ pointer }) => pointer);

function requireAllowed(
  { target: { desired }, live, changes }: TreeChanges,
  { enrolment: { clientId, workspaces }, plan }: Pick<Operation, 'enrolment' | 'plan'>,
): void {
  if (plan !== null) {
    requireFresh(
      plan.document,
      'hub',
      liveDigest({ exported: live, clientId }, changes, plan.fingerprintKey),
    );
  }
  refuseUnlisted(changes, workspaces);
  if (desired.kind === 'patched') refuseLeftOut(desiredTree(desired, live), live, changes.leftOut);
}

/** Imports, then deletes. */
function writesOf(
  { target, live, changes }: TreeChanges,
  workspaces: readonly string[] | undefined,
): TreeWrite[] {
  const { document, whole, mergePatch, targetState } = changes;
  if (target.send === 'patch') {
    if (document === null && mergePatch === null) return [];
    return [{ phase: 'importing', api: 'patch', document: mergePatchBetween(live, targetState) }];
  }
  const sent = target.send === 'changes' ? document : whole;
  const writes = sent === null ? [] : importsOf(sent, workspaces);
  return mergePatch === null ? writes : [...writes, { phase: 'pruning', api: 'patch', document: mergePatch }];
}

function importsOf(tree: Json, workspaces: readonly string[] | undefined): TreeWrite[] {
  const shared = { phase: 'importing', api: 'import' } as const;
  if (workspaces === undefined) return [{ ...shared, document: tree }];
  // The rest of the tenant is unknown: write each workspace by itself, so that no import reaches further.
  const servers = Object.entries<Json>(member(tree, 'servers') as JsonObject);
  return servers.map(([workspace, server], index) => ({
    ...shared,
    document: server,
    place: { workspace, index },
  }));
}

/** The mode of the import. An import of the whole tenant always meets existing objects, so that we check `fail` ourselves. */
const modeOf = ({ mode, send }: HubTarget): ImportMode =>
  send === 'everything' && mode === 'fail' ? 'ignore' : mode;

async function write(
  target: HubTarget,
  { api, document, place }: TreeWrite,
  { hub }: Tenant,
  idempotencyKey: string,
): Promise<void> {
  const text = stringifyJson(document);
  if (api === 'patch') return hub.patchTree(text, { format: 'rfc7396', mode: 'update', dryRun: false });
  const options = { mode: modeOf(target), dryRun: false };
  if (place === undefined) return hub.importTree(text, { ...options, idempotencyKey });
  const { workspace, index } = place;
  await hub.importTree(text, { ...options, workspace, idempotencyKey: `${idempotencyKey}-${index}` });
}

function planUndo({ target, changes }: TreeChanges, now: Json, before: Json): TreeChanges {
  const { lost } = verifyTree(changes, now);
  return changesOf(
    { ...target, mode: 'update', send: lost.length > 0 ? 'everything' : target.send },
    now,
    undoingChanges(before, now, changes),
  );
}

/** Plans the undoing of an operation's changes, and nothing else. */
export function undoingChanges(before: Json, now: Json, changes: ChangeSet): ChangeSet {
  const written = changes.changes.filter(
    ({ kind }) => kind === 'created' || kind === 'updated' || kind === 'pruned',
  );
  const touched = placesOf([...written.map(({ pointer }) => pointer), ...changes.resent]);
  // Leave what others changed or added meanwhile, unless it contains, or is in, what the operation touched. Assume that the
  // operation deleted what is gone.
  const leaveOut = compareTrees(before, now)
    .differences.filter(({ kind, pointer }) => kind !== 'missing' && !isAmong(pointer, touched))
    .map(({ pointer }) => pointer);
  return planChanges(before, now, { mode: 'update', credentials: 'restore', prune: true, leaveOut });
}
