import * as z from 'zod';
import { parseInput } from '../parse.ts';

/** The request has no fields, as an audit covers everything. */
const auditRequestSchema = z.strictObject({});

/** Parses the event that invoked the audit.
 * @throws INVALID_REQUEST naming an unknown field */
export const parseAuditRequest = (event: unknown): z.infer<typeof auditRequestSchema> =>
  parseInput(auditRequestSchema, event, 'audit request', 'INVALID_REQUEST');
