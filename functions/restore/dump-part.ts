import { findBlankDumpCredentials } from '../config/blank-dump-credentials.ts';
import type { Warning } from '../config/change-types.ts';
import { compareDumps } from '../config/compare-dumps.ts';
import { driftWarnings } from '../config/drift.ts';
import { type DumpChangeSet, planDumpChanges } from '../config/dump-change-set.ts';
import { dumpObjectsOf } from '../config/dump-objects.ts';
import { judgeIdentityDump } from '../config/dump-parts.ts';
import { pruneDump, removalPatch } from '../config/dump-removal.ts';
import {
  type DumpSelection,
  dumpPlaceOf,
  isNamedByContent,
  placesOfClient,
  selectInDumps,
} from '../config/dump-selection.ts';
import { identityBatches } from '../config/identity-batches.ts';
import { isObject, type Json, type JsonObject, member, parseJson, stringifyJson } from '../config/json.ts';
import { requirePossible } from '../config/require-possible.ts';
import { TenantBackupError } from '../errors.ts';
import type { TenantPart } from '../tenant/enrolment-schema.ts';
import type { ImportMode } from '../tenant/import-mode.ts';
import type { Tenant } from '../tenant/tenant.client.ts';
import { proveDump } from './dump-proof.ts';
import { refuseUnlistedObjects } from './judge-changes.ts';
import type { PartPlan, PartWork, Undo, Writing } from './part.ts';
import { partReportOf, type Told } from './part-report.ts';
import { unproved } from './proof.ts';

export type DumpPartName = Exclude<TenantPart, 'hub'>;

/** A dump that is to be brought back. */
export interface DumpSource {
  /** Holds secrets. */
  readonly dump: JsonObject;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
}

export interface DumpWork extends DumpSource {
  readonly part: DumpPartName;
  readonly apis: Tenant;
  readonly mode: ImportMode;
  readonly credentials: 'restore' | 'keep';
  /** @default - everything */
  readonly selection?: DumpSelection | undefined;
  /** The client that the operation is made with: it is left as it is. */
  readonly ownClientId: string | undefined;
  /** Keys of objects that are removed where only the tenant has them. */
  readonly pruned: ReadonlySet<string>;
  /** Of the enrolment. */
  readonly workspaces: readonly string[] | undefined;
  /** What it is refused for besides. */
  readonly guard?: DumpGuard | undefined;
}

export type DumpGuard = (changes: DumpChangeSet, live: JsonObject) => void;

/** The configuration as a dump, or the people of a tenant. */
export function dumpPart(work: DumpWork): PartWork {
  const api = apiOf(work);
  return {
    part: work.part,
    look: async () => api.parse(await api.read()),
    parse: api.parse,
    isSame: (one, other) =>
      one === other || compareDumps(one as JsonObject, other as JsonObject).differences.length === 0,
    plan: (live) => planOf(work, api, live as JsonObject),
  };
}

function planOf(work: DumpWork, api: DumpApi, live: JsonObject): PartPlan {
  const { dump, part, mode, credentials, selection, ownClientId, secretPointers, pruned } = work;
  const isSelected = selection && selectInDumps([dump, live], selection);
  const planned = planDumpChanges(dump, live, {
    mode,
    isSelected,
    credentials,
    ownClientId,
    secretPointers,
    acrossReleases: true,
  });
  const changes = pruneDump(planned, pruned);
  return {
    counts: changes.counts,
    creates: changes.changes
      .filter((change) => change.kind === 'created' && !isNamedByContent(change))
      .map(({ key }) => key),
    promised: changes.promised,
    refuse: () => {
      work.guard?.(changes, live);
      refuse(work, changes);
    },
    judge: () =>
      requirePossible({ problems: changes.problems, needsCredentialChoice: false, credentialsDiffering: [] }),
    write: (writing) => write(api, writing, changes.document, removalPatch(live, changes.removed), mode),
    prove: (after) => proveDump(changes, after as JsonObject),
    foresee: () => proveDump({ ...changes, releases: null }, live),
    unproved: (proof) => unproved(proof, `an import into the part ${part} should not`),
    undo: (now, before = live) => undoOf(api, changes, before as JsonObject, now as JsonObject),
    report: (proof) => partReportOf(told(work, changes, live), proof),
  };
}

function refuse({ part, selection, workspaces }: DumpWork, changes: DumpChangeSet): void {
  if (changes.changes.length === 0 && selection !== undefined) {
    throw new TenantBackupError('INVALID_REQUEST', `selection must mean an object of the part ${part}`, {
      part,
    });
  }
  if (part === 'system') refuseUnlistedObjects(changes, workspaces);
}

/** Import, then delete. */
async function write(
  api: DumpApi,
  { before, confirm }: Writing,
  document: JsonObject | null,
  removal: string | null,
  mode: ImportMode,
): Promise<void> {
  for (const [index, batch] of (document === null ? [] : api.batches(document)).entries()) {
    await (index === 0 ? before('importing') : confirm());
    await api.import(stringifyJson(batch), mode);
  }
  if (removal === null) return;
  await before('pruning');
  await api.patch(removal);
}

/** What it takes to undo what was written: what existed is imported as it was, what was added is removed by a patch, as no
 * import can. What somebody else changed meanwhile stays. */
function undoOf(api: DumpApi, changes: DumpChangeSet, before: JsonObject, now: JsonObject): Undo {
  const keysOf = (dump: JsonObject) => new Set([...dumpObjectsOf(dump)].map(({ key }) => key));
  const [there, here] = [keysOf(before), keysOf(now)];
  const ours = new Set(changes.changes.filter(({ kind }) => WRITTEN.has(kind)).map(({ key }) => key));
  // What is gone was not deleted by anybody else, as far as we can tell.
  for (const key of there) if (!here.has(key)) ours.add(key);
  const undo = planDumpChanges(before, now, { mode: 'update', isSelected: ({ key }) => ours.has(key) });
  const added = new Set([...ours].filter((key) => here.has(key) && !there.has(key)));
  const differing = (state: Json) =>
    compareDumps(before, state as JsonObject, { ignore: ({ key }) => !ours.has(key) }).differences.length;
  return {
    isDone: differing(now) === 0,
    isBack: (state) => differing(state) === 0,
    differing,
    write: (writing) => write(api, writing, undo.document, removalPatch(now, added), 'update'),
  };
}

const WRITTEN: ReadonlySet<string> = new Set(['created', 'updated', 'pruned']);

function told({ part, dump, ownClientId }: DumpWork, changes: DumpChangeSet, live: JsonObject): Told {
  // All that belongs to people is treated as secret; of it, only what they authenticate with is a credential.
  const hasCredentials = (type: string) => part === 'system' || type === 'user_credentials';
  return {
    counts: changes.counts,
    pruned: changes.changes.filter(({ kind }) => kind === 'pruned').map(dumpPlaceOf),
    leftOut: placesOfClient([dump, live], ownClientId),
    credentialsDiffering: changes.changes
      .filter(
        ({ kind, type, properties }) =>
          kind === 'updated' && hasCredentials(type) && properties.some(({ secret }) => secret),
      )
      .map(dumpPlaceOf),
    problems: changes.problems,
    warnings: warningsOf(changes),
  };
}

function warningsOf({ filled, document, changes, drift }: DumpChangeSet): Warning[] {
  const blanks = document === null ? [] : findBlankDumpCredentials(document);
  const created = new Set(changes.filter(({ kind }) => kind === 'created').map(({ key }) => key));
  const made = new Set(
    [...dumpObjectsOf(document ?? {})].filter(({ key }) => created.has(key)).map(({ pointer }) => pointer),
  );
  const lost = blanks.filter(({ type, pointer }) => type === 'upstream_secret' && made.has(pointer));
  const about = (code: Warning['code'], count: number, message: string): Warning[] =>
    count === 0 ? [] : [{ code, pointers: [], message: `${count} ${message}` }];
  return [
    ...about(
      'CREDENTIALS_FILLED',
      filled.length,
      'credentials stay as they are: what is restored shows none, or they are to be kept',
    ),
    ...about(
      'CREDENTIALS_MADE_ANEW',
      blanks.filter(({ type }) => type !== 'upstream_secret').length,
      'credentials are sent blank, as none is shown: SecureAuth makes them up, or they have to be set by hand',
    ),
    ...about(
      'CREDENTIALS_LOST',
      lost.length,
      'objects are made without their secrets, which have to be entered again',
    ),
    ...driftWarnings(drift),
  ];
}

/** The API of a part, as far as the two differ. */
interface DumpApi {
  read(): Promise<Buffer>;
  /** @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE */
  parse(exported: Buffer): JsonObject;
  batches(document: JsonObject): readonly JsonObject[];
  import(dump: string, mode: ImportMode): Promise<void>;
  patch(operations: string): Promise<void>;
}

function apiOf({ part, apis: { system, identity } }: Pick<DumpWork, 'part' | 'apis'>): DumpApi {
  return part === 'system'
    ? {
        read: () => system.exportDump({ withData: false }),
        parse: parseSystemDump,
        batches: (document) => [document],
        import: (dump, mode) => system.importDump(dump, { mode }),
        patch: (operations) => system.patchDump(operations, { mode: 'update' }),
      }
    : {
        read: () => identity.exportDump(),
        parse: parseIdentityDump,
        batches: (document) => identityBatches(document),
        import: (dump) => identity.importDump(dump),
        patch: (operations) => identity.patchDump(operations, { mode: 'update' }),
      };
}

/** A tenant without any workspace is none: the export is not whole. */
function parseSystemDump(exported: Buffer): JsonObject {
  const dump = objectOf(exported);
  const servers = member(dump, 'servers');
  if (Array.isArray(servers) && servers.some(isObject)) return dump;
  throw new TenantBackupError('EXPORT_MALFORMED', 'dump must have a workspace in servers');
}

function parseIdentityDump(exported: Buffer): JsonObject {
  judgeIdentityDump(exported);
  return objectOf(exported);
}

function objectOf(exported: Buffer): JsonObject {
  const dump = parseJson(exported);
  if (isObject(dump)) return dump;
  throw new TenantBackupError('EXPORT_MALFORMED', 'dump must be an object');
}
