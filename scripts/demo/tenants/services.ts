import type { JsonObject } from '../../sandbox/json.ts';
import type { ProtectedService } from './companies.ts';
import type { Maker } from './maker.ts';

/** The OpenID Connect service that every workspace has. */
const PROFILE_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/** Services of a workspace by service id: `<workspace>-profile`, and those of the company under their own ids. */
export const services = (make: Maker, workspaceId: string, own: readonly ProtectedService[]): JsonObject => ({
  [`${workspaceId}-profile`]: service(make, workspaceId, {
    id: `${workspaceId}-profile`,
    name: 'Profile',
    scopes: PROFILE_SCOPES,
    apis: [],
  }),
  ...Object.fromEntries(
    own.map((protectedService) => [protectedService.id, service(make, workspaceId, protectedService)]),
  ),
});

function service(make: Maker, workspaceId: string, { name, scopes, apis }: ProtectedService): JsonObject {
  const system = name === 'Profile';
  return {
    name,
    type: system ? 'oidc' : 'user',
    description: system ? '' : `${name} API`,
    custom_audience: system ? '' : make.url('api', `/${name.toLowerCase()}`),
    gateway_id: null,
    system,
    with_specification: apis.length > 0,
    updated_at: make.time(),
    scopes: Object.fromEntries(scopes.map((id) => [id, scope(workspaceId, id)])),
    apis: Object.fromEntries(
      apis.map((api, position) => {
        const [method = '', path = ''] = api.split(' ');
        return [make.id(36), endpoint(workspaceId, method, path, position)];
      }),
    ),
  };
}

/** A scope; those that write are guarded by a policy. */
export const scope = (workspaceId: string, id: string): JsonObject => ({
  display_name: id,
  description: `Access to ${id.replaceAll('.', ' ')}`,
  implicit: false,
  implicit_grant: false,
  transient: false,
  metadata: null,
  policy_execution_points: /write|approve|admin|freeze/.test(id)
    ? {
        scope_client_assignment: `block_${workspaceId}_developer`,
        scope_user_grant: `mfa_${workspaceId}_user`,
      }
    : null,
});

const endpoint = (workspaceId: string, method: string, path: string, position: number): JsonObject => ({
  api_type: 'rest',
  method,
  path,
  position,
  can_have_policy: true,
  data_classifications: [],
  graphql_schema: '',
  graphql_types: null,
  policy_id: method === 'GET' ? '' : `fresh-login_${workspaceId}_api`,
});

/** Claims by type and name. */
export const claims = (names: readonly string[]): JsonObject => ({
  id_token: Object.fromEntries(
    names.map((name) => [name, claim(name, name === 'email' ? 'email' : 'profile')]),
  ),
  access_token: Object.fromEntries(names.slice(0, 2).map((name) => [name, claim(name, 'profile')])),
});

const claim = (name: string, scopeName: string): JsonObject => ({
  mapping: name,
  source_type: 'authnCtx',
  source_path: name,
  scopes: [scopeName],
  opaque: false,
  verified: false,
  saml_name: '',
  saml_name_format: '',
  description: '',
});
