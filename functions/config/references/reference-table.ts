/** The one table of references: the members that name another object, in trees and in dumps. */
import type { ObjectType } from '../model/sections.ts';
import { type ReferencePlace, referencePlace } from './reference-places.ts';

/** Where the target of a reference lives.
 * - `workspace`: in the workspace of the object that names it
 * - `workspaceOrSystem`: there, or in the tenant's workspace `system`
 * - `tenant`: at the tenant itself; pools may also belong to any of its workspaces */
export type ReferenceScope = 'workspace' | 'workspaceOrSystem' | 'tenant';

/** - `error`: the object cannot work without its target, and an import refuses it or leaves it out
 * - `warning`: the target may exist although the export does not show it, or the import does not need it */
export type ReferenceSeverity = 'error' | 'warning';

/** A member of one object that names another object. */
export interface Reference<Type extends string = ObjectType> {
  readonly from: { readonly type: Type; readonly id: string; readonly workspace?: string };
  /** JSON Pointer of the member that names the target, in the document. */
  readonly pointer: string;
  /** Ids and names of scopes are public. */
  readonly target: { readonly type: Type; readonly id: string };
  readonly scope: ReferenceScope;
  readonly severity: ReferenceSeverity;
}

/** @param Target type of the target in a tree, or its collection in a dump */
export interface ReferenceRule<Target extends string = ObjectType> {
  readonly target: Target;
  readonly scope: ReferenceScope;
  readonly severity: ReferenceSeverity;
  /** Whether the value at a place is the target's id, or the names of its members are. */
  readonly named: 'byValue' | 'byMembers';
}

const rule = <Target extends string>(
  target: Target,
  scope: ReferenceScope,
  severity: ReferenceSeverity = 'error',
  named: ReferenceRule['named'] = 'byValue',
): ReferenceRule<Target> => ({ target, scope, severity, named });

const RULES = {
  policy: rule('policy', 'workspace'),
  script: rule('script', 'workspace'),
  client: rule('client', 'workspace'),
  systemClient: rule('client', 'workspaceOrSystem'),
  idp: rule('idp', 'workspace'),
  customApp: rule('custom_app', 'workspace'),
  service: rule('service', 'workspace'),
  gateway: rule('gateway', 'workspace'),
  // Scopes are plain texts to SecureAuth; a client may keep a scope that no service offers any more.
  scope: rule('scope', 'workspace', 'warning'),
  scopeMembers: rule('scope', 'workspace', 'warning', 'byMembers'),
  pool: rule('pool', 'tenant'),
  claimPool: rule('pool', 'tenant', 'warning'),
  server: rule('server', 'tenant'),
  theme: rule('theme', 'tenant'),
  // Built-in schemas work without being exported.
  schema: rule('schema', 'tenant', 'warning'),
} as const satisfies Record<string, ReferenceRule>;

const collectionNameOf = (type: string): string =>
  type === 'tenant' ? type : type === 'policy' ? 'policies' : `${type}s`;

const DUMP_RULES = {
  ...(Object.fromEntries(
    Object.entries(RULES).map(([mark, each]) => [mark, { ...each, target: collectionNameOf(each.target) }]),
  ) as Record<keyof typeof RULES, ReferenceRule<string>>),
  consent: rule('consents', 'tenant'),
  user: rule('users', 'tenant'),
  group: rule('groups', 'tenant'),
  // An import does not need these; a copy of the workspace elsewhere does.
  boundServer: rule('servers', 'tenant', 'warning'),
};

/** Patterns within the body of an object (see `path-table.ts`); `""` is the body itself.
 *
 * The table omits targets that no export holds: ACRs and authorization details, APIs of other tenants, locales,
 * developers. It omits embedded clients too: they live in the workspace `system`, with its scopes and policies.
 * @see objects.ts for bodies without the objects below them */
const PATTERNS: Partial<Record<ObjectType, Readonly<Record<string, keyof typeof RULES>>>> = {
  tenant: { 'settings.default_workspace_id|default_template_id': 'server' },
  server: {
    'settings.default_client_id': 'client',
    'settings.default_post_authn_ctx_script_id': 'script',
    'dynamic_client_registration.default_scopes.*': 'scope',
    parent_id: 'server',
  },
  pool: { 'payload_schema_id|metadata_schema_id|business_metadata_schema_id': 'schema' },
  client: {
    'policy_execution_points.*': 'policy',
    'scopes.*': 'scope',
    'privacy.scopes': 'scopeMembers',
  },
  idp: {
    identity_pool_id: 'pool',
    'jit.provisioning.pool_id': 'pool',
    workspace_id: 'server',
    post_authn_app_id: 'customApp',
  },
  service: { gateway_id: 'gateway' },
  scope: { 'policy_execution_points.*': 'policy' },
  api: {
    policy_id: 'policy',
    'graphql_types.*.policy_id': 'policy',
    'graphql_types.*.fields.*.policy_id': 'policy',
  },
  claim: { 'scopes.*': 'scope', 'metadata.pool_id': 'claimPool' },
  policy_execution_point: { '': 'policy' },
  script_execution_point: { script_id: 'script' },
  gateway: {
    default_policy_id: 'policy',
    token_exchange_client_id: 'systemClient',
    'token_exchange.trusted_idp_ids.*': 'idp',
  },
  gateway_api_group: { service_id: 'service' },
  theme_binding: { theme_id: 'theme' },
};

/** Further members that only dumps have, by collection. */
const DUMP_PATTERNS: Readonly<Record<string, Readonly<Record<string, keyof typeof DUMP_RULES>>>> = {
  servers_bindings: { server_id: 'boundServer', dependent: 'server' },
  apis: { service_id: 'service' },
  policy_execution_points: { policy_id: 'policy' },
  gateway_api_groups: { gateway_id: 'gateway' },
  idps: { client_id: 'systemClient' },
  gateways: { client_id: 'systemClient' },
  custom_apps: { client_id: 'systemClient' },
  server_consents: { client_id: 'systemClient' },
  ciba_authentication_services: { client_id: 'systemClient' },
  templates: { theme_id: 'theme' },
  consent_actions: { 'consents.*.id': 'consent' },
  recurring_jobs: { 'payload.server_id': 'boundServer' },
  roles: { 'subject.workspace_id': 'boundServer', 'subject.identity_pool_id': 'pool' },
  users: { user_pool_id: 'pool' },
  groups: { user_pool_id: 'pool' },
  user_credentials: { user_id: 'user' },
  user_identifiers: { user_id: 'user' },
  user_verifiable_addresses: { user_id: 'user' },
  group_members: { user_id: 'user', group_id: 'group' },
};

/** By type of object: the places of its references. Types without references are missing. */
export const TREE_REFERENCES: ReadonlyMap<string, ReferencePlace<ReferenceRule>> = new Map(
  Object.entries(PATTERNS).map(([type, patterns]) => [type, referencePlace(patterns, RULES)]),
);

const SHARED_PATTERNS = Object.fromEntries(
  Object.entries(PATTERNS).map(([type, patterns]) => [collectionNameOf(type), patterns]),
);

/** The same by collection of a dump. */
export const DUMP_REFERENCES: ReadonlyMap<string, ReferencePlace<ReferenceRule<string>>> = new Map(
  Object.keys({ ...SHARED_PATTERNS, ...DUMP_PATTERNS }).map((collection) => [
    collection,
    referencePlace({ ...SHARED_PATTERNS[collection], ...DUMP_PATTERNS[collection] }, DUMP_RULES),
  ]),
);

/** What the member `target_fk` of a dump's policy execution point names, by the beginning of the point's type. It
 * names a scope by its id, wherever the scope lies. */
export const POINT_TARGETS: readonly (readonly [prefix: string, rule: ReferenceRule<string>])[] = [
  ['server_', DUMP_RULES.server],
  ['client_', DUMP_RULES.client],
  ['scope_', rule('scopes', 'workspace')],
];

/** Returns the types that the second key of a script execution point may name. Points that mint tokens of clients are
 * bound to a client. All others are bound to the workspace itself, to a client or to an identity provider. Known
 * from examples only.
 * @param point its first key, such as `token_minting` */
export const scriptTargetTypes = (point: string): readonly ObjectType[] =>
  point === 'client_token_minting' ? ['client'] : ['server', 'client', 'idp'];
