/** What other functions have written into the ledger, as far as the audit looks at it. */
import * as z from 'zod';
import { failureSchema } from '../backup/failure-record.ts';
import { DRILL_VERDICTS } from '../drill/drill-report.ts';
import { isEnd, mayHaveWritten, PHASES } from '../restore/record/operation.ts';

/** Of one tenant: a backup that failed for good, or a restore, patch or drill. */
export type LedgerEvent =
  | {
      readonly kind: 'failure';
      readonly tenant: string;
      readonly scheduledTime: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly kind: 'restore' | 'patch' | 'drill';
      readonly tenant: string;
      readonly id: string;
      /** When it began. */
      readonly at: string;
      /** Whether it was proved; null as long as nothing was written down of its end. */
      readonly ok: boolean | null;
      readonly code: string | null;
      /** Whether the tenant may have been written to. @default - it may */
      readonly wrote?: boolean;
    };

const text = z.string().max(4096);
const time = z.iso.datetime();

/** An entry of the ledger, as far as its document is one of its kind. */
export interface Entry {
  readonly tenant: string;
  readonly id: string;
  readonly at: string;
  /** Null where it tells of nothing: a try that the queue repeats, a drill that was refused. */
  readonly event: LedgerEvent | null;
}

// Others own these documents: only what is read here has to be as expected.
const failureEntry = failureSchema.transform(
  ({ tenant, scheduledTime, code, message, final }): Entry => ({
    tenant,
    id: scheduledTime,
    at: scheduledTime,
    event: final ? { kind: 'failure', tenant, scheduledTime, code, message } : null,
  }),
);

const operationEntry = z
  .object({
    operationId: text,
    operation: z.enum(['restore', 'patch']),
    tenant: text,
    phase: z.enum(PHASES),
    phases: z.array(z.object({ phase: z.enum(PHASES), at: time })).min(1),
    error: z.object({ code: text }).optional(),
  })
  .transform(({ operationId: id, operation: kind, tenant, phase, phases, error }): Entry => {
    const at = phases[0]?.at ?? '';
    const ok = isEnd(phase) ? phase === 'verified' : null;
    const event = { kind, tenant, id, at, ok, code: error?.code ?? null, wrote: mayHaveWritten({ phases }) };
    return { tenant, id, at, event };
  });

const drillEntry = z
  .object({
    tenant: text,
    id: text,
    at: time,
    verdict: z.enum(DRILL_VERDICTS),
    code: text.optional(),
  })
  .transform(({ tenant, id, at, verdict, code = null }): Entry => {
    const ok = verdict === 'running' ? null : verdict === 'verified';
    const event = verdict === 'refused' ? null : { kind: 'drill' as const, tenant, id, at, ok, code };
    return { tenant, id, at, event };
  });

const SCHEMAS = { failures: failureEntry, operations: operationEntry, drills: drillEntry } as const;

/** Entries that the audit reads: the first part of their keys. */
export type EntryKind = keyof typeof SCHEMAS;
export const ENTRY_KINDS = Object.keys(SCHEMAS) as EntryKind[];

/** @returns null for a document that is none of the kind */
export const entryOf = (kind: EntryKind, document: unknown): Entry | null =>
  SCHEMAS[kind].safeParse(document).data ?? null;

/** The clock of a function may be ahead of that of S3. */
const CLOCK_TOLERANCE_MILLISECONDS = 3_600_000;

/** Whether a document says what its key says, and nothing of a time to come: each function may write entries of some tenants
 * only, and what begins in the future would be the latest for ever.
 * @param writtenAt when S3 took it */
export const isOfKey = ({ tenant, id, at }: Entry, key: string, writtenAt: Date): boolean =>
  key.endsWith(`/${tenant}/${id}.json`) &&
  key.split('/').length === 3 &&
  Date.parse(at) <= writtenAt.getTime() + CLOCK_TOLERANCE_MILLISECONDS;
