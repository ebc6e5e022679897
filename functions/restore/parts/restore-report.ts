import type { ChangeSet, KindCounts } from '../../config/change/change-set.ts';
import { insistedWarnings } from '../../config/compare/drift.ts';
import type { BackupReference } from '../../state/open-backup.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import type { ImportMode } from '../../tenant/http/import-mode.ts';
import type { Operation } from '../source/restore-plan.ts';
import type { Proof, TypeCount } from './proof.ts';

/** What an operation did, or would do. Names and counts; no value of any property. Beside `parts`, counts are the sums of all
 * parts, and lists name the first of all. */
export interface RestoreReport extends PartReport {
  /** `verified`: the tenant is proved to be as promised. `planned`: nothing was written. */
  readonly verdict: 'verified' | 'planned';
  /** `restored`: as promised; null for a dry run. Every other outcome is an error. */
  readonly outcome: 'restored' | null;
  readonly operationId: string;
  readonly operation: Operation['operation'];
  readonly tenant: string;
  readonly mode: ImportMode;
  readonly dryRun: boolean;
  /** Where what was restored comes from; null for a patch. */
  readonly backup: BackupReference | null;
  /** Version of the backup that was made of the tenant just before; null for a dry run. */
  readonly safetyBackup: string | null;
  /** The same for each part that the operation is about, in the order in which they are written. */
  readonly parts: Readonly<Partial<Record<TenantPart, PartReport>>>;
}

/** What an operation did, or would do, to one part of a tenant. Names and counts; no value of any property. */
export interface PartReport {
  /** Objects by what became, or would become, of them. */
  readonly counts: KindCounts;
  /** Objects that were compared with what is promised, and how many of them are as promised. */
  readonly compared: number;
  readonly equal: number;
  /** The same by object type. */
  readonly objects: Readonly<Record<string, TypeCount>>;
  /** Objects in the tenant that the backup does not have, and that stay. */
  readonly extra: number;
  /** The first objects that differ, by name and property. */
  readonly differing: readonly DifferingObject[];
  /** The first objects that are, or would be, deleted. */
  readonly pruned: readonly string[];
  /** Objects that were left out on purpose: the client that the operation is made with. */
  readonly leftOut: readonly string[];
  /** The first credentials of existing objects that are, or were before, not those of the backup. */
  readonly credentialsDiffering: readonly string[];
  /** Objects that the operation is not about, compared with what they were before. They can differ only if somebody else
   * changed them meanwhile, or SecureAuth did. */
  readonly outside: TypeCount & { readonly differing: readonly DifferingObject[] };
  /** Why a restore would be refused; only a dry run comes as far as to tell. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export interface DifferingObject {
  readonly type: string;
  readonly pointer: string;
  readonly kind: string;
  readonly properties: readonly string[];
}

/** A Lambda answers with at most 6 MB, and a person reads less. */
const MOST_NAMED = 100;

/** What there is to tell beside the proof. */
export type Told = Pick<
  ChangeSet,
  'counts' | 'leftOut' | 'credentialsDiffering' | 'problems' | 'warnings'
> & { readonly pruned: readonly string[] };

export function reportOfPart(told: Told, proof: Proof): PartReport {
  const { differences: _, lost: __, isEmpty: ___, insisted, outside, ...compared } = proof;
  const { counts, pruned, leftOut, credentialsDiffering, problems, warnings } = told;
  return {
    counts,
    ...compared,
    differing: named(proof.differences),
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

const named = (differences: Proof['differences']): DifferingObject[] =>
  differences.slice(0, MOST_NAMED).map(({ type, pointer, kind, properties }) => ({
    type,
    pointer,
    kind,
    properties: properties.map((property) => property.pointer.slice(pointer.length)),
  }));

/** @param safetyBackup null if nothing was written */
export function reportOf(
  { operationId, operation, tenant, mode, backup }: Operation,
  reports: readonly (readonly [part: TenantPart, report: PartReport])[],
  safetyBackup: string | null,
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
    backup,
    safetyBackup,
    ...together(reports),
    parts: Object.fromEntries(reports),
  };
}

/** Several parts as one: sums, and the first of all that is named. Types of the hub go by their own names, all others behind
 * the name of their part, as in a manifest. */
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

export function sumCounts(all: readonly KindCounts[]): KindCounts {
  const sums: { -readonly [Kind in keyof KindCounts]: KindCounts[Kind] } = {};
  for (const counts of all) {
    for (const [kind, count] of Object.entries(counts) as [keyof KindCounts, number][]) {
      sums[kind] = (sums[kind] ?? 0) + count;
    }
  }
  return sums;
}
