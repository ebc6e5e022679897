import * as z from 'zod';
import { parseInput } from '../parse.ts';

/** A line of printable text: it is shown on terminals, in messages and on the page. */
const line = (maxCharacters: number) =>
  z
    .string()
    .max(maxCharacters)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'must be one line of visible text')
    .refine((text) => text.trim() !== '', 'must not be blank');

const acknowledgementSchema = z.strictObject({
  /** Ids of the findings. */
  findings: z
    .array(z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hexadecimal digits'))
    .min(1)
    .max(100),
  reason: line(500),
  /** ARN of the person, as the command reads it from STS. */
  by: line(200),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** An audit covers everything, so a request names no tenant. */
const auditRequestSchema = z.strictObject({
  /** Findings of the last report that a person has looked at. @default - none */
  acknowledge: acknowledgementSchema.optional(),
});
export type AuditRequest = z.infer<typeof auditRequestSchema>;

/** Parses the event that invoked the audit.
 * @throws INVALID_REQUEST naming an unknown field */
export const parseAuditRequest = (event: unknown): AuditRequest =>
  parseInput(auditRequestSchema, event, 'audit request', 'INVALID_REQUEST');
