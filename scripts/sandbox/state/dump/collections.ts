import { isJsonObject, type Json, type JsonObject, memberOf } from '../../json.ts';

/** A list of a flat dump. */
export interface Collection {
  /** Members that identify an element within its tenant. */
  readonly key: readonly string[];
  /** Members that, apart from ids, no two elements may share: an element that has them all is the same one. */
  readonly natural?: readonly string[];
  /** The member with the id of its workspace. */
  readonly workspace?: string;
  /** Only a dump holds it: no tree does. */
  readonly beside?: true;
  /** What happens at runtime; exported with `with_data=true` only. */
  readonly runtime?: true;
  /** The member that holds the tenant's id. @default tenant_id */
  readonly tenant?: readonly string[];
}

const SERVER = 'server_id';
const AUTHORIZATION = 'authorization_server_id';
const beside = true;
const runtime = true;

/** Schedules of key rotation: kept like what a dump holds, and shown by requests of their own only. */
export const KEY_ROTATIONS = 'automatic_key_rotations';

/** Lists of a dump, in the order of an export. Ids count within their workspace, so that no tree is too odd to be shown.
 * Source: the vendor's description of the system API (`TenantDump`). */
export const COLLECTIONS: Readonly<Record<string, Collection>> = {
  acrs: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION, beside },
  apis: { key: [SERVER, 'service_id', 'id'], workspace: SERVER },
  [KEY_ROTATIONS]: { key: [SERVER, 'use'], workspace: SERVER, beside },
  audit_events: { key: ['event_id'], workspace: SERVER, beside, runtime },
  authorization_details: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION, beside },
  brute_force_limits: { key: ['protected_type'], beside },
  cdr_arrangements: { key: ['cdr_arrangement_id'], workspace: AUTHORIZATION, beside, runtime },
  ciba_authentication_services: { key: [SERVER], workspace: SERVER },
  claim_grants: {
    key: [SERVER, 'client_id', 'subject', 'claim_type', 'claim_name'],
    workspace: SERVER,
    beside,
    runtime,
  },
  claims: {
    key: [AUTHORIZATION, 'id'],
    natural: [AUTHORIZATION, 'type', 'name'],
    workspace: AUTHORIZATION,
  },
  clients: { key: [AUTHORIZATION, 'client_id'], workspace: AUTHORIZATION },
  consent_actions: { key: ['id'], beside },
  consent_grants: { key: ['consent_id', 'subject', 'consent_grant_act_id'], beside, runtime },
  consents: { key: ['id'], beside },
  cross_tenant_api_policy_bindings: {
    key: ['api_tenant_id', 'api_id'],
    workspace: 'policy_server_id',
    tenant: ['policy_tenant_id'],
  },
  custom_apps: { key: [SERVER, 'id'], workspace: SERVER },
  feature_flags: { key: ['flag'] },
  gateway_api_groups: { key: [SERVER, 'gateway_id', 'id'], workspace: SERVER },
  gateways: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION },
  // Their `workspace_id` names another workspace, whose people they let in.
  idps: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION },
  mfa_methods: { key: ['id'] },
  openbanking_br_consents: { key: [SERVER, 'consent_id'], workspace: SERVER, beside, runtime },
  openbanking_fdx_consents: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION, beside, runtime },
  openbanking_file_payment_consent_file_resources: {
    key: [SERVER, 'consent_id'],
    workspace: SERVER,
    beside,
    runtime,
  },
  openbanking_ksa_consents: { key: [SERVER, 'consent_id'], workspace: SERVER, beside, runtime },
  openbanking_uk_consents: { key: [SERVER, 'consent_id'], workspace: SERVER, beside, runtime },
  policies: { key: [SERVER, 'id'], workspace: SERVER },
  policy_execution_points: { key: [SERVER, 'type', 'target_fk'], workspace: SERVER },
  privacy_ledger_events: { key: ['id'], beside, runtime },
  rate_limits: { key: ['module'], beside },
  recurring_jobs: { key: ['id'], beside },
  roles: { key: ['role', 'subject', 'resource'], beside, tenant: ['resource', 'tenant_id'] },
  scope_grants: {
    key: [SERVER, 'client_id', 'subject', 'granted_scope_name'],
    workspace: SERVER,
    beside,
    runtime,
  },
  scopes_without_service: {
    key: [AUTHORIZATION, 'id'],
    natural: [AUTHORIZATION, 'name'],
    workspace: AUTHORIZATION,
  },
  script_execution_points: { key: [SERVER, 'type', 'target_fk'], workspace: SERVER },
  scripts: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION },
  secrets: { key: [SERVER, 'id'], workspace: SERVER, beside },
  server_consents: { key: [SERVER], workspace: SERVER },
  servers: { key: ['id'], workspace: 'id' },
  servers_bindings: { key: [SERVER, 'dependent'], workspace: SERVER },
  services: { key: [AUTHORIZATION, 'id'], workspace: AUTHORIZATION },
  templates: { key: ['theme_id', 'fs_path'] },
  theme_bindings: { key: [SERVER], workspace: SERVER },
  themes: { key: ['id'] },
  translations: { key: ['locale'] },
  // Only those of type `server` name a workspace.
  vanity_domains: { key: ['id'], workspace: SERVER, beside },
  webhooks: { key: [SERVER, 'webhook_id'], workspace: SERVER },
};

/** Where the scopes of services are kept while a dump is worked on; in a dump they lie in their services. */
export const SERVICE_SCOPES = 'services.scopes';
const SERVICE_SCOPE: Collection = {
  key: [AUTHORIZATION, 'id'],
  natural: [AUTHORIZATION, 'name'],
  workspace: AUTHORIZATION,
};

/** Collections that only the dump of the whole deployment shows. */
export const ROOT_ONLY: readonly string[] = ['rate_limits'];

export function collectionOf(name: string): Collection | undefined {
  if (name === SERVICE_SCOPES) return SERVICE_SCOPE;
  return Object.hasOwn(COLLECTIONS, name) ? COLLECTIONS[name] : undefined;
}

/** The tenant that an element says it belongs to. */
export const tenantOf = (name: string, element: JsonObject): Json | undefined =>
  (collectionOf(name)?.tenant ?? ['tenant_id']).reduce<Json | undefined>(memberOf, element);

/** The workspace that an element belongs to; undefined if it is the tenant's own. */
export function workspaceIdOf(name: string, element: JsonObject): string | undefined {
  const link = collectionOf(name)?.workspace;
  const id = link === undefined ? undefined : memberOf(element, link);
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Tells two elements of a collection apart. Elements of an unknown collection count as the same if their ids do. */
export const keyOf = (name: string, element: JsonObject): string =>
  valuesOf(
    element,
    collectionOf(name)?.key ?? (Object.hasOwn(element, 'id') ? ['id'] : Object.keys(element)),
  );

export function naturalKeyOf(name: string, element: JsonObject): string | undefined {
  const natural = collectionOf(name)?.natural;
  return natural && valuesOf(element, natural);
}

const valuesOf = (element: JsonObject, members: readonly string[]): string =>
  JSON.stringify(members.map((member) => sorted(memberOf(element, member) ?? null)));

/** Members in the order of their names, so that equal values have equal texts. */
function sorted(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
