import * as z from 'zod';
import type { Clients } from '../runtime/clients.ts';
import { type BackupRequest, tenantName } from './request.ts';

/** The ledger's record of a forwarded request: `forwards/<enrolment>/<scheduledTime>.json`. */
export interface ForwardRecord extends BackupRequest {
  /** Tenants that got a request of the same tier and time. */
  readonly tenants: readonly string[];
}

/** Records the tenants of a forwarded request, so that the requester can follow them. Never fails: the queue already has the
 * requests.
 * @returns whether the ledger has the record */
export const recordForward = (
  request: BackupRequest,
  tenants: readonly string[],
  { ledger }: Pick<Clients, 'ledger'>,
): Promise<boolean> => {
  const record: ForwardRecord = { ...request, tenants };
  return ledger.write('forwards', request.tenant, request.scheduledTime, record).then(
    () => true,
    () => false,
  );
};

const forwardSchema = z.looseObject({ tenants: z.array(tenantName).min(1) });

/** Validates a ledger entry as such a record.
 * @returns null if it names no tenants */
export function tenantsOfForward(document: unknown): readonly string[] | null {
  const parsed = forwardSchema.safeParse(document);
  return parsed.success ? parsed.data.tenants : null;
}
