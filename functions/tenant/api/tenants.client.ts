import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { ROOT_TENANT_ID } from '../enrolment/enrolment.ts';
import { type ApiOptions, createApi } from './api.client.ts';
import { tenantsRequest } from './requests.ts';

/** The answer also holds private keys of each tenant: only ids are read. */
const answerSchema = z.object({ tenants: z.array(z.object({ id: z.string().min(1).max(256) })).nullish() });

/** Most tenants of one deployment: each becomes a request for a backup. */
const MAX_TENANTS = 10_000;

/** Lists the tenants of a self-hosted deployment, except its root tenant.
 * @param options with an enrolment of all tenants
 * @returns ids, sorted
 * @throws NOT_SUPPORTED for another enrolment, UNEXPECTED_RESPONSE, and the errors of `Api.read` */
export async function listTenants(options: ApiOptions): Promise<string[]> {
  const request = tenantsRequest(options.enrolment);
  const body = await createApi(options).read(request);
  const ids = idsIn(body);
  if (ids === null) {
    throw new TenantBackupError('UNEXPECTED_RESPONSE', `${request.what} is not {"tenants": [{"id": ...}]}`, {
      bytes: body.byteLength,
    });
  }
  if (ids.length > MAX_TENANTS) {
    throw new TenantBackupError(
      'UNEXPECTED_RESPONSE',
      `${request.what} must have at most ${MAX_TENANTS} tenants, got ${ids.length}`,
      { tenants: ids.length },
    );
  }
  return ids.filter((id) => id !== ROOT_TENANT_ID).sort();
}

function idsIn(body: Buffer): string[] | null {
  try {
    return (answerSchema.parse(JSON.parse(body.toString('utf8'))).tenants ?? []).map(({ id }) => id);
  } catch {
    // Omit the cause, which may quote the answer.
    return null;
  }
}
