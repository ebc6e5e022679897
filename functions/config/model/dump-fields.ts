/** The known places of a dump. The system API has no export without credentials: only this table and the look of a
 * value tell credentials from the rest. */
import { clientSecrets, foreignKeySet, serverKeySet } from './credential-fields.ts';
import { ALL_COLLECTIONS, NATURAL_NAMES } from './dump-collections.ts';
import { type FieldCursor, type FieldMark, withMark } from './fields.ts';
import { pathTable } from './path-table.ts';
import { keyTimes, timesOf } from './volatile.ts';

/** The tenant in a tenant's own dump, and the tenants in a dump of the whole deployment. */
const TENANTS = ['tenant', 'tenants.*'];

/** Everything non-blank at or below these places is a credential. */
export const DUMP_SECRET_PATTERNS: readonly string[] = [
  ...TENANTS.flatMap((tenant) => [
    ...serverKeySet(`${tenant}.jwks`),
    `${tenant}.phone_provider_config.providers.*.twilio|vonage|telesign`,
  ]),
  'servers.*.secret|rotated_secrets|subject_identifier_algorithm_salt',
  ...serverKeySet('servers.*.jwks'),
  foreignKeySet('servers.*.trust_anchor_configuration.jwks'),
  foreignKeySet('servers.*.dynamic_client_registration.payload.jws_payload.jwks'),
  ...clientSecrets('clients.*'),
  // Containers: every value inside is sealed, including user names and certificates.
  'idps.*.credentials',
  'idps.*.jit.provisioning.identifier_salt',
  'ciba_authentication_services.*.external.credentials',
  'mfa_methods.*.auth',
  'webhooks.*.api_key',
  'scripts.*.test_input',
  // Trees do not have these.
  'secrets.*.secret|value',
  'vanity_domains.*.key|cert|api_key',
];

/** People's data: reports say only that it differs. */
export const PEOPLE_PATTERNS = [
  'users|user_credentials|user_identifiers|user_verifiable_addresses|groups|group_members|codes',
];

const KEY_SET_PATTERNS = [
  ...TENANTS.map((tenant) => `${tenant}.jwks`),
  'servers.*.jwks',
  'clients.*.jwks|saml_idp_signing_key',
];

const VOLATILE_PATTERNS = [
  // Written at import time, computed, or counted by the server.
  '*.*.created_at|updated_at',
  'tenant.created_at|updated_at',
  'services.*.scopes|apis|authorization_details.*.created_at|updated_at',
  'clients.*.client_id_issued_at|client_secret_expires_at|saml_metadata_updated_at|application_types',
  'clients.*.registration_token',
  'gateways.*.last_active',
  'recurring_jobs.*.scheduled_at',
  'users.*.status_updated_at',
  // Raised by product upgrades.
  'servers|idps.*.version',
  // Instructions for an import, never stored; computed; provisioned.
  'servers.*.initialize|do_not_create_default_claims|issuer_url|mtls_issuer_url',
  'servers.*.workforce.status',
  ...[...TENANTS, 'servers.*'].flatMap((owner) => keyTimes(`${owner}.jwks`)),
  timesOf('clients.*.saml_idp_signing_key'),
];

const FREE_FORM_PATTERNS = [
  ...TENANTS.map((tenant) => `${tenant}.metadata`),
  'servers|pools|scopes_without_service|gateway_api_groups.*.metadata',
  'clients.*.metadata|developer_metadata',
  'services.*.scopes.*.metadata',
  'policies.*.validators.*.conf',
  'scripts.*.test_input',
  'schemas.*.schema',
  'users.*.payload|metadata|business_metadata',
];

const KNOWN: readonly (readonly [string, FieldMark])[] = [
  ...withMark(DUMP_SECRET_PATTERNS, 'secret'),
  ...withMark(PEOPLE_PATTERNS, 'secret'),
  ...withMark(KEY_SET_PATTERNS, 'keySet'),
  ...withMark(VOLATILE_PATTERNS, 'volatile'),
  ...withMark(FREE_FORM_PATTERNS, 'freeForm'),
  ...withMark(['translations.*.content'], 'prose'),
];

/** The cursor at the root of a flat dump or an identity dump. */
export const DUMP_CURSOR: FieldCursor = pathTable(KNOWN);

/** Members that say what an object is and where it belongs, and ids that every import generates again. Objects are
 * matched by the former; the latter mean nothing. */
const IDENTITY_PATTERNS: readonly string[] = [
  ...Object.entries(ALL_COLLECTIONS).flatMap(([name, { identity, workspace, tenant }]) =>
    name === 'tenant' ? [] : [...identity, ...workspace, tenant].map((path) => `${name}.*.${path}`),
  ),
  ...Object.entries(NATURAL_NAMES).flatMap(([name, names]) =>
    ['id', ...names].map((path) => `${name}.*.${path}`),
  ),
  'services.*.scopes|apis|authorization_details.*.id|tenant_id|server_id|authorization_server_id|service_id',
];

/** The same table, for comparing objects of two dumps that are matched by their keys. */
export const DUMP_COMPARE_CURSOR: FieldCursor = pathTable([
  ...KNOWN,
  ...withMark(IDENTITY_PATTERNS, 'volatile'),
]);
