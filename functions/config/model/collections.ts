/** The collections of a flat dump (system and root API): what identifies an element, and which workspace it belongs
 * to. Paths are dotted. */

export interface DumpCollection {
  /** Members that identify an element together; no single one does. */
  readonly identity: readonly string[];
  /** Members that hold the id of its workspace; empty for a tenant's own elements. */
  readonly workspace: readonly string[];
  /** Member that holds the id of its tenant. */
  readonly tenant: string;
  /** Whether the collection records events at runtime rather than configuration. */
  readonly runtime: boolean;
}

const SERVER = 'server_id';
const AUTHORIZATION_SERVER = 'authorization_server_id';
const TENANT = 'tenant_id';

const collection = (
  workspace: readonly string[],
  identity: readonly string[],
  options: Partial<DumpCollection> = {},
): DumpCollection => ({
  identity: [TENANT, ...identity],
  workspace,
  tenant: TENANT,
  runtime: false,
  ...options,
});

/** @param link the member with the workspace's id
 * @param names members that identify an element within the workspace */
const ofWorkspace = (link: string, ...names: string[]): DumpCollection =>
  collection([link], [link, ...names]);
const ofTenant = (...names: string[]): DumpCollection => collection([], names);
const RUNTIME = { runtime: true } as const;

/** All known collections of a dump; a tenant's own dump has `tenant` instead of `tenants`. */
export const DUMP_COLLECTIONS: Readonly<Record<string, DumpCollection>> = {
  acrs: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  apis: collection([SERVER], ['id']),
  // Not in the vendor's dump: see `withKeyRotations`.
  automatic_key_rotations: ofWorkspace(SERVER, 'use'),
  audit_events: collection([SERVER], ['event_id'], RUNTIME),
  authorization_details: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  brute_force_limits: ofTenant('protected_type'),
  cdr_arrangements: collection([AUTHORIZATION_SERVER], ['cdr_arrangement_id'], RUNTIME),
  ciba_authentication_services: ofWorkspace(SERVER),
  claim_grants: collection([SERVER], [SERVER, 'client_id', 'subject', 'claim_type', 'claim_name'], RUNTIME),
  claims: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  clients: collection([AUTHORIZATION_SERVER], ['client_id']),
  consent_actions: ofTenant('id'),
  consent_grants: collection([], ['consent_id', 'subject', 'consent_grant_act_id'], RUNTIME),
  consents: ofTenant('id'),
  cross_tenant_api_policy_bindings: {
    identity: ['api_tenant_id', 'api_id', 'policy_tenant_id'],
    workspace: ['policy_server_id'],
    tenant: 'policy_tenant_id',
    runtime: false,
  },
  custom_apps: ofWorkspace(SERVER, 'id'),
  feature_flags: ofTenant('flag'),
  gateway_api_groups: collection([SERVER], ['gateway_id', 'id']),
  gateways: collection([AUTHORIZATION_SERVER], ['id']),
  // An identity provider's `workspace_id` is another workspace, whose users may sign in.
  idps: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  licenses: ofTenant(),
  mfa_methods: ofTenant('id'),
  openbanking_br_consents: collection([SERVER], [SERVER, 'consent_id'], RUNTIME),
  openbanking_fdx_consents: collection([AUTHORIZATION_SERVER], [AUTHORIZATION_SERVER, 'id'], RUNTIME),
  openbanking_file_payment_consent_file_resources: collection([SERVER], [SERVER, 'consent_id'], RUNTIME),
  openbanking_ksa_consents: collection([SERVER], [SERVER, 'consent_id'], RUNTIME),
  openbanking_uk_consents: collection([SERVER], [SERVER, 'consent_id'], RUNTIME),
  policies: ofWorkspace(SERVER, 'id'),
  policy_execution_points: ofWorkspace(SERVER, 'type', 'target_fk'),
  privacy_ledger_events: collection([], ['id'], RUNTIME),
  rate_limits: ofTenant('module'),
  recurring_jobs: ofTenant('id'),
  roles: {
    identity: ['role', 'subject', 'resource'],
    workspace: ['resource.workspace_id'],
    tenant: 'resource.tenant_id',
    runtime: false,
  },
  scope_grants: collection([SERVER], [SERVER, 'client_id', 'subject', 'granted_scope_name'], RUNTIME),
  scopes_without_service: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  script_execution_points: ofWorkspace(SERVER, 'type', 'target_fk'),
  scripts: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  secrets: ofWorkspace(SERVER, 'id'),
  server_consents: ofWorkspace(SERVER),
  servers: collection(['id'], ['id']),
  // A binding belongs to both of its ends.
  servers_bindings: collection([SERVER, 'dependent'], [SERVER, 'dependent']),
  services: ofWorkspace(AUTHORIZATION_SERVER, 'id'),
  templates: ofTenant('theme_id', 'fs_path'),
  tenant: { identity: ['id'], workspace: [], tenant: 'id', runtime: false },
  tenants: { identity: ['id'], workspace: [], tenant: 'id', runtime: false },
  theme_bindings: ofWorkspace(SERVER),
  themes: ofTenant('id'),
  translations: ofTenant('locale'),
  // Only those of type `server` have a workspace.
  vanity_domains: collection([SERVER], ['id']),
  webhooks: ofWorkspace(SERVER, 'webhook_id'),
};

/** Members that name the workspace in elements of an unknown collection; the first that is present counts. */
export const UNKNOWN_LINKS: readonly string[] = [AUTHORIZATION_SERVER, SERVER, 'workspace_id'];
