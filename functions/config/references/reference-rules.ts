/** Which members of an object name another object, by the type of the object in whose body they lie. */
import { type PathCursor, pathTable, step } from '../model/path-table.ts';
import type { ObjectType } from '../model/sections.ts';

/** Where the target of a reference lives.
 * - `workspace`: in the workspace of the object that names it
 * - `workspaceOrSystem`: there, or in the tenant's workspace `system`
 * - `tenant`: at the tenant itself; pools may also belong to any of its workspaces */
export type ReferenceScope = 'workspace' | 'workspaceOrSystem' | 'tenant';

/** - `error`: the object cannot work without its target, and an import refuses it or leaves it out
 * - `warning`: the target may be there without being exported, or be made by name alone */
export type ReferenceSeverity = 'error' | 'warning';

/** One object naming another. */
export interface Reference<Type extends string = ObjectType> {
  readonly from: { readonly type: Type; readonly id: string; readonly workspace?: string };
  /** JSON Pointer of the member that names the target, in the tree. */
  readonly pointer: string;
  /** Ids and names of scopes are public. */
  readonly target: { readonly type: Type; readonly id: string };
  readonly scope: ReferenceScope;
  readonly severity: ReferenceSeverity;
}

export interface ReferenceRule {
  readonly target: ObjectType;
  readonly scope: ReferenceScope;
  readonly severity: ReferenceSeverity;
  /** Whether the value at a place is the target's id, or the names of its members are. */
  readonly named: 'byValue' | 'byMembers';
}

export type ReferenceMark = keyof typeof REFERENCE_RULES;

const rule = (
  target: ObjectType,
  scope: ReferenceScope,
  severity: ReferenceSeverity = 'error',
  named: ReferenceRule['named'] = 'byValue',
): ReferenceRule => ({ target, scope, severity, named });

export const REFERENCE_RULES = {
  policy: rule('policy', 'workspace'),
  script: rule('script', 'workspace'),
  client: rule('client', 'workspace'),
  exchangeClient: rule('client', 'workspaceOrSystem'),
  idp: rule('idp', 'workspace'),
  customApp: rule('custom_app', 'workspace'),
  service: rule('service', 'workspace'),
  gateway: rule('gateway', 'workspace'),
  // Scopes are plain texts to SecureAuth; a client may keep one that is no longer offered.
  scope: rule('scope', 'workspace', 'warning'),
  scopeMembers: rule('scope', 'workspace', 'warning', 'byMembers'),
  pool: rule('pool', 'tenant'),
  claimPool: rule('pool', 'tenant', 'warning'),
  server: rule('server', 'tenant'),
  theme: rule('theme', 'tenant'),
  // Built-in schemas can be used without being exported.
  schema: rule('schema', 'tenant', 'warning'),
} as const satisfies Record<string, ReferenceRule>;

/** Patterns within the body of an object (see `path-table.ts`); `""` is the body itself.
 *
 * Not listed, for want of a target that a tree holds: ACRs and authorization details, APIs of other tenants, locales,
 * developers. Embedded clients are not listed either: they live in the workspace `system`, with its scopes and
 * policies. @see objects.ts for bodies without the objects below them */
const PATTERNS: Partial<Record<ObjectType, Readonly<Record<string, ReferenceMark>>>> = {
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
    token_exchange_client_id: 'exchangeClient',
    'token_exchange.trusted_idp_ids.*': 'idp',
  },
  gateway_api_group: { service_id: 'service' },
  theme_binding: { theme_id: 'theme' },
};

const BODY = 'body';

/** By type of object: the cursor at its body. Types without references are missing. */
export const REFERENCE_CURSORS: ReadonlyMap<ObjectType, PathCursor<ReferenceMark>> = new Map(
  Object.entries(PATTERNS).map(([type, patterns]) => {
    const entries = Object.entries(patterns).map(
      ([pattern, mark]) => [pattern === '' ? BODY : `${BODY}.${pattern}`, mark] as const,
    );
    return [type as ObjectType, step(pathTable(entries), BODY) as PathCursor<ReferenceMark>];
  }),
);

/** What the second key of a script execution point may name. Minting tokens of clients is bound to a client; every
 * other point to the workspace itself, to a client or to an identity provider. Known from examples alone.
 * @param point its first key, such as `token_minting` */
export const scriptTargetTypes = (point: string): readonly ObjectType[] =>
  point === 'client_token_minting' ? ['client'] : ['server', 'client', 'idp'];
