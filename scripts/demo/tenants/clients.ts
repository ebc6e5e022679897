import type { JsonObject } from '../../sandbox/json.ts';
import type { Application } from './companies.ts';
import type { Maker } from './maker.ts';

/** Clients of a workspace, by client id. */
export const clients = (make: Maker, workspaceId: string, applications: readonly Application[]): JsonObject =>
  Object.fromEntries(
    applications.map((application) => [application.id, client(make, workspaceId, application)]),
  );

/** One client, with the members that an export shows for its kind. */
export function client(
  make: Maker,
  workspaceId: string,
  { id, name, kind, scopes }: Application,
): JsonObject {
  const at = make.time();
  return {
    client_name: name,
    description: `${name} of ${make.domain}`,
    client_type: kind === 'saml' ? 'saml' : 'oauth2',
    client_status: 'active',
    client_uri: '',
    logo_uri: '',
    policy_uri: '',
    tos_uri: '',
    audience: [],
    request_uris: [],
    system: false,
    trusted: kind === 'service',
    dynamically_registered: false,
    subject_type: 'public',
    scopes: [...scopes],
    jwks: kind === 'signed-service' ? make.publicKeySet() : null,
    jwks_uri: '',
    metadata: { owner: `${workspaceId}-team`, 'cost/centre': '4~711' },
    privacy: null,
    token_exchange: { actor_claims: null },
    use_custom_token_ttls: kind === 'mobile',
    token_ttls: kind === 'mobile' ? { access_token_ttl: '15m0s', refresh_token_ttl: '2160h0m0s' } : null,
    tls_client_certificate_bound_access_tokens: false,
    dpop_bound_access_tokens: false,
    client_id_issued_at: Math.floor(Date.parse(at) / 1000),
    client_secret_expires_at: 0,
    created_at: at,
    updated_at: make.time(),
    policy_execution_points: policyPoints(workspaceId, kind),
    ...authentication(make, kind),
    ...flows(make, id, kind),
  };
}

/** A client that belongs to another object, such as the gateway that uses it. */
export const embeddedClient = (make: Maker, name: string, scopes: readonly string[]): JsonObject => ({
  ...client(make, 'system', { id: name.toLowerCase().replaceAll(' ', '-'), name, kind: 'service', scopes }),
  system: true,
  policy_execution_points: null,
});

function policyPoints(workspaceId: string, kind: Application['kind']): JsonObject {
  if (kind === 'saml') return {};
  return kind === 'service' || kind === 'signed-service'
    ? { client_machine_token: `machine_${workspaceId}` }
    : { client_user_token: `mfa_${workspaceId}_user` };
}

function authentication(make: Maker, kind: Application['kind']): JsonObject {
  const bySecret = kind === 'web' || kind === 'service';
  const method = {
    web: 'client_secret_basic',
    service: 'client_secret_post',
    'signed-service': 'private_key_jwt',
    'single-page': 'none',
    mobile: 'none',
    saml: 'none',
  }[kind];
  return {
    token_endpoint_auth_method: method,
    token_endpoint_auth_signing_alg: kind === 'signed-service' ? 'ES256' : '',
    client_secret: bySecret ? make.secret() : '',
    // Web applications had their secret rotated once; the previous one is still accepted.
    rotated_secrets: kind === 'web' ? [make.secret()] : [],
    hashed_secret: '',
    hashed_rotated_secrets: [],
    registration_token: null,
  };
}

function flows(make: Maker, id: string, kind: Application['kind']): JsonObject {
  switch (kind) {
    case 'service':
    case 'signed-service':
      return {
        application_type: 'service',
        application_types: ['service'],
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        post_logout_redirect_uris: [],
      };
    case 'saml':
      return {
        application_type: 'server_web',
        application_types: ['server_web'],
        grant_types: [],
        response_types: [],
        redirect_uris: [],
        saml_service_provider_id: make.url(id, '/saml/metadata'),
        saml_subject_name_id: 'email',
        saml_subject_name_id_format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        saml_signing_hash: 'sha-256',
        saml_metadata: { EntityID: make.url(id, '/saml/metadata'), SPSSODescriptors: [] },
      };
    case 'mobile':
      return {
        application_type: 'mobile_desktop',
        application_types: ['mobile_desktop'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`example.${make.tenantId}.${id}:/callback`, make.url('app', `/${id}/callback`)],
        post_logout_redirect_uris: [],
      };
    default:
      return {
        application_type: kind === 'web' ? 'server_web' : 'single_page',
        application_types: [kind === 'web' ? 'server_web' : 'single_page'],
        grant_types: kind === 'web' ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [
          make.url(id, '/callback'),
          make.url(id, '/silent-renew'),
          'http://localhost:3000/callback',
        ],
        post_logout_redirect_uris: [make.url(id, '/')],
        app_url: make.url(id),
      };
  }
}
