import * as z from 'zod';
import { errorCodes, type TenantBackupError } from '../errors.ts';
import type { RestoreReport } from '../restore/parts/restore-report.ts';
import type { BackupReference } from '../state/open-backup.ts';
import { isTenantName } from '../vault/format/layout.ts';

/** The result of a drill.
 * - `running`: it has no result yet, or its process was killed
 * - `verified`: the scratch tenant equalled the backup, object by object
 * - `failed`: it did not, or the drill ended earlier
 * - `refused`: another operation held the scratch tenant; the drill did nothing
 * - `skipped`: no drill can restore such a backup; `problems` says why */
export const DRILL_VERDICTS = ['running', 'verified', 'failed', 'refused', 'skipped'] as const;
export type DrillVerdict = (typeof DRILL_VERDICTS)[number];

/** The ledger's entry of a drill, as `drills/<tenant>/<time>.json`. Ids, counts, times and names of objects; no value of
 * any property. */
export interface DrillReport {
  /** Owner of the backup. */
  readonly tenant: string;
  /** When it began, which names the entry. */
  readonly id: string;
  readonly at: string;
  /** The scratch tenant that it was restored into. */
  readonly into: string;
  readonly verdict: DrillVerdict;
  /** Why the drill failed, was refused or skipped. */
  readonly code?: string;
  readonly credentials: 'regenerate' | 'carry';
  readonly backup: BackupReference | null;
  /** The restore, in the ledger as `operations/<into>/<operationId>.json`. */
  readonly operationId: string | null;
  /** Numbers of objects by result: `created`, `updated`, ... */
  readonly counts: RestoreReport['counts'];
  /** Objects compared with the backup's, and how many of them are equal. */
  readonly compared: number;
  readonly equal: number;
  /** Objects that only the scratch tenant has, and keeps. */
  readonly extra: number;
  /** The recovery time: from choosing the backup to the end of the comparison, without the time that emptying and probing took. Null while
   * the drill is running. */
  readonly seconds: number | null;
  /** The same by phase: `opening` the backup, then the phases of a restore; `emptying` and `probing` are extra. */
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  /** Skipped objects: the client that this drill authenticates with, and what `needingMore` names. */
  readonly leftOut: readonly string[];
  /** Parts of the backup that no drill restores: another tenant refuses them. */
  readonly notDrilled: readonly string[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Returns the report of a drill that begins. */
export const beginReport = (
  tenant: string,
  { into, credentials }: Pick<DrillReport, 'into' | 'credentials'>,
  at: Date,
): DrillReport => ({
  tenant,
  id: at.toISOString(),
  at: at.toISOString(),
  into,
  verdict: 'running',
  credentials,
  backup: null,
  operationId: null,
  counts: {},
  compared: 0,
  equal: 0,
  extra: 0,
  seconds: null,
  phases: [],
  leftOut: [],
  notDrilled: [],
  problems: [],
  warnings: [],
});

/** Returns the report of a tenant that is passed over. */
export const skippedReport = (
  report: DrillReport,
  { code, message }: Pick<TenantBackupError, 'code' | 'message'>,
): DrillReport => ({ ...report, verdict: 'skipped', code, problems: [{ code, message }] });

const count = z.int().min(0);

const shownSchema = z.looseObject({
  tenant: z.string(),
  id: z.string(),
  at: z.iso.datetime(),
  into: z.string().refine(isTenantName),
  verdict: z.enum(DRILL_VERDICTS),
  code: z.enum(errorCodes).optional(),
  compared: count,
  equal: count,
  seconds: z.number().min(0).nullable(),
});

/** The fields that a list of drills shows. */
export type ShownDrill = z.infer<typeof shownSchema>;

/** Validates a ledger entry as the report of a drill.
 * @returns null if it is not a report, or the report of another drill */
export function parseDrill(document: unknown, tenant: string, id: string): ShownDrill | null {
  const { data } = shownSchema.safeParse(document);
  return data?.tenant === tenant && data.id === id ? data : null;
}
