import type { JsonObject } from '../../sandbox/json.ts';
import { client, clients } from './clients.ts';
import type { Application, Company, ProtectedService } from './companies.ts';
import {
  customerIdentityProviders,
  partnerIdentityProviders,
  workforceIdentityProviders,
} from './identity-providers.ts';
import {
  backchannelAuthentication,
  customApps,
  gateways,
  noServerConsent,
  serverConsent,
  webhooks,
} from './integrations.ts';
import type { Maker } from './maker.ts';
import { policies, policyExecutionPoints, scripts } from './policies.ts';
import { claims, scope, services } from './services.ts';
import { type WorkspaceProfile, workspaceSettings } from './settings.ts';
import { tenantLevel } from './tenant-level.ts';

/** The client with which the demonstration's tenants are backed up and restored. */
export const AUTOMATION_CLIENT_ID = 'tenant-backup';

/** Applications that the customers of every company use. */
const CUSTOMER_APPLICATIONS: readonly Application[] = [
  {
    id: 'portal',
    name: 'Customer portal',
    kind: 'web',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
  },
  { id: 'mobile-app', name: 'Mobile app', kind: 'mobile', scopes: ['openid', 'profile', 'offline_access'] },
  { id: 'support-desk', name: 'Support desk', kind: 'web', scopes: ['openid', 'email'] },
  { id: 'notification-service', name: 'Notification service', kind: 'service', scopes: ['consents'] },
];

const WORKFORCE_APPLICATIONS: readonly Application[] = [
  { id: 'intranet', name: 'Intranet', kind: 'web', scopes: ['openid', 'profile', 'email'] },
  { id: 'expenses', name: 'Expenses', kind: 'single-page', scopes: ['openid', 'profile'] },
  { id: 'wiki', name: 'Wiki', kind: 'saml', scopes: ['openid'] },
  { id: 'deploy-bot', name: 'Deployment bot', kind: 'service', scopes: ['directory.read'] },
];

const PARTNER_APPLICATIONS: readonly Application[] = [
  { id: 'partner-portal', name: 'Partner portal', kind: 'web', scopes: ['openid', 'profile'] },
  { id: 'reseller-api', name: 'Reseller API', kind: 'service', scopes: ['catalogue.read', 'quotes.write'] },
  { id: 'data-feed', name: 'Data feed', kind: 'signed-service', scopes: ['catalogue.read'] },
];

const DIRECTORY: ProtectedService = {
  id: 'directory',
  name: 'Directory',
  scopes: ['directory.read', 'directory.write'],
  apis: ['GET /people', 'PUT /people/{id}'],
};

const CATALOGUE: ProtectedService = {
  id: 'catalogue',
  name: 'Catalogue',
  scopes: ['catalogue.read', 'quotes.write'],
  apis: ['GET /catalogue', 'POST /quotes'],
};

/** The tree of a whole tenant. */
export const tenantTree = (make: Maker, company: Company): JsonObject => ({
  ...tenantLevel(make, company),
  servers: {
    system: systemWorkspace(make, company),
    admin: builtInWorkspace(make, company, 'admin', 'Admin', [
      { id: 'admin-console', name: 'Admin console', kind: 'web', scopes: ['openid', 'profile'] },
    ]),
    developer: builtInWorkspace(make, company, 'developer', 'Developer', [
      { id: 'developer-portal', name: 'Developer portal', kind: 'single-page', scopes: ['openid'] },
    ]),
    customers: {
      ...regular(
        make,
        'customers',
        profileOf(company, 'Customers', 'ecdsa'),
        CUSTOMER_APPLICATIONS.concat(company.applications),
        company.services,
      ),
      idps: customerIdentityProviders(make),
      scopes_without_service: { consents: scope('customers', 'consents') },
      claims: claims(['email', 'name', 'given_name', 'family_name', 'phone_number', 'address.country']),
      gateways: gateways(make, 'customers'),
      custom_apps: customApps(make),
      webhooks: webhooks(make),
      servers_bindings: { developer: true },
      server_consent: serverConsent(make),
      ciba_authentication_service: backchannelAuthentication(make),
      theme_binding: { theme_id: `${company.id}-brand` },
    },
    workforce: {
      ...regular(make, 'workforce', profileOf(company, 'Workforce', 'ecdsa'), WORKFORCE_APPLICATIONS, [
        DIRECTORY,
      ]),
      idps: workforceIdentityProviders(make),
      claims: claims(['email', 'name', 'groups', 'department']),
    },
    partners: {
      ...regular(make, 'partners', profileOf(company, 'Partners', 'rsa'), PARTNER_APPLICATIONS, [CATALOGUE]),
      idps: partnerIdentityProviders(make),
      claims: claims(['email', 'name']),
      pools: {},
    },
  },
});

const profileOf = (company: Company, name: string, keyType: 'ecdsa' | 'rsa'): WorkspaceProfile => ({
  name,
  type: 'regular',
  keyType,
  color: company.color,
  description: `${name} of ${company.name}`,
  strict: company.id === 'globex' && name === 'Customers',
});

/** A workspace with everything a regular one has; what it lacks is there and empty, as in an export. */
function regular(
  make: Maker,
  id: string,
  profile: WorkspaceProfile,
  applications: readonly Application[],
  own: readonly ProtectedService[],
): JsonObject {
  const { scripts: bodies, points } = scripts(id, make.domain);
  return {
    ...workspaceSettings(make, profile),
    clients: clients(make, id, applications),
    scopes_without_service: {},
    server_consent: noServerConsent(),
    ciba_authentication_service: null,
    policies: policies(id),
    policy_execution_points: policyExecutionPoints(id),
    services: services(make, id, own),
    idps: {},
    claims: {},
    gateways: {},
    scripts: bodies,
    script_execution_points: points,
    servers_bindings: {},
    webhooks: {},
    custom_apps: {},
    pools: {},
    theme_binding: null,
  };
}

function builtInWorkspace(
  make: Maker,
  company: Company,
  type: 'admin' | 'developer',
  name: string,
  applications: readonly Application[],
): JsonObject {
  const profile: WorkspaceProfile = { ...profileOf(company, name, 'ecdsa'), type };
  return { ...regular(make, type, profile, applications, []), scripts: {}, script_execution_points: {} };
}

function systemWorkspace(make: Maker, company: Company): JsonObject {
  const profile: WorkspaceProfile = { ...profileOf(company, 'System', 'ecdsa'), type: 'system' };
  const own: ProtectedService = {
    id: 'system-configuration',
    name: 'Configuration',
    scopes: ['manage_configuration', 'read_configuration'],
    apis: [],
  };
  return {
    ...regular(make, 'system', profile, [], [own]),
    clients: {
      [AUTOMATION_CLIENT_ID]: {
        ...client(make, 'system', {
          id: AUTOMATION_CLIENT_ID,
          name: 'Tenant backup',
          kind: 'service',
          scopes: ['manage_configuration', 'read_configuration'],
        }),
        token_endpoint_auth_method: 'client_secret_basic',
      },
      'audit-exporter': client(make, 'system', {
        id: 'audit-exporter',
        name: 'Audit exporter',
        kind: 'service',
        scopes: ['read_configuration'],
      }),
    },
    scripts: {},
    script_execution_points: {},
  };
}
