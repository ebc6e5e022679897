import * as z from 'zod';
import { errorCodes } from '../errors.ts';
import type { RestoreReport } from '../restore/parts/restore-report.ts';
import type { BackupReference } from '../state/open-backup.ts';
import { isTenantName } from '../vault/format/layout.ts';

/** How a drill ended.
 * - `running`: it has not, or its process was killed
 * - `proved`: the scratch tenant was what the backup holds, object by object
 * - `failed`: it was not, or did not come so far
 * - `refused`: another operation held the scratch tenant; nothing was tried */
export const DRILL_VERDICTS = ['running', 'proved', 'failed', 'refused'] as const;
export type DrillVerdict = (typeof DRILL_VERDICTS)[number];

/** What the ledger says of a drill, as `drills/<tenant>/<time>.json`. Ids, counts, times and names of objects; no value of
 * any property. */
export interface DrillReport {
  /** Whose backup was drilled. */
  readonly tenant: string;
  /** When it began, which names the entry. */
  readonly id: string;
  readonly at: string;
  /** The scratch tenant that it was restored into. */
  readonly into: string;
  readonly verdict: DrillVerdict;
  /** Why it was not proved. */
  readonly code?: string;
  readonly credentials: 'regenerate' | 'carry';
  readonly backup: BackupReference | null;
  /** The restore, in the ledger as `operations/<into>/<operationId>.json`. */
  readonly operationId: string | null;
  /** Objects by what became of them: `created`, `updated`, ... */
  readonly counts: RestoreReport['counts'];
  /** Objects that were compared with the backup's, and how many of them are equal. */
  readonly compared: number;
  readonly equal: number;
  /** Objects that only the scratch tenant has, and that stay. */
  readonly extra: number;
  /** The recovery time: from choosing the backup to the end of the proof, without the time in which the scratch tenant was
   * emptied. Null while it is running. */
  readonly seconds: number | null;
  /** The same phase by phase: `opening` the backup, then those of a restore. Beside them `emptying`. */
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  /** Objects that were left out on purpose: the client that the scratch tenant is written with. */
  readonly leftOut: readonly string[];
  /** Parts of the backup that no drill restores: another tenant does not take them. */
  readonly notDrilled: readonly string[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** What is known when a drill begins. */
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

/** What is shown of a drill beside others. Whatever else its report says is for programs. */
export type ShownDrill = z.infer<typeof shownSchema>;

/** Judge what lies where the report of a drill should.
 * @returns null if it is no report, or that of another drill */
export function parseDrill(document: unknown, tenant: string, id: string): ShownDrill | null {
  const { data } = shownSchema.safeParse(document);
  return data?.tenant === tenant && data.id === id ? data : null;
}
