/** Places that SecureAuth changes by itself: a difference there is no difference of configuration. */
import { CLIENT_PATTERNS } from './credential-fields.ts';

/** The times in the life of a signing key. The key itself is configuration: a replaced key is a difference. */
export const KEY_TIMES = ['created_at', 'promoted_at', 'rotated_at', 'revoked_at'] as const;

const WORKSPACE_VOLATILE: readonly string[] = [
  // Written at import time, computed, or counted by the server.
  ...CLIENT_PATTERNS.map(
    (client) =>
      `${client}.created_at|updated_at|client_id_issued_at|client_secret_expires_at|saml_metadata_updated_at` +
      '|application_types|registration_token',
  ),
  'services|scripts|policies|pools|idps|gateways|custom_apps|webhooks.*.created_at|updated_at',
  'created_at|updated_at',
  'gateways.*.last_active',
  // Raised by product upgrades.
  'version',
  'idps.*.version',
  // Instructions for an import, never stored.
  'initialize|do_not_create_default_claims',
  'issuer_url|mtls_issuer_url',
  'workforce.status',
  ...keyTimes('jwks'),
  ...CLIENT_PATTERNS.map((client) => timesOf(`${client}.saml_idp_signing_key`)),
];

const TENANT_VOLATILE: readonly string[] = [
  'created_at|updated_at',
  'pools|schemas|themes|translations|mfa_methods.*.created_at|updated_at',
  'themes.*.templates.*.created_at|updated_at',
  ...keyTimes('jwks'),
];

/** Returns patterns for the times of the keys in a key set of SecureAuth's own. */
export function keyTimes(path: string): string[] {
  return [
    timesOf(`${path}.keys|revoked_signing_keys|revoked_encryption_keys.*`),
    timesOf(`${path}.next_signing_key|next_encryption_key`),
  ];
}

/** Returns a pattern for the times of one key. */
export function timesOf(key: string): string {
  return `${key}.${KEY_TIMES.join('|')}`;
}

/** Everything at or below these places is volatile. */
export const VOLATILE_PATTERNS: readonly string[] = [
  ...WORKSPACE_VOLATILE,
  ...WORKSPACE_VOLATILE.map((pattern) => `servers.*.${pattern}`),
  ...TENANT_VOLATILE,
];
