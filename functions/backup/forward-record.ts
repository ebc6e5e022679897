import * as z from 'zod';
import type { Clients } from '../runtime/clients.ts';
import { type BackupRequest, tenantName } from './request.ts';

/** What the ledger holds of a request that was passed on: `forwards/<enrolment>/<scheduledTime>.json`. */
export interface ForwardRecord extends BackupRequest {
  /** For which tenants, each with a request of the same tier and time. */
  readonly tenants: readonly string[];
}

/** Writes down for which tenants a request was passed on, so that who asked for it can follow them. Never fails itself: the
 * requests are on their way.
 * @returns whether it is recorded */
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

/** Reads such an entry, which is not trusted because it lies there.
 * @returns null if it names no tenants */
export function tenantsOfForward(document: unknown): readonly string[] | null {
  const parsed = forwardSchema.safeParse(document);
  return parsed.success ? parsed.data.tenants : null;
}
