import type { ChangeSet, KindCounts } from '../../config/change/change-set.ts';
import { sumCounts } from '../../config/change/sum-counts.ts';
import { insistedWarnings } from '../../config/compare/drift.ts';
import type { PlannedChange } from '../../plan/plan-document.ts';
import type { BackupReference } from '../../state/open-backup.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import type { ImportMode } from '../../tenant/http/import-mode.ts';
import type { Operation } from '../source/restore-plan.ts';
import type { TypeCount, Verification } from './verification.ts';

/** Reports what an operation did, or would do. Only `changes` has values of properties, and none of credentials. Outside `parts`, counts are sums over
 * all parts, and lists name the first entries. */
export interface RestoreReport extends PartReport {
  /** `verified`: the tenant equals the target state. `planned`: nothing was written. */
  readonly verdict: 'verified' | 'planned';
  /** `restored`, or null for a dry run. Every other outcome is an error. */
  readonly outcome: 'restored' | null;
  readonly operationId: string;
  readonly operation: Operation['operation'];
  readonly tenant: string;
  readonly mode: ImportMode;
  readonly dryRun: boolean;
  /** Whether the ledger has the record of this end; null for a dry run. Without it, `status` calls the operation interrupted. */
  readonly recorded: boolean | null;
  /** The backup that was restored; null for a patch. */
  readonly backup: BackupReference | null;
  /** Version of the safety backup; null for a dry run. */
  readonly safetyBackup: string | null;
  /** The changes that a dry run foresees, as a plan shows them; null after a write. */
  readonly changes: readonly PlannedChange[] | null;
  /** The same for each part, in the order of the writes. */
  readonly parts: Readonly<Partial<Record<TenantPart, PartReport>>>;
  /** Parts that the backup holds and this operation leaves out, such as people. */
  readonly otherParts: readonly TenantPart[];
}

/** Reports what an operation did, or would do, to one part: names and counts, no value of any property. */
export interface PartReport {
  /** Numbers of objects by result. */
  readonly counts: KindCounts;
  /** Objects compared with the target state, and how many of them are equal. */
  readonly compared: number;
  readonly equal: number;
  /** The same by object type. */
  readonly objects: Readonly<Record<string, TypeCount>>;
  /** Objects that only the tenant has, and keeps. */
  readonly extra: number;
  /** The first objects that differ, by name and property. */
  readonly differing: readonly DifferingObject[];
  /** The first objects that are, or would be, deleted. */
  readonly pruned: readonly string[];
  /** Skipped objects: the client that the operation authenticates with. */
  readonly leftOut: readonly string[];
  /** The first credentials of existing objects that differ from the backup, or did before. */
  readonly credentialsDiffering: readonly string[];
  /** Objects that the operation does not touch, compared with the state before. They differ only if another client, or SecureAuth
   * itself, changed them meanwhile. */
  readonly outside: TypeCount & { readonly differing: readonly DifferingObject[] };
  /** Reasons why a restore would be refused; only a dry run reports them. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export interface DifferingObject {
  readonly type: string;
  readonly pointer: string;
  readonly kind: string;
  readonly properties: readonly string[];
}

/** Limits the lists: a Lambda answers with at most 6 MB, and a person reads less. */
const MOST_NAMED = 100;

/** What a report says besides the verification. */
export type Told = Pick<
  ChangeSet,
  'counts' | 'leftOut' | 'credentialsDiffering' | 'problems' | 'warnings'
> & { readonly pruned: readonly string[] };

export function reportOfPart(told: Told, verification: Verification): PartReport {
  const { differences: _, lost: __, isEmpty: ___, insisted, outside, ...compared } = verification;
  const { counts, pruned, leftOut, credentialsDiffering, problems, warnings } = told;
  return {
    counts,
    ...compared,
    differing: named(verification.differences),
    pruned: pruned.slice(0, MOST_NAMED),
    leftOut,
    credentialsDiffering: credentialsDiffering.slice(0, MOST_NAMED),
    outside: { compared: outside.compared, equal: outside.equal, differing: named(outside.differences) },
    problems: problems.slice(0, MOST_NAMED).map(({ code, message }) => ({ code, message })),
    warnings: [...warnings, ...insistedWarnings(insisted)]
      .slice(0, MOST_NAMED)
      .map(({ code, message }) => ({ code, message })),
  };
}

const named = (differences: Verification['differences']): DifferingObject[] =>
  differences.slice(0, MOST_NAMED).map(({ type, pointer, kind, properties }) => ({
    type,
    pointer,
    kind,
    properties: properties.map((property) => property.pointer.slice(pointer.length)),
  }));

/** @param changes of a dry run
 * @param safetyBackup null if nothing was written
 * @returns without `recorded`, which the record's writer knows */
export function reportOf(
  { operationId, operation, tenant, mode, backup, otherParts }: Operation,
  reports: readonly (readonly [part: TenantPart, report: PartReport])[],
  safetyBackup: string | null,
  changes: readonly PlannedChange[] | null = null,
): RestoreReport {
  const dryRun = safetyBackup === null;
  return {
    verdict: dryRun ? 'planned' : 'verified',
    outcome: dryRun ? null : 'restored',
    operationId,
    operation,
    tenant,
    mode,
    dryRun,
    recorded: null,
    backup,
    safetyBackup,
    changes,
    ...together(reports),
    parts: Object.fromEntries(reports),
    otherParts,
  };
}

/** Merges the reports of several parts: sums, and the first entries of lists. Types of the hub keep their names, all others get
 * the name of their part as prefix, as in a manifest. */
function together(reports: readonly (readonly [part: string, report: PartReport])[]): PartReport {
  const all = reports.map(([, report]) => report);
  const sum = (count: (report: PartReport) => number) => all.reduce((total, each) => total + count(each), 0);
  const first = <Item>(list: (report: PartReport) => readonly Item[]) =>
    all.flatMap(list).slice(0, MOST_NAMED);
  return {
    counts: sumCounts(all.map(({ counts }) => counts)),
    compared: sum(({ compared }) => compared),
    equal: sum(({ equal }) => equal),
    objects: Object.fromEntries(
      reports.flatMap(([part, { objects }]) =>
        Object.entries(objects).map(([type, count]) => [part === 'hub' ? type : `${part}_${type}`, count]),
      ),
    ),
    extra: sum(({ extra }) => extra),
    differing: first(({ differing }) => differing),
    pruned: first(({ pruned }) => pruned),
    leftOut: all.flatMap(({ leftOut }) => leftOut),
    credentialsDiffering: first(({ credentialsDiffering }) => credentialsDiffering),
    outside: {
      compared: sum(({ outside }) => outside.compared),
      equal: sum(({ outside }) => outside.equal),
      differing: first(({ outside }) => outside.differing),
    },
    problems: first(({ problems }) => problems),
    warnings: first(({ warnings }) => warnings),
  };
}
