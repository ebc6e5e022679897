import { filterMembers, isJsonObject, type JsonObject, mapMembers, memberOf, pointerTo } from '../json.ts';
import { isOwnMember, type ObjectKind, TENANT, WORKSPACE } from './model.ts';
import type { Problem } from './validate.ts';

/** Own members of a tenant, as a strict server knows them; relations are known by the model.
 * Source: the vendor's description of the hub API (`TreeTenant`), and `phone_provider_config` of later builds. */
const TENANT_MEMBERS = new Set('jwks metadata name phone_provider_config settings styling url'.split(' '));

/** The same for a workspace (`TreeServer`). */
const WORKSPACE_MEMBERS = new Set(
  `access_token_strategy access_token_ttl advanced authentication_context_settings authentication_mechanisms
  authorization_code_ttl backchannel_token_delivery_modes_supported backchannel_user_code_parameter_supported cdr color
  consent_id_namespace cookie_max_age custom_issuer_url description device_authorization do_not_create_default_claims
  dynamic_client_registration dynamic_scope_separator enable_idp_discovery
  enable_legacy_clients_with_no_software_statement enable_quick_access enable_trust_anchor enforce_id_token_encryption
  enforce_pkce enforce_pkce_for_public_clients fdx grant_types id_jag_ttl id_token_ttl identity_assurance idp_discovery
  initialize issuer_id jwks key_type legal_entity logo_uri metadata name obbr organization parent_id preferences profile
  pushed_authorization_request_ttl refresh_token_ttl require_pushed_authorization_requests response_types root_cas
  rotated_secrets saml scope_claim_formats secret settings sso styling subject_custom_attribute subject_format
  subject_identifier_algorithm_salt subject_identifier_types template token_endpoint_auth_methods
  token_endpoint_auth_signing_alg_values token_endpoint_authn_methods trust_anchor_configuration type version
  workforce`.split(/\s+/),
);

const isUnknown = (kind: ObjectKind, name: string): boolean =>
  isOwnMember(kind, name) && !(kind === TENANT ? TENANT_MEMBERS : WORKSPACE_MEMBERS).has(name);

/** Returns the unknown members of a tenant and its workspaces, except those that the tenant already has. */
export function unknownMembers(document: JsonObject, current: JsonObject): Problem[] {
  const problems = (kind: ObjectKind, value: JsonObject, before: unknown, pointer: string): Problem[] =>
    Object.keys(value)
      .filter((name) => isUnknown(kind, name) && !(isJsonObject(before) && Object.hasOwn(before, name)))
      .map((name) => ({ pointer: pointerTo(pointer, name), problem: `${kind.name} has no member ${name}` }));
  const servers = Object.entries(workspacesOf(document)).flatMap(([id, workspace]) =>
    problems(
      WORKSPACE,
      workspace as JsonObject,
      memberOf(memberOf(current, 'servers'), id),
      pointerTo('/servers', id),
    ),
  );
  return [...problems(TENANT, document, current, ''), ...servers];
}

/** The document without them. */
export function withoutUnknownMembers(document: JsonObject, current: JsonObject): JsonObject {
  const known = (kind: ObjectKind, value: JsonObject, before: unknown): JsonObject =>
    filterMembers(
      value,
      (name) => !isUnknown(kind, name) || (isJsonObject(before) && Object.hasOwn(before, name)),
    );
  const own = known(TENANT, document, current);
  if (!isJsonObject(memberOf(document, 'servers'))) return own;
  const before = memberOf(current, 'servers');
  const servers = mapMembers(own['servers'] as JsonObject, (workspace, id) =>
    isJsonObject(workspace) ? known(WORKSPACE, workspace, memberOf(before, id)) : workspace,
  );
  return { ...own, servers };
}

const workspacesOf = (document: JsonObject): JsonObject => {
  const servers = memberOf(document, 'servers');
  return isJsonObject(servers)
    ? Object.fromEntries(Object.entries(servers).filter(([, it]) => isJsonObject(it)))
    : {};
};
