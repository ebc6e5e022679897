/** Computes what an operation on a tenant changes, and the tenant's state afterwards. Plans, writes and verifications
 * all use this result. */

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
import { keepOwnAccess, keptWarnings } from './keep-own-access.ts';
import { type Cuts, withinCuts } from './within-cuts.ts';

export type { CredentialChoice } from './change-credentials.ts';
export type { DependencyReport } from './change-dependencies.ts';
export type * from './change-types.ts';

export interface PlanOptions extends ReleaseOptions, Cuts {
  readonly mode: ChangeMode;
  /** @default - everything */
  readonly selection?: Selection | undefined;
  /** Credentials of existing objects.
   * @default - no choice: acts as `restore`, and `needsCredentialChoice` says whether a choice is required
   * @default - none chosen: shown as for `restore`, and `needsCredentialChoice` tells whether one has to be */
  readonly credentials?: CredentialChoice | undefined;
  /** Whether the operation removes selected objects that only the tenant has. @default false */
  readonly prune?: boolean | undefined;
  /** The client that this operation authenticates with. It, the objects that embed it, and all that it needs to authenticate again are
   * skipped. @default - none */
  readonly ownClientId?: string | undefined;
  /** JSON Pointers of further objects to skip, with everything in them. @default - none */
  readonly leaveOut?: readonly string[] | undefined;
  /** JSON Pointers of further secrets, such as those of a backup's credentials, whose values are never shown.
   * @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
  /** Id of the workspace, if both trees are of one. @default - unknown: no selector by its id matches it */
  readonly workspace?: string | undefined;
}

export interface Releases {
  readonly desired: Json;
  readonly live: Json;
}

export type KindCounts = Readonly<Partial<Record<ChangeKind, number>>>;

export interface ChangeSet {
  readonly shape: Shape;
  /** JSON Pointers of all objects on either side that the selection matches, including skipped ones. */
  readonly selected: ReadonlySet<string>;
  /** Every selected object, also unchanged ones: in the order of the desired tree, then those that only the tenant
   * has. */
  readonly changes: readonly Change[];
  readonly counts: KindCounts;
  readonly countsByType: Readonly<Partial<Record<ObjectType, KindCounts>>>;
  /** Whether the operation writes nothing. */
  readonly isEmpty: boolean;
  /** The tree to import: whole objects, and only those that must be sent; null for none. Holds secrets. */
  readonly document: JsonObject | null;
  /** The whole tree to import instead. It is right whether an import keeps or deletes what its document lacks. Null
   * if there is nothing to import. Holds secrets. */
  readonly whole: Json | null;
  /** JSON Pointers of members that `whole` has and the release withdraws: they may exist afterwards or not. */
  readonly resent: readonly string[];
  /** RFC 7396 patch that removes the pruned objects, to apply after the import; null for none. */
  readonly mergePatch: JsonObject | null;
  /** The tenant's state afterwards, including objects outside of the selection. Holds secrets.
   * @see verifyTargetState */
  readonly targetState: Json;
  /** Both trees, if they may come from two releases, else null. Hold secrets. */
  readonly releases: Releases | null;
  /** JSON Pointers of the skipped objects and settings; everything in them is skipped too. */
  readonly leftOut: readonly string[];
  readonly dependencies: DependencyReport;
  /** JSON Pointers of credentials of existing objects that differ. */
  readonly credentialsDiffering: readonly string[];
  /** Whether credentials differ and the caller chose no side: the operation must not run (CREDENTIALS_CHOICE). */
  readonly needsCredentialChoice: boolean;
  /** JSON Pointers of credentials that SecureAuth will generate, because the document shows none. */
  readonly generatedCredentials: readonly string[];
  /** If there are problems, the operation must not run. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

/** Computes the changes that make a tenant what it should be.
 * The document holds only objects that are created or differ. An unchanged object in an import is a risk: SecureAuth
 * could refuse the whole document or change the object. The settings of a workspace or of the tenant are sent only
 * if they differ; see `sentObjects` for units.
 * @param desired tree of the desired state, such as that of a backup; neither tree is modified
 * @param live tree of the present state
 * @throws INVALID_REQUEST if one is a tenant's and the other a workspace's, or the selection matches no object
 * @throws EXPORT_MALFORMED if one is not a tree */
export function planChanges(desired: Json, live: Json, options: PlanOptions): ChangeSet {
  const { mode, selection = EVERYTHING, credentials, workspace, acrossReleases = false } = options;
  const compared = twoTrees(desired, live, placesOf(options.secretPointers ?? []), options);
  const { shape } = compared;
  const both = [compared.desired, compared.live] as const;
  const matching = selectAmong(
    both.map((objects) => objects.values()),
    selection,
    { shape, workspace },
  );
  const selected = withinCuts(matching, compared, options, { shape, workspace });
  const { trees, kept } = keepOwnAccess(compared, options.ownClientId, (pointer, where) => {
    const isChanged = where === 'desired' || (where === 'both' ? mode === 'update' : options.prune === true);
    return isChanged && selected.pointers.has(pointer);
  });
  const leftOut = [...new Set([...leftOutOf(both, options), ...kept])];
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
      ...keptWarnings(kept),
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
  return [...own, ...leaveOut];
}

/** Finds an object that is created without its secret for another service, such as an identity provider. */
function lostBy({ kind, object: { pointer, body } }: Decision): string[] {
  const isMade = kind === 'created' && blankUpstream(body, pointer, ROOT_CURSOR) !== undefined;
  return isMade ? [pointer] : [];
}

function isWrittenAt(pointer: string, decisions: Decisions): boolean {
  const decision = decisions.get(pointer);
  return decision !== undefined && isWritten(decision);
}

/** Returns the object of a decision that a place lies in. */
function ownerOf(pointer: string, decisions: Decisions): string {
  let at = pointer;
  while (at !== '' && !decisions.has(at)) at = at.slice(0, at.lastIndexOf('/'));
  return at;
}

/** Finds the objects that exist: mode `fail` writes none of them, whether or not they differ. */
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
        message: `no object matches ${JSON.stringify(selector)}`,
      }),
    ),
    ...about('DEPENDENCY_ADDED', added, 'objects are restored because others need them'),
    ...about('DEPENDENCY_MISSING', missing, 'members name objects that will not exist'),
    ...about('CREDENTIALS_FILLED', filled, 'credentials stay as they are: the backup shows none'),
    ...about(
      'CREDENTIALS_GENERATED',
      generatedCredentials,
      'credentials are generated by SecureAuth: neither side shows them',
    ),
    ...about('CREDENTIALS_LOST', lost, 'objects are created without their secrets: enter these again'),
    ...about('NOT_PRUNED', stayed, 'extra objects stay: they are built in, or hold an object that must stay'),
  ];
}
