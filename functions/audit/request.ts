import * as z from 'zod';
import { parseInput } from '../parse.ts';

/** There is nothing to ask for: an audit is of everything. */
const auditRequestSchema = z.strictObject({});

/** Judge the event that an audit was invoked with.
 * @throws INVALID_REQUEST naming an unknown field */
export const parseAuditRequest = (event: unknown): z.infer<typeof auditRequestSchema> =>
  parseInput(auditRequestSchema, event, 'audit request', 'INVALID_REQUEST');
