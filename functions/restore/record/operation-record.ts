/** Validates operation records: the ledger is not trusted. */
import * as z from 'zod';
import { tenantName } from '../../backup/request.ts';
import { TIERS } from '../../runtime/names.ts';
import { TENANT_PARTS } from '../../tenant/enrolment/enrolment-schema.ts';
import { versionIdSchema } from '../../vault/format/layout.ts';
import { type OperationRecord, OUTCOMES, PHASES } from './operation.ts';

/** An operation's id: it becomes part of a key. */
export const operationId = z.uuid('must be the id of an operation');

const text = z.string().max(10_000);
const time = z.iso.datetime();
const count = z.int().min(0).optional();
const part = z.enum(TENANT_PARTS);
const pointers = z.array(text);

const recordSchema = z.object({
  operationId,
  operation: z.enum(['restore', 'patch']),
  tenant: tenantName,
  phase: z.enum(PHASES),
  phases: z
    .array(z.object({ phase: z.enum(PHASES), at: time, part: part.optional() }))
    .min(1)
    .max(1000),
  requestedBy: text.nullable(),
  requestId: text.nullable(),
  request: z.record(z.string(), z.unknown()),
  parts: z.array(part).min(1).optional(),
  backup: z
    .object({
      tenant: tenantName,
      tier: z.enum(TIERS),
      versionId: versionIdSchema,
      backupId: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
      storedAt: time,
    })
    .optional(),
  safetyBackup: versionIdSchema.optional(),
  counts: z
    .object({ created: count, updated: count, deleted: count, compared: count, equal: count })
    .optional(),
  creates: pointers.optional(),
  createsBeside: z.object({ system: pointers, identity: pointers }).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  error: z
    .object({
      code: z.string().regex(/^[A-Z_]{1,64}$/),
      message: text,
      facts: z.record(z.string(), z.union([text, z.number(), z.boolean(), pointers])),
    })
    .optional(),
  passedOver: z.array(text).optional(),
});

/** Validates a ledger entry as the record of an operation.
 * @returns null if it is not a record, or the record of another operation or tenant */
export function parseOperationRecord(document: unknown, tenant: string, id: string): OperationRecord | null {
  const { data } = recordSchema.safeParse(document);
  return data?.tenant === tenant && data.operationId === id ? (data as OperationRecord) : null;
}
