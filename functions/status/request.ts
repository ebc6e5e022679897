import * as z from 'zod';
import { tenantName } from '../backup/request.ts';
import { parseInput } from '../parse.ts';
import { operationId } from '../restore/record/operation-record.ts';

const statusRequestSchema = z.strictObject({
  tenant: tenantName,
  /** @default - the operation with the newest record */
  operationId: operationId.optional(),
});

/** Names the operation to report. Exists only because `parseStatusRequest` made it. */
export type StatusRequest = z.infer<typeof statusRequestSchema>;

/** @throws INVALID_REQUEST naming field, value and bound */
export const parseStatusRequest = (event: unknown): StatusRequest =>
  parseInput(statusRequestSchema, event, 'status request', 'INVALID_REQUEST');
