import type { JsonObject } from '../sandbox/json.ts';
import type { Collections } from '../sandbox/state/tenants.ts';
import { besideTree } from './tenants/beside-tree.ts';
import { COMPANIES } from './tenants/companies.ts';
import { Maker } from './tenants/maker.ts';
import { people } from './tenants/people.ts';
import { tenantTree } from './tenants/tenant.ts';

export { credentialValues, valuesBesideTree } from './tenants/credential-values.ts';
export { CANARY_MARKER } from './tenants/maker.ts';
export { AUTOMATION_CLIENT_ID } from './tenants/tenant.ts';

/** Tree of a whole tenant, as the hub API exports it. Open: SecureAuth adds members every few months. */
export type TreeTenantJson = JsonObject;

export interface DemoTenant {
  readonly id: string;
  readonly tree: TreeTenantJson;
  /** What only a dump of the system API shows, by collection: script secrets, vanity domains, roles and so on. */
  readonly dump: Collections;
  /** What only an identity dump shows, by collection: users, and what belongs to them. */
  readonly identity: Collections;
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
 * Beside its tree each has, in `customers`, the script secrets `crm-token` and `smtp-password`, and in its pools
 * `consumers` and `employees` the users `<tenant id>-ada`, `<tenant id>-zoe` and `<tenant id>-grace`.
 *
 * Every credential that is a string contains `canary-<tenant id>-` and a counter, and is at least 32 characters long.
 * @returns fresh documents; the same ones with every call, but for key pairs, which are generated
 */
export const demoTenants = (): DemoTenant[] =>
  COMPANIES.map((company) => {
    const make = new Maker(company.id);
    // In this order: what a tree holds does not depend on what lies beside it.
    const tree = tenantTree(make, company);
    return { id: company.id, tree, dump: besideTree(make, company), identity: people(make, company) };
  });
