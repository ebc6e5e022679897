import type { JsonObject } from '../../sandbox/json.ts';
import { embeddedClient } from './clients.ts';
import type { Maker } from './maker.ts';

/** Gateways by id, each with the client that it calls home with. */
export const gateways = (make: Maker, workspaceId: string): JsonObject => ({
  'edge-gateway': {
    name: 'Edge gateway',
    type: 'aws',
    description: `Guards api.${make.domain}`,
    create_and_bind_services_automatically: false,
    default_policy_id: `fresh-login_${workspaceId}_api`,
    last_active: make.time(),
    client: embeddedClient(make, 'Edge gateway', ['manage_gateways']),
    token_exchange: { enabled: false, trusted_idp_ids: [] },
    token_exchange_client_id: '',
    gateway_api_groups: {
      [make.id()]: {
        name: 'public',
        service_id: '',
        metadata: { type: 'aws', aws: { api_id: make.id(10), api_name: 'edge', stage: 'production' } },
        apis: [{ method: 'GET', path: '/health', api_type: 'rest', graphql_schema: '' }],
      },
    },
  },
});

/** Applications that a login passes through before it is complete. */
export const customApps = (make: Maker): JsonObject => ({
  'terms-of-use': {
    name: 'Terms of use',
    type: 'post-authn',
    url: make.url('terms', '/accept'),
    client: embeddedClient(make, 'Terms of use', ['manage_logins']),
  },
});

export const webhooks = (make: Maker): JsonObject => ({
  'audit-trail': webhook(make, 'audit', { client: ['created', 'updated', 'deleted'], policy: ['updated'] }),
  'crm-updates': webhook(make, 'crm', { user: ['created', 'status_updated'] }),
});

const webhook = (make: Maker, host: string, events: JsonObject): JsonObject => ({
  url: make.url(host, '/hooks/identity'),
  api_key: make.secret(),
  active: true,
  insecure: false,
  events,
});

/** The page on which users consent, run by the company itself. */
export const serverConsent = (make: Maker): JsonObject => ({
  type: 'custom',
  custom: { server_consent_url: make.url('consent'), scope_grant_url: '' },
  oidc: {},
  openbanking: { bank_url: '' },
  client: embeddedClient(make, 'Consent page', ['manage_scope_grants']),
});

/** The service that asks a user on another device. */
export const backchannelAuthentication = (make: Maker): JsonObject => ({
  type: 'external',
  external: {
    url: make.url('push', '/approve'),
    credentials: {
      username: 'backchannel',
      password: make.secret(),
      api_key_name: 'X-Api-Key',
      api_key_value: make.secret(),
      api_key_in: 'header',
    },
  },
  client: embeddedClient(make, 'Backchannel authentication', ['manage_logins']),
});

/** What workspaces without a page or service of their own have. */
export const noServerConsent = (): JsonObject => ({
  type: 'oidc',
  custom: { server_consent_url: '', scope_grant_url: '' },
  oidc: {},
  openbanking: { bank_url: '' },
  client: null,
});
