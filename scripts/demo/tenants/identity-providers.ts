import type { Json, JsonObject } from '../../sandbox/json.ts';
import type { Maker } from './maker.ts';

/** Ways to log in to the customers' workspace. */
export const customerIdentityProviders = (make: Maker): JsonObject => ({
  google: provider(make, 'google', 'Google', {
    settings: {
      client_id: `${make.id(12)}.apps.example`,
      scopes: ['openid', 'email', 'profile'],
      get_user_info: true,
    },
    credentials: { client_secret: make.secret() },
  }),
  github: provider(make, 'github', 'GitHub', {
    settings: { client_id: make.id(20), scopes: ['read:user', 'user:email'], fetch_groups: false },
    credentials: { client_secret: make.secret() },
  }),
  loyalty: provider(make, 'oidc', 'Loyalty programme', {
    settings: {
      client_id: `${make.tenantId}-loyalty`,
      issuer_url: `https://id.loyalty.example/${make.tenantId}`,
      authentication_method: 'client_secret',
      scopes: ['openid', 'profile'],
      use_pkce: true,
    },
    credentials: { client_secret: make.secret(), private_key_jwt: null },
  }),
  consumers: {
    ...provider(make, 'identity_pool', 'Consumers', { settings: {}, credentials: {} }),
    identity_pool_id: 'consumers',
    settings: null,
    credentials: null,
  },
});

/** Ways to log in for employees. */
export const workforceIdentityProviders = (make: Maker): JsonObject => ({
  'entra-id': {
    ...provider(make, 'azure', 'Corporate directory', {
      settings: {
        client_id: make.id(),
        tenant: make.domain,
        fetch_groups: true,
        only_security_groups: true,
        group_name_format: 'display_name',
        graph_user_attributes: ['department', 'employeeId'],
        scopes: ['openid', 'email', 'profile'],
      },
      credentials: { client_secret: make.secret() },
    }),
    jit: {
      enabled: true,
      provisioning: { mode: 'pre-provisioning', pool_id: 'employees', identifier_salt: make.secret() },
    },
  },
  'test-users': provider(make, 'static', 'Test users', {
    settings: { hint: false },
    credentials: {
      users: ['ada', 'grace', 'zoë'].map((username) => ({
        username,
        password: make.secret(),
        email: `${username === 'zoë' ? 'zoe' : username}@${make.domain}`,
        email_verified: true,
        additional_attributes: { given_name: username, groups: ['staff'] },
      })),
    },
  }),
});

/** Ways to log in for partners, who bring their own. */
export const partnerIdentityProviders = (make: Maker): JsonObject => ({
  'partner-saml': provider(make, 'saml_v2', 'Partner federation', {
    settings: {
      metadata_url: 'https://idp.partner.example/saml/metadata',
      name_id_format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      signing_method: 'rsa-sha-256',
    },
    credentials: { signing_key: make.privateKeyPem(), signing_cert: '' },
  }),
  'partner-oidc': provider(make, 'oidc', 'Partner sign-in', {
    settings: {
      client_id: `${make.tenantId}-partners`,
      issuer_url: 'https://login.partner.example',
      authentication_method: 'private_key_jwt',
      scopes: ['openid'],
    },
    credentials: {
      client_secret: '',
      private_key_jwt: { algorithm: 'ES256', exp: '5m0s', key: make.privateKeyPem() },
    },
  }),
  'legacy-login': provider(make, 'external', 'Legacy login page', {
    settings: { url: make.url('login-legacy', '/authenticate') },
    credentials: {
      username: '',
      password: '',
      api_key_name: 'X-Api-Key',
      api_key_value: make.secret(),
      api_key_in: 'header',
    },
  }),
});

/** The method's name is the member under which its settings and credentials lie. */
function provider(
  make: Maker,
  method: string,
  name: string,
  { settings, credentials }: { settings: JsonObject; credentials: JsonObject },
): JsonObject {
  return {
    name,
    method,
    logo_uri: '',
    disabled: false,
    hidden: false,
    display_order: 0,
    version: 3,
    settings: { [method]: settings },
    credentials: { [method]: credentials },
    attributes: ['email', 'name', 'groups'].map(attribute),
    mappings: [
      { source: 'email', target: 'email', type: 'string', allow_weak_decoding: false },
      { source: 'groups', target: 'groups', type: 'string_array', allow_weak_decoding: true },
    ],
    config: { reload_claims_at_refresh_token: false, use_embedded: false },
    discovery_settings: { domains: [make.domain], instant_redirect: false },
    sso_settings: { disabled: false },
    static_amr: [],
    jit: null,
    client: null,
    token_exchange_settings: { enabled: false },
  };
}

const attribute = (name: string): Json => ({
  name,
  description: name,
  type: name === 'groups' ? 'string_array' : 'string',
  labels: [],
});
