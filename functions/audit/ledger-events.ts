/** The ledger entries of other functions, reduced to the members that the audit reads. */
import * as z from 'zod';
import { failureSchema } from '../backup/failure-record.ts';
import { DRILL_VERDICTS } from '../drill/drill-report.ts';
import { isEnd, mayHaveWritten, PHASES } from '../restore/record/operation.ts';
import { TIERS, type Tier } from '../runtime/names.ts';

/** An event of one tenant: a permanently failed backup, a check that found it unchanged, a restore, a patch or a drill. */
export type LedgerEvent =
  | {
      readonly kind: 'failure';
      readonly tenant: string;
      readonly scheduledTime: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly kind: 'check';
      readonly tenant: string;
      readonly tier: Tier;
      /** The version that the tenant equals. */
      readonly versionId: string;
      readonly at: string;
    }
  | {
      readonly kind: 'restore' | 'patch' | 'drill';
      readonly tenant: string;
      readonly id: string;
      /** Start time. */
      readonly at: string;
      /** Whether it was verified; null while the ledger has no record of its end. */
      readonly ok: boolean | null;
      readonly code: string | null;
      /** Whether it may have written to the tenant. @default - true */
      readonly wrote?: boolean;
    };

const text = z.string().max(4096);
const time = z.iso.datetime();

/** A valid ledger entry. */
export interface Entry {
  readonly tenant: string;
  readonly id: string;
  readonly at: string;
  /** Null for a failure that the queue retries and for a skipped drill. */
  readonly event: LedgerEvent | null;
}

// Other functions own these documents, so the schemas check only the members that the audit reads.
const failureEntry = failureSchema.transform(
  ({ tenant, scheduledTime, code, message, final }): Entry => ({
    tenant,
    id: scheduledTime,
    at: scheduledTime,
    event: final ? { kind: 'failure', tenant, scheduledTime, code, message } : null,
  }),
);

const checkEntry = z
  .object({ tenant: text, tier: z.enum(TIERS), checkedAt: time, versionId: text })
  .transform(({ tenant, tier, checkedAt: at, versionId }): Entry => {
    return { tenant, id: tier, at, event: { kind: 'check', tenant, tier, versionId, at } };
  });

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
    if (verdict === 'skipped') return { tenant, id, at, event: null };
    const event = { kind: 'drill' as const, tenant, id, at, ok, code, wrote: verdict !== 'refused' };
    return { tenant, id, at, event };
  });

const SCHEMAS = {
  failures: failureEntry,
  checks: checkEntry,
  operations: operationEntry,
  drills: drillEntry,
} as const;

/** Kinds of entries that the audit reads: the first part of their keys. */
export type EntryKind = keyof typeof SCHEMAS;
export const ENTRY_KINDS = Object.keys(SCHEMAS) as EntryKind[];

/** Parses a ledger document.
 * @returns null if the document is not a valid entry of the kind */
export const entryOf = (kind: EntryKind, document: unknown): Entry | null =>
  SCHEMAS[kind].safeParse(document).data ?? null;

/** Tolerance for a function's clock that is ahead of S3's. */
const CLOCK_TOLERANCE_MILLISECONDS = 3_600_000;

/** Tells whether an entry matches its key and does not begin in the future. A role may write only keys of some tenants, so
 * the entry must name no other tenant. An entry from the future would stay the latest for ever.
 * @param writtenAt time at which S3 stored the entry */
export const isOfKey = ({ tenant, id, at }: Entry, key: string, writtenAt: Date): boolean =>
  key.endsWith(`/${tenant}/${id}.json`) &&
  key.split('/').length === 3 &&
  Date.parse(at) <= writtenAt.getTime() + CLOCK_TOLERANCE_MILLISECONDS;
