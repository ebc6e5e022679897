import type { ChangeSet, KindCounts } from '../config/change-set.ts';
import type { ImportMode } from '../tenant/import-mode.ts';
import type { BackupReference } from './operation.ts';
import type { Proof, TypeCount } from './proof.ts';
import type { Work } from './work.ts';

/** What an operation did, or would do. Names and counts; no value of any property. */
export interface RestoreReport {
  /** `verified`: the tenant is proved to be as promised. `planned`: nothing was written. */
  readonly verdict: 'verified' | 'planned';
  /** `restored`: as promised; null for a dry run. Every other outcome is an error. */
  readonly outcome: 'restored' | null;
  readonly operationId: string;
  readonly operation: Work['operation'];
  readonly tenant: string;
  readonly mode: ImportMode;
  readonly dryRun: boolean;
  /** Where what was restored comes from; null for a patch. */
  readonly backup: BackupReference | null;
  /** Version of the backup that was made of the tenant just before; null for a dry run. */
  readonly safetyBackup: string | null;
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

/** @param safetyBackup null if nothing was written */
export function reportOf(
  { operationId, operation, tenant, mode, backup }: Work,
  changes: ChangeSet,
  proof: Proof,
  safetyBackup: string | null,
): RestoreReport {
  const dryRun = safetyBackup === null;
  const { differences: _, lost: __, outside, ...compared } = proof;
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
    counts: changes.counts,
    ...compared,
    differing: named(proof.differences),
    pruned: changes.changes
      .filter(({ kind }) => kind === 'pruned')
      .slice(0, MOST_NAMED)
      .map(({ pointer }) => pointer),
    leftOut: changes.leftOut,
    credentialsDiffering: changes.credentialsDiffering.slice(0, MOST_NAMED),
    outside: { compared: outside.compared, equal: outside.equal, differing: named(outside.differences) },
    problems: changes.problems.slice(0, MOST_NAMED).map(({ code, message }) => ({ code, message })),
    warnings: changes.warnings.slice(0, MOST_NAMED).map(({ code, message }) => ({ code, message })),
  };
}

const named = (differences: Proof['differences']): DifferingObject[] =>
  differences.slice(0, MOST_NAMED).map(({ type, pointer, kind, properties }) => ({
    type,
    pointer,
    kind,
    properties: properties.map((property) => property.pointer.slice(pointer.length)),
  }));
