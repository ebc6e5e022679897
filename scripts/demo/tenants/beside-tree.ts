import type { JsonObject } from '../../sandbox/json.ts';
import type { Collections } from '../../sandbox/state/tenants.ts';
import type { Company } from './companies.ts';
import type { Maker } from './maker.ts';

/** What a tenant has that no tree shows: only a dump of the system API does. */
export function besideTree(make: Maker, company: Company): Collections {
  const own = { tenant_id: company.id };
  const ofCustomers = { ...own, authorization_server_id: 'customers' };
  const inCustomers = { ...own, server_id: 'customers' };
  return {
    acrs: ['password', 'otp', 'webauthn'].map((factor) => ({
      ...ofCustomers,
      id: make.id(20),
      value: `urn:${company.id}:factor:${factor}`,
      disabled: factor === 'otp',
      metadata: { level: factor === 'password' ? 1 : 2 },
    })),
    authorization_details: [
      {
        ...ofCustomers,
        id: make.id(20),
        type: 'payment_initiation',
        name: 'Payment initiation',
        description: 'One payment with its amount and creditor',
        schema: {
          type: 'object',
          properties: { amount: { type: 'string' }, creditor: { type: 'string' } },
          required: ['amount'],
        },
        metadata: {},
      },
    ],
    brute_force_limits: ['password', 'otp'].map((protected_type) => ({
      ...own,
      protected_type,
      max_attempts: protected_type === 'otp' ? 3 : 5,
      block_duration: '15m0s',
    })),
    consents: [consent(make, own, 'newsletter', true), consent(make, own, 'terms', false)],
    consent_actions: [
      {
        ...own,
        id: 'registration',
        name: 'Registration',
        description: 'Asked when an account is opened',
        consents: [],
      },
    ],
    rate_limits: [{ ...own, module: 'system', rate: 10, burst: 20, period: '1s' }],
    recurring_jobs: [
      {
        ...own,
        id: 'rotate-signing-keys',
        queue: 'rotate_keys',
        cron: '0 3 1 * *',
        paused: false,
        payload: { server_id: 'customers', use: 'sig' },
        starting_from: make.time(),
        scheduled_at: make.time(),
      },
    ],
    roles: [
      role(company, 'admin', { type: 'tenant' }),
      role(company, 'auditor', { type: 'workspace', workspace_id: 'customers' }),
      role(company, 'user_manager', { type: 'identity_pool', identity_pool_id: 'consumers' }),
    ],
    secrets: ['crm-token', 'smtp-password'].map((id) => ({
      ...inCustomers,
      id,
      secret: make.secret(),
      created_at: make.time(),
    })),
    vanity_domains: [
      vanityDomain(make, own, { type: 'tenant', domain: `login.${make.domain}` }),
      vanityDomain(make, own, { type: 'server', domain: `partners.${make.domain}`, server_id: 'partners' }),
    ],
    audit_events: ['created', 'updated'].map((action) => ({
      ...inCustomers,
      event_id: make.id(20),
      event_subject: 'client',
      event_type: `client_${action}`,
      action,
      event_payload: { client_id: 'portal' },
      metadata: { result: 'success', ip: '192.0.2.10' },
      timestamp: make.time(),
    })),
    scope_grants: [
      {
        ...inCustomers,
        client_id: 'portal',
        subject: make.id(),
        scope_name: 'profile',
        granted_scope_name: 'profile',
        given_at: make.time(),
        language: 'en',
      },
    ],
  };
}

const consent = (make: Maker, own: JsonObject, id: string, isOptional: boolean): JsonObject => ({
  ...own,
  id,
  name: id === 'terms' ? 'Terms of use' : 'Newsletter',
  description: `The ${id} of ${make.domain}`,
  can_be_withdrawn: isOptional,
  update_existing_grants: 'keepCurrent',
  internal_services: [],
  third_party_services: [],
  pii_categories: isOptional ? [{ name: 'email' }] : [],
  valid_from: make.time(),
  version: 1,
});

/** Names its tenant in its two ends, not in itself. */
const role = (company: Company, name: string, resource: JsonObject): JsonObject => ({
  role: name,
  subject: {
    tenant_id: company.id,
    type: 'identity_pool_user',
    workspace_id: 'admin',
    identity_pool_id: 'employees',
    identity_pool_user_id: `${company.id}-grace`,
  },
  resource: { ...resource, tenant_id: company.id },
});

const vanityDomain = (make: Maker, own: JsonObject, domain: JsonObject): JsonObject => ({
  ...own,
  id: make.id(20),
  ...domain,
  base_path: '',
  api_key: make.secret(),
  key: make.privateKeyPem(),
  cert: '-----BEGIN CERTIFICATE-----\nZGVtb25zdHJhdGlvbg==\n-----END CERTIFICATE-----\n',
});
