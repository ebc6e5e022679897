/** Places that are known to hold credentials: the second fence after SecureAuth's own redaction. */

const PRIVATE_JWK_MEMBERS = 'd|p|q|dp|dq|qi|k|oth';

/** Clients with entries of their own, and clients embedded in the objects that they serve. */
export const CLIENT_PATTERNS: readonly string[] = [
  'clients.*',
  'idps|gateways|custom_apps.*.client',
  'server_consent|ciba_authentication_service.client',
];

/** Returns patterns for SecureAuth's own key sets: signing, encryption, next and revoked keys. */
export const serverKeySet = (path: string): string[] => [
  `${path}.keys|revoked_signing_keys|revoked_encryption_keys.*.${PRIVATE_JWK_MEMBERS}`,
  `${path}.next_signing_key|next_encryption_key.${PRIVATE_JWK_MEMBERS}`,
];

/** Returns a pattern for the key sets of other parties. They are usually public, but nothing prevents private
 * members. */
export const foreignKeySet = (path: string): string => `${path}.keys.*.${PRIVATE_JWK_MEMBERS}`;

/** Returns patterns for the secrets of a client, and its keys. */
export const clientSecrets = (client: string): string[] => [
  `${client}.client_secret|hashed_secret|rotated_secrets|hashed_rotated_secrets`,
  `${client}.registration_token.signature`,
  foreignKeySet(`${client}.jwks`),
  `${client}.saml_idp_signing_key.${PRIVATE_JWK_MEMBERS}`,
];

const WORKSPACE_SECRETS: readonly string[] = [
  'secret|rotated_secrets|subject_identifier_algorithm_salt',
  ...serverKeySet('jwks'),
  ...CLIENT_PATTERNS.flatMap(clientSecrets),
  // Containers: every value inside is sealed, including user names and certificates.
  'idps.*.credentials',
  'idps.*.jit.provisioning.identifier_salt',
  'ciba_authentication_service.external.credentials',
  'webhooks.*.api_key',
  'scripts.*.test_input',
  foreignKeySet('trust_anchor_configuration.jwks'),
  foreignKeySet('dynamic_client_registration.payload.jws_payload.jwks'),
];

const TENANT_SECRETS: readonly string[] = [
  ...serverKeySet('jwks'),
  'mfa_methods.*.auth',
  'phone_provider_config.providers.*.twilio|vonage|telesign',
];

/** Everything non-blank at or below these places is a credential. */
export const SECRET_PATTERNS: readonly string[] = [
  ...WORKSPACE_SECRETS,
  ...WORKSPACE_SECRETS.map((pattern) => `servers.*.${pattern}`),
  ...TENANT_SECRETS,
];

const WORKSPACE_KEY_SETS = [
  'jwks',
  ...CLIENT_PATTERNS.map((client) => `${client}.jwks|saml_idp_signing_key`),
];

/** Public and private members side by side. A redaction may change the public ones too (it drops keys and zeroes
 * counters), so that a difference here does not prove a change of the tenant. */
export const KEY_SET_PATTERNS: readonly string[] = [
  ...WORKSPACE_KEY_SETS,
  ...WORKSPACE_KEY_SETS.map((pattern) => `servers.*.${pattern}`),
];
