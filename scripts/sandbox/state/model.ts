import type { JsonKind } from '../json.ts';

/**
 * What the sandbox knows of a tenant's objects. One table drives import, redaction, regeneration, stamping and
 * validation. It names only the members that the server itself acts upon; every other member is carried untouched.
 *
 * Source: the vendor's description of the hub API (`TreeTenant`, `TreeServer` and the models below them).
 */
export interface ObjectKind {
  /** The word used in error messages. */
  readonly name: string;
  /** A bare value instead of an object: the policy id of an execution point, the flag of a workspace binding. */
  readonly bare?: 'string' | 'boolean';
  /** Members that hold further objects, each of which an import creates, keeps or replaces by itself. */
  readonly relations?: Readonly<Record<string, Relation>>;
  /** Members that are replaced together with their owner, but stamped and given secrets by themselves. */
  readonly parts?: Readonly<Record<string, ObjectKind>>;
  readonly credentials?: readonly CredentialField[];
  readonly stamps?: readonly Stamp[];
  readonly references?: readonly Reference[];
  /** The JSON kinds of well-known members; `null` always passes. */
  readonly members?: Readonly<Record<string, JsonKind>>;
  /** Members that only steer an import: exports always show them as `false`. */
  readonly inputOnly?: readonly string[];
}

export interface Relation {
  /** `map`: id to object. `nested-map`: two levels of keys, then the object. `single`: the object, or null. */
  readonly shape: 'map' | 'nested-map' | 'single';
  readonly of: ObjectKind;
}

export interface CredentialField {
  readonly path: readonly string[];
  /** How an export without credentials shows it. */
  readonly redactedAs: RedactedForm;
  /** What an import makes up when the field is missing or blank; without it the field stays blank. */
  readonly regenerated?: Regenerated;
}

/** `blank-strings` keeps an object and empties each of its strings; `server-keys` and `client-keys` keep an empty key set. */
export type RedactedForm = 'empty-string' | 'null' | 'blank-strings' | 'server-keys' | 'client-keys';

export type Regenerated = 'random' | 'client-secret' | 'server-keys';

export interface Stamp {
  readonly member: string;
  readonly when: 'created' | 'changed';
  readonly as: 'rfc3339' | 'unix-seconds';
}

/** A member that names another object of the same workspace. */
export interface Reference {
  readonly path: readonly string[];
  readonly to: 'policies' | 'scripts';
}

const map = (of: ObjectKind): Relation => ({ shape: 'map', of });
const nestedMap = (of: ObjectKind): Relation => ({ shape: 'nested-map', of });
const single = (of: ObjectKind): Relation => ({ shape: 'single', of });
const plain = (name: string): ObjectKind => ({ name });

const CREATED_AT: Stamp = { member: 'created_at', when: 'created', as: 'rfc3339' };
const UPDATED_AT: Stamp = { member: 'updated_at', when: 'changed', as: 'rfc3339' };
const POLICY_POINTS: Reference = { path: ['policy_execution_points', '*'], to: 'policies' };

const CLIENT: ObjectKind = {
  name: 'client',
  credentials: [
    { path: ['client_secret'], redactedAs: 'empty-string', regenerated: 'client-secret' },
    { path: ['hashed_secret'], redactedAs: 'empty-string' },
    { path: ['rotated_secrets'], redactedAs: 'null' },
    { path: ['hashed_rotated_secrets'], redactedAs: 'null' },
    { path: ['registration_token', 'signature'], redactedAs: 'empty-string' },
    { path: ['saml_idp_signing_key'], redactedAs: 'null' },
    { path: ['jwks'], redactedAs: 'client-keys' },
  ],
  stamps: [CREATED_AT, UPDATED_AT, { member: 'client_id_issued_at', when: 'created', as: 'unix-seconds' }],
  references: [POLICY_POINTS],
  members: {
    client_name: 'string',
    client_secret: 'string',
    rotated_secrets: 'array',
    redirect_uris: 'array',
    post_logout_redirect_uris: 'array',
    grant_types: 'array',
    response_types: 'array',
    scopes: 'array',
    jwks: 'object',
    metadata: 'object',
    policy_execution_points: 'object',
    system: 'boolean',
    trusted: 'boolean',
  },
};

const IDENTITY_PROVIDER: ObjectKind = {
  name: 'identity provider',
  parts: { client: CLIENT },
  credentials: [
    { path: ['credentials'], redactedAs: 'null' },
    { path: ['jit', 'provisioning', 'identifier_salt'], redactedAs: 'empty-string' },
  ],
  members: {
    name: 'string',
    method: 'string',
    identity_pool_id: 'string',
    credentials: 'object',
    settings: 'object',
    mappings: 'array',
    attributes: 'array',
    disabled: 'boolean',
    hidden: 'boolean',
  },
};

const SCOPE: ObjectKind = {
  name: 'scope',
  references: [POLICY_POINTS],
  members: {
    policy_execution_points: 'object',
    description: 'string',
    display_name: 'string',
    implicit: 'boolean',
  },
};

const API: ObjectKind = {
  name: 'api',
  references: [{ path: ['policy_id'], to: 'policies' }],
  members: { method: 'string', path: 'string', policy_id: 'string' },
};

const SERVICE: ObjectKind = {
  name: 'service',
  relations: { scopes: map(SCOPE), apis: map(API) },
  stamps: [UPDATED_AT],
  members: { name: 'string', type: 'string', description: 'string', system: 'boolean' },
};

const GATEWAY: ObjectKind = {
  name: 'gateway',
  parts: { client: CLIENT },
  relations: { gateway_api_groups: map({ name: 'api group', members: { apis: 'array', name: 'string' } }) },
  references: [{ path: ['default_policy_id'], to: 'policies' }],
  members: { name: 'string', type: 'string', default_policy_id: 'string' },
};

/** A workspace: a "server" in the vendor's documents. */
export const WORKSPACE: ObjectKind = {
  name: 'workspace',
  relations: {
    clients: map(CLIENT),
    idps: map(IDENTITY_PROVIDER),
    services: map(SERVICE),
    scopes_without_service: map(SCOPE),
    claims: nestedMap({
      name: 'claim',
      members: { source_path: 'string', source_type: 'string', scopes: 'array', opaque: 'boolean' },
    }),
    policies: map({
      name: 'policy',
      members: { policy_name: 'string', language: 'string', definition: 'string', validators: 'array' },
    }),
    policy_execution_points: map({
      name: 'policy execution point',
      bare: 'string',
      references: [{ path: [], to: 'policies' }],
    }),
    scripts: map({ name: 'script', members: { name: 'string', body: 'string' } }),
    script_execution_points: nestedMap({
      name: 'script execution point',
      references: [{ path: ['script_id'], to: 'scripts' }],
      members: { script_id: 'string' },
    }),
    gateways: map(GATEWAY),
    custom_apps: map({
      name: 'custom app',
      parts: { client: CLIENT },
      members: { name: 'string', url: 'string' },
    }),
    webhooks: map({
      name: 'webhook',
      credentials: [{ path: ['api_key'], redactedAs: 'empty-string' }],
      members: { url: 'string', api_key: 'string', active: 'boolean', events: 'object' },
    }),
    servers_bindings: map({ name: 'workspace binding', bare: 'boolean' }),
    pools: map(plain('pool')),
    server_consent: single({ name: 'consent', parts: { client: CLIENT } }),
    ciba_authentication_service: single({
      name: 'backchannel authentication service',
      parts: { client: CLIENT },
      credentials: [{ path: ['external', 'credentials'], redactedAs: 'blank-strings' }],
    }),
    theme_binding: single(plain('theme binding')),
  },
  credentials: [
    { path: ['secret'], redactedAs: 'empty-string', regenerated: 'random' },
    { path: ['subject_identifier_algorithm_salt'], redactedAs: 'empty-string', regenerated: 'random' },
    { path: ['rotated_secrets'], redactedAs: 'null' },
    { path: ['jwks'], redactedAs: 'server-keys', regenerated: 'server-keys' },
  ],
  members: {
    name: 'string',
    type: 'string',
    profile: 'string',
    description: 'string',
    secret: 'string',
    rotated_secrets: 'array',
    subject_identifier_algorithm_salt: 'string',
    jwks: 'object',
    access_token_ttl: 'string',
    grant_types: 'array',
    token_endpoint_auth_methods: 'array',
    settings: 'object',
    metadata: 'object',
    advanced: 'object',
    dynamic_client_registration: 'object',
    initialize: 'boolean',
    enforce_pkce: 'boolean',
    version: 'number',
  },
  inputOnly: ['initialize', 'do_not_create_default_claims'],
};

const THEME: ObjectKind = {
  name: 'theme',
  relations: {
    templates: map({ name: 'template', stamps: [CREATED_AT, UPDATED_AT], members: { content: 'string' } }),
  },
  members: { name: 'string', logo_url: 'string' },
};

/** The whole document of a tenant. Its own members are name, url, keys, metadata, settings, styling and the like. */
export const TENANT: ObjectKind = {
  name: 'tenant',
  relations: {
    servers: map(WORKSPACE),
    pools: map({ name: 'pool', members: { name: 'string' } }),
    schemas: map({
      name: 'schema',
      stamps: [CREATED_AT, UPDATED_AT],
      members: { name: 'string', schema: 'object' },
    }),
    themes: map(THEME),
    translations: map({
      name: 'translation',
      stamps: [CREATED_AT, UPDATED_AT],
      members: { content: 'object', enabled: 'boolean' },
    }),
    mfa_methods: map({
      name: 'multi-factor method',
      credentials: [{ path: ['auth'], redactedAs: 'null' }],
      members: { mechanism: 'string', enabled: 'boolean', auth: 'object', settings: 'object' },
    }),
    features: map({ name: 'feature', members: { enabled: 'boolean' } }),
  },
  credentials: [
    { path: ['jwks'], redactedAs: 'server-keys', regenerated: 'server-keys' },
    { path: ['phone_provider_config', 'providers', '*', 'twilio', 'auth_token'], redactedAs: 'empty-string' },
    { path: ['phone_provider_config', 'providers', '*', 'vonage', 'api_key'], redactedAs: 'empty-string' },
    { path: ['phone_provider_config', 'providers', '*', 'vonage', 'api_secret'], redactedAs: 'empty-string' },
    { path: ['phone_provider_config', 'providers', '*', 'telesign'], redactedAs: 'null' },
  ],
  members: {
    name: 'string',
    url: 'string',
    jwks: 'object',
    metadata: 'object',
    settings: 'object',
    styling: 'object',
  },
};

/** The members of an object that are not further objects. */
export const isOwnMember = (kind: ObjectKind, name: string): boolean =>
  kind.relations === undefined || !Object.hasOwn(kind.relations, name);
