import type { JsonObject } from '../sandbox/json.ts';
import { COMPANIES } from './tenants/companies.ts';
import { Maker } from './tenants/maker.ts';
import { tenantTree } from './tenants/tenant.ts';

export { credentialValues } from './tenants/credential-values.ts';
export { CANARY_MARKER } from './tenants/maker.ts';
export { AUTOMATION_CLIENT_ID } from './tenants/tenant.ts';

/** Tree of a whole tenant, as the hub API exports it. Open: SecureAuth adds members every few months. */
export type TreeTenantJson = JsonObject;

export interface DemoTenant {
  readonly id: string;
  readonly tree: TreeTenantJson;
}

/** Three tenants of our own invention for the demonstration and the tests.
 *
 * Ids that stay: the tenants `acme`, `globex` and `initech`; in each the workspaces `system`, `admin`, `developer`,
 * `customers`, `workforce` and `partners`; in `customers` the clients `portal` (web, with a rotated secret),
 * `mobile-app`, `support-desk` and `notification-service`, the identity providers `google`, `github`, `loyalty` and
 * `consumers` (a pool), the policies `block_customers_developer`, `mfa_customers_user`, `fresh-login_customers_api`
 * and `machine_customers`, the scripts `customers-enrich` and `customers-token`, the gateway `edge-gateway`, the
 * custom app `terms-of-use` and the webhooks `audit-trail` and `crm-updates`; in `workforce` the client `intranet`
 * and the identity provider `entra-id`; in `partners` the client `partner-portal`; in `system` the client
 * `tenant-backup`, which may manage the configuration.
 *
 * Every credential that is a string contains `canary-<tenant id>-` and a counter, and is at least 32 characters long.
 * @returns fresh documents; the same ones with every call, but for key pairs, which are generated
 */
export const demoTenants = (): DemoTenant[] =>
  COMPANIES.map((company) => ({ id: company.id, tree: tenantTree(new Maker(company.id), company) }));
