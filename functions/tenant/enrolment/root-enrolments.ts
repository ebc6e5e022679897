import { TenantBackupError } from '../../errors.ts';
import type { Enrolments } from './enrolment.client.ts';
import { type Enrolment, forTenant, ROOT_TENANT_ID } from './enrolment.ts';
import { parseRootTenantName, rootTenantName } from './root-tenant-name.ts';
import { enrolmentOfShared, isShared } from './shared-enrolment.ts';

/** Tells whether an enrolment is of all tenants, and no tenant was chosen yet. */
export const isOfAllTenants = ({ scope, tenantId }: Enrolment): boolean =>
  scope === 'all-tenants' && tenantId === ROOT_TENANT_ID;

/** Adds each tenant of a shared enrolment, or of an enrolment of all tenants, to the enrolments: `get('big--acme')`
 * is the enrolment `big`, narrowed down to the tenant `acme`.
 * @param listTenants lists the ids of an all-tenants enrolment; called only if a name does not hold the id */
export function withRootTenants(
  enrolments: Enrolments,
  listTenants: (enrolment: Enrolment) => Promise<readonly string[]>,
): Enrolments {
  return {
    ...enrolments,
    resolve: (name) => (parseRootTenantName(name) === null ? enrolments.resolve(name) : get(name)),
    get,
  };

  async function get(name: string): Promise<Enrolment> {
    const parsed = parseRootTenantName(name);
    if (parsed === null) return enrolments.get(name);
    const enrolment = await enrolments.resolve(parsed.enrolment);
    if (isShared(enrolment)) return enrolmentOfShared(enrolment, parsed.tenantId ?? name);
    if (!isOfAllTenants(enrolment)) {
      throw new TenantBackupError(
        'NOT_ENROLLED',
        `tenant "${name}" is not enrolled: enrolment "${parsed.enrolment}" is of one tenant only`,
        { tenant: name },
      );
    }
    const tenantId = parsed.tenantId ?? (await find(name, enrolment));
    return { ...forTenant(enrolment, tenantId), name };
  }

  async function find(name: string, enrolment: Enrolment): Promise<string> {
    const ids = await listTenants(enrolment);
    const id = ids.find((each) => rootTenantName(enrolment.name, each) === name);
    if (id !== undefined) return id;
    throw new TenantBackupError(
      'TENANT_NOT_FOUND',
      `none of the ${ids.length} tenants of enrolment "${enrolment.name}" has the name ${name}`,
      { tenant: name, tenants: ids.length },
    );
  }
}
