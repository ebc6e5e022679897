import type { TenantPart } from '../tenant/enrolment-schema.ts';
import type { ImportMode } from '../tenant/import-mode.ts';
import type { BackupReference } from './operation.ts';
import { type PartReport, together } from './part-report.ts';
import type { Work } from './work.ts';

export type { DifferingObject, PartReport } from './part-report.ts';

/** What an operation did, or would do. Names and counts; no value of any property. Beside `parts`, counts are the sums of all
 * parts, and lists name the first of all. */
export interface RestoreReport extends PartReport {
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
  /** The same for each part that the operation is about, in the order in which they are written. */
  readonly parts: Readonly<Partial<Record<TenantPart, PartReport>>>;
}

/** @param safetyBackup null if nothing was written */
export function reportOf(
  { operationId, operation, tenant, mode, backup }: Work,
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
