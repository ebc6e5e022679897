/** What an operation on a tenant would do, and what the tenant must be afterwards: one answer for whoever plans, writes and
 * verifies. */

import { driftWarnings } from '../compare/drift.ts';
import { blankUpstream } from '../credentials/blank-credentials.ts';
import { generatedCredentialsOf } from '../credentials/generated-credentials.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import { ROOT_CURSOR } from '../model/fields.ts';
import type { TreeObject } from '../model/objects.ts';
import { ownClientAmong } from '../model/own-objects.ts';
import { isWithin, placesOf } from '../model/places.ts';
import type { ObjectType } from '../model/sections.ts';
import type { Shape } from '../model/shape.ts';
import type { Warning, WarningCode } from '../model/warning.ts';
import { type SelectedObjects, selectAmong } from '../select/select-objects.ts';
import { EVERYTHING, type Selection } from '../select/selection.ts';
import type { CredentialChoice } from './change-credentials.ts';
import { addDependencies, assessReferences, type DependencyReport } from './change-dependencies.ts';
import { documentOf, finalObjects, insistingObjects, sentObjects } from './change-document.ts';
import {
  changeOf,
  type Decision,
  type Decisions,
  decide,
  isWritten,
  type ReleaseOptions,
  type TwoTrees,
  twoTrees,
} from './change-objects.ts';
import { prune as pruneExtras, prunePatch } from './change-prune.ts';
import type { Change, ChangeKind, ChangeMode, Problem } from './change-types.ts';

export type { CredentialChoice } from './change-credentials.ts';
export type { DependencyReport } from './change-dependencies.ts';
export type * from './change-types.ts';

export interface PlanOptions extends ReleaseOptions {
  readonly mode: ChangeMode;
  /** @default - everything */
  readonly selection?: Selection | undefined;
  /** Credentials of objects that exist.
   * @default - none chosen: shown as for `restore`, and `needsCredentialChoice` tells whether one has to be */
  readonly credentials?: CredentialChoice | undefined;
  /** Whether selected objects that only the tenant has are removed. @default false */
  readonly prune?: boolean | undefined;
  /** The client that the operation is made with: it, and what embeds it, is left as it is. @default - none */
  readonly ownClientId?: string | undefined;
  /** JSON Pointers of further objects to leave as they are, with everything in them. @default - none */
  readonly leaveOut?: readonly string[] | undefined;
  /** JSON Pointers of secrets besides those that the tables know, such as the pointers of a backup's credentials: their
   * values are never shown. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
  /** Id of the workspace, where both trees are of one. @default - unknown: no selector by its id meets it */
  readonly workspace?: string | undefined;
}

export interface Releases {
  readonly desired: Json;
  readonly live: Json;
}

export type KindCounts = Readonly<Partial<Record<ChangeKind, number>>>;

export interface ChangeSet {
  readonly shape: Shape;
  /** JSON Pointers of what the selection means on either side, what is left out included. */
  readonly selected: ReadonlySet<string>;
  /** Every selected object, unchanged ones too: in the order of the desired tree, then what only the tenant has. */
  readonly changes: readonly Change[];
  readonly counts: KindCounts;
  readonly countsByType: Readonly<Partial<Record<ObjectType, KindCounts>>>;
  /** Nothing is to be written. */
  readonly isEmpty: boolean;
  /** The tree to import with the mode: whole objects, and only those that have to be sent; null for none. Holds
   * secrets. */
  readonly document: JsonObject | null;
  /** The whole tree to import in its place, which is right whether an import keeps or deletes what its document lacks; null if
   * nothing is to be imported. Holds secrets. */
  readonly whole: Json | null;
  /** JSON Pointers of what the release withdraws and `whole` has: it may be there afterwards, or not. */
  readonly resent: readonly string[];
  /** RFC 7396 patch that removes the pruned objects, to be applied after the import; null for none. */
  readonly mergePatch: JsonObject | null;
  /** What the tenant must be afterwards, objects outside of the selection included. Holds secrets.
   * @see verifyPromise */
  readonly targetState: Json;
  /** Both trees, where they may be of two releases; null where they are of one. Hold secrets. */
  readonly releases: Releases | null;
  /** JSON Pointers of objects that are left as they are, with all that is in them. */
  readonly leftOut: readonly string[];
  readonly dependencies: DependencyReport;
  /** JSON Pointers of credentials of existing objects that are not the same on both sides. */
  readonly credentialsDiffering: readonly string[];
  /** There are such credentials, and the caller chose neither side: must not be carried out (CREDENTIALS_CHOICE). */
  readonly needsCredentialChoice: boolean;
  /** JSON Pointers of credentials that SecureAuth will make up, as the document shows none. */
  readonly generatedCredentials: readonly string[];
  /** If there is any, the operation must not be carried out. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

/** Says what it takes to make a tenant what it should be.
 *
 * Sent are only objects that are to be created or that differ. What is unchanged is not sent: each object in an import is a
 * chance for SecureAuth to refuse the whole, or to change what was right. Settings of a workspace, or of the tenant, are
 * sent only if they differ; see `sentObjects` for what goes together.
 * @param desired tree that should be, such as that of a backup; neither tree is modified
 * @param live tree that is
 * @throws INVALID_REQUEST if one is a tenant's and the other a workspace's, or the selection means no object
 * @throws EXPORT_MALFORMED if one is not a tree */
export function planChanges(desired: Json, live: Json, options: PlanOptions): ChangeSet {
  const { mode, selection = EVERYTHING, credentials, workspace, acrossReleases = false } = options;
  const trees = twoTrees(desired, live, placesOf(options.secretPointers ?? []), options);
  const { shape } = trees;
  const both = [trees.desired, trees.live] as const;
  const selected = selectAmong(
    both.map((objects) => objects.values()),
    selection,
    { shape, workspace },
  );
  const leftOut = leftOutOf(both, options);
  const leftOutPlaces = new Set(leftOut);
  const isLeftOut = (pointer: string) => isWithin(pointer, leftOutPlaces);

  const decisions: Decisions = new Map();
  for (const pointer of selected.pointers) {
    if (!isLeftOut(pointer)) decisions.set(pointer, decide(trees, pointer, { mode, credentials }));
  }
  const stayed = options.prune === true ? pruneExtras(trees, decisions) : [];
  const rules = {
    mode,
    credentials,
    add: selection.dependencies === 'add',
    isExcluded: (pointer: string) => selected.excluded.has(pointer) || isLeftOut(pointer),
  };
  const added = addDependencies(trees, decisions, rules);
  const { missing, problems } = assessReferences(trees, decisions, rules);

  const final = finalObjects(trees, decisions);
  const sent = sentObjects(final, decisions, mode);
  const document = documentOf(sent);
  const mergePatch = prunePatch(trees, decisions);
  const targetState = buildTree(final);
  const { objects, resent } = insistingObjects(final, trees, mode === 'update' ? decisions : new Map());
  const all = [...decisions.values()];
  const credentialsDiffering = all.flatMap(({ differing }) => differing);
  const generatedCredentials = sent
    .filter(({ pointer }) => isWrittenAt(pointer, decisions))
    .flatMap(generatedCredentialsOf);
  const unrestorable = new Set(problems.map(({ pointer }) => ownerOf(pointer, decisions)));
  const changes = all.map((decision) =>
    changeOf(
      isWritten(decision) && unrestorable.has(decision.object.pointer)
        ? { ...decision, kind: 'notRestorable' }
        : decision,
    ),
  );
  return {
    shape,
    selected: selected.pointers,
    changes,
    ...countChanges(changes),
    isEmpty: document === null && mergePatch === null && resent.length === 0,
    document,
    whole: resent.length > 0 ? buildTree(objects) : document === null ? null : targetState,
    resent,
    mergePatch,
    targetState,
    releases: acrossReleases ? { desired, live } : null,
    leftOut,
    dependencies: { added, missing },
    credentialsDiffering,
    needsCredentialChoice: credentials === undefined && mode === 'update' && credentialsDiffering.length > 0,
    generatedCredentials,
    problems: [...problems, ...(mode === 'fail' ? conflictsOf(trees, decisions) : [])],
    warnings: [
      ...warningsOf({
        selected,
        added,
        missing: missing.filter(({ severity }) => severity === 'warning').flatMap(({ pointers }) => pointers),
        filled: all.flatMap(({ filled }) => filled),
        generatedCredentials,
        lost: all.flatMap(lostBy),
        stayed,
      }),
      ...driftWarnings(trees.drift),
    ],
  };
}

function leftOutOf(
  trees: readonly ReadonlyMap<string, TreeObject>[],
  { ownClientId, leaveOut = [] }: PlanOptions,
): string[] {
  const own =
    ownClientId === undefined
      ? []
      : trees.flatMap((objects) => ownClientAmong(objects.values(), ownClientId));
  return [...new Set([...own, ...leaveOut])];
}

/** An identity provider, or what else another service needs a secret for, that is made without one. */
function lostBy({ kind, object: { pointer, body } }: Decision): string[] {
  const isMade = kind === 'created' && blankUpstream(body, pointer, ROOT_CURSOR) !== undefined;
  return isMade ? [pointer] : [];
}

function isWrittenAt(pointer: string, decisions: Decisions): boolean {
  const decision = decisions.get(pointer);
  return decision !== undefined && isWritten(decision);
}

/** The object of a decision that a place lies in. */
function ownerOf(pointer: string, decisions: Decisions): string {
  let at = pointer;
  while (at !== '' && !decisions.has(at)) at = at.slice(0, at.lastIndexOf('/'));
  return at;
}

/** Mode `fail` lets no object be written that exists, whether it differs or not. */
const conflictsOf = ({ live }: TwoTrees, decisions: Decisions): Problem[] =>
  [...decisions.values()].flatMap(({ kind, object: { type, id, pointer } }): Problem[] =>
    live.has(pointer) && (kind === 'kept' || kind === 'unchanged')
      ? [{ code: 'CONFLICT', pointer, message: `${type} ${id} exists, and the mode is fail` }]
      : [],
  );

function countChanges(changes: readonly Change[]): Pick<ChangeSet, 'counts' | 'countsByType'> {
  const counts: Partial<Record<ChangeKind, number>> = {};
  const countsByType: Partial<Record<ObjectType, Partial<Record<ChangeKind, number>>>> = {};
  for (const { type, kind } of changes) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    countsByType[type] ??= {};
    const ofType = countsByType[type];
    ofType[kind] = (ofType[kind] ?? 0) + 1;
  }
  return { counts, countsByType };
}

function warningsOf(found: {
  readonly selected: SelectedObjects;
  readonly added: readonly string[];
  readonly missing: readonly string[];
  readonly filled: readonly string[];
  readonly generatedCredentials: readonly string[];
  readonly lost: readonly string[];
  readonly stayed: readonly string[];
}): Warning[] {
  const { selected, added, missing, filled, generatedCredentials, lost, stayed } = found;
  const about = (code: WarningCode, pointers: readonly string[], message: string): Warning[] =>
    pointers.length === 0 ? [] : [{ code, pointers, message: `${pointers.length} ${message}` }];
  return [
    ...selected.unmatched.map(
      (selector): Warning => ({
        code: 'UNMATCHED_SELECTOR',
        pointers: [],
        message: `no object is meant by ${JSON.stringify(selector)}`,
      }),
    ),
    ...about('DEPENDENCY_ADDED', added, 'objects are restored because others need them'),
    ...about('DEPENDENCY_MISSING', missing, 'members name something that will not be there'),
    ...about('CREDENTIALS_FILLED', filled, 'credentials stay as they are: what is restored shows none'),
    ...about(
      'CREDENTIALS_GENERATED',
      generatedCredentials,
      'credentials are generated by SecureAuth: neither side shows them',
    ),
    ...about(
      'CREDENTIALS_LOST',
      lost,
      'objects are made without their secrets, which have to be entered again',
    ),
    ...about('NOT_PRUNED', stayed, 'extra objects stay: they are built in, or hold what must stay'),
  ];
}
