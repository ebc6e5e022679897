/** What other functions have written into the ledger, as far as the audit looks at it. */
import * as z from 'zod';
import { failureSchema } from '../backup/failure-record.ts';
import { isEnd, mayHaveWritten, PHASES } from '../restore/operation.ts';

/** Of one tenant: a backup that failed for good, or a restore, patch or drill. */
export type News =
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

// Others own these documents: only what is read here has to be as expected.
const finalFailureSchema = failureSchema
  // What the queue tries again is no news yet.
  .refine(({ final }) => final)
  .transform(
    ({ tenant, scheduledTime, code, message }): News => ({
      kind: 'failure',
      tenant,
      scheduledTime,
      code,
      message,
    }),
  );

const operationSchema = z
  .object({
    operationId: text,
    operation: z.enum(['restore', 'patch']),
    tenant: text,
    phase: z.enum(PHASES),
    phases: z.array(z.object({ phase: z.enum(PHASES), at: time })).min(1),
    error: z.object({ code: text }).optional(),
  })
  .transform(({ operationId, operation, tenant, phase, phases, error }): News => {
    return {
      kind: operation,
      tenant,
      id: operationId,
      at: phases[0]?.at ?? '',
      ok: isEnd(phase) ? phase === 'verified' : null,
      code: error?.code ?? null,
      wrote: mayHaveWritten({ phases }),
    };
  });

const drillSchema = z
  .object({
    tenant: text,
    id: text,
    at: time,
    verdict: z.enum(['running', 'proved', 'failed']),
    code: text.optional(),
  })
  .transform(
    ({ tenant, id, at, verdict, code }): News => ({
      kind: 'drill',
      tenant,
      id,
      at,
      ok: verdict === 'running' ? null : verdict === 'proved',
      code: code ?? null,
    }),
  );

const SCHEMAS = { failures: finalFailureSchema, operations: operationSchema, drills: drillSchema } as const;

/** @returns null for a document that is none of the kind */
export function newsOf(kind: keyof typeof SCHEMAS, document: unknown): News | null {
  const parsed = SCHEMAS[kind].safeParse(document);
  return parsed.success ? parsed.data : null;
}

/** The clock of a function may be ahead of that of S3. */
const CLOCK_TOLERANCE_MILLISECONDS = 3_600_000;

/** Whether a document says what its key says, and nothing of a time to come: each function may write entries of some tenants
 * only, and what begins in the future would be the latest for ever.
 * @param writtenAt when S3 took it */
export function isOfEntry(item: News, key: string, writtenAt: Date): boolean {
  const id = item.kind === 'failure' ? item.scheduledTime : item.id;
  const at = Date.parse(item.kind === 'failure' ? item.scheduledTime : item.at);
  return (
    key.endsWith(`/${item.tenant}/${id}.json`) &&
    key.split('/').length === 3 &&
    at <= writtenAt.getTime() + CLOCK_TOLERANCE_MILLISECONDS
  );
}
