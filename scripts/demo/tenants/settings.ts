import type { JsonObject } from '../../sandbox/json.ts';
import type { Maker } from './maker.ts';

/** What sets one workspace apart from another. */
export interface WorkspaceProfile {
  readonly name: string;
  readonly type: 'admin' | 'developer' | 'system' | 'regular';
  readonly keyType: 'ecdsa' | 'rsa';
  readonly color: string;
  readonly description: string;
  /** How strictly clients are treated, as open banking asks for. */
  readonly strict: boolean;
}

/** The settings of a workspace, in the order in which an export shows them. */
export const workspaceSettings = (make: Maker, profile: WorkspaceProfile): JsonObject => ({
  initialize: false,
  do_not_create_default_claims: false,
  name: profile.name,
  description: profile.description,
  profile: 'default',
  type: profile.type,
  template: false,
  color: profile.color,
  logo_uri: make.url('static', '/logo.svg'),
  parent_id: '',
  secret: make.secret(),
  rotated_secrets: [make.secret()],
  jwks: make.keySet(profile.keyType),
  key_type: profile.keyType,
  root_cas: '',
  subject_identifier_algorithm_salt: make.secret(),
  subject_identifier_types: ['public', 'pairwise'],
  subject_format: 'hash',
  custom_issuer_url: '',
  issuer_id: '',
  access_token_strategy: profile.strict ? 'opaque' : 'jwt',
  access_token_ttl: profile.strict ? '10m0s' : '1h0m0s',
  refresh_token_ttl: '720h0m0s',
  id_token_ttl: '1h0m0s',
  authorization_code_ttl: '5m0s',
  cookie_max_age: '8h0m0s',
  pushed_authorization_request_ttl: '1m0s',
  require_pushed_authorization_requests: profile.strict,
  enforce_pkce: profile.strict,
  enforce_pkce_for_public_clients: true,
  enforce_id_token_encryption: false,
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types: ['code'],
  token_endpoint_auth_methods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  token_endpoint_authn_methods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  token_endpoint_auth_signing_alg_values: ['RS256', 'ES256', 'PS256'],
  scope_claim_formats: ['scp_array'],
  dynamic_scope_separator: '.',
  dynamic_client_registration: {
    enabled: false,
    initial_access_token: { required: true },
    payload: { format: 'json', jws_payload: { source: '', jwks: { keys: null }, jwks_uri: '' } },
    default_scopes: null,
    registration_access_token_ttl: '720h0m0s',
  },
  authentication_mechanisms: ['password', 'otp', 'webauthn'],
  authentication_context_settings: {
    attributes: ['sub', 'email', 'groups'].map((name) => ({
      name,
      description: name,
      type: 'string',
      labels: ['simple'],
    })),
  },
  backchannel_token_delivery_modes_supported: ['poll', 'ping'],
  backchannel_user_code_parameter_supported: false,
  device_authorization: { request_ttl: '30m0s', user_code_length: 8, user_code_character_set: 'base20' },
  enable_idp_discovery: false,
  idp_discovery: { enabled: false, discovery_mode: 'domain_matching' },
  enable_quick_access: false,
  enable_trust_anchor: false,
  trust_anchor_configuration: { jwks: { keys: null }, jwks_uri: '' },
  enable_legacy_clients_with_no_software_statement: false,
  consent_id_namespace: '',
  legal_entity: null,
  identity_assurance: null,
  organization: null,
  advanced: {
    acr_values: [],
    block_response_modes: false,
    cookies_configuration: { same_site: 'lax' },
    disable_par: null,
    enforce_acr_values: false,
    return_iss_parameter_in_authorization_response: true,
  },
  saml: { subject_name_id: '' },
  sso: { enabled: profile.type === 'regular', max_age: '24h0m0s', max_idle: '1h0m0s', domain: make.domain },
  settings: { deactivated: false, default_client_id: '', default_post_authn_ctx_script_id: '' },
  metadata: { payload: { owner: 'identity-team', 'support~level': 'gold' }, schema: {} },
  styling: {
    colors: { primary: profile.color, background: '#ffffff', header: '' },
    font_url: '',
    logo_url: '',
    logo_size: '',
  },
  version: 3,
});
