import { isJsonObject, type Json, type JsonObject, memberOf, valuesAt } from '../../sandbox/json.ts';

/** Members of a JSON Web Key that only its owner may know (RFC 7518 section 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

/** Where clients lie in the tree of a workspace. */
const CLIENT_PATHS = [
  'clients.*',
  'idps.*.client',
  'gateways.*.client',
  'custom_apps.*.client',
  'server_consent.client',
  'ciba_authentication_service.client',
];

const CLIENT_SECRETS = [
  'client_secret',
  'hashed_secret',
  'rotated_secrets.*',
  'hashed_rotated_secrets.*',
  'registration_token.signature',
];

const WORKSPACE_SECRETS = [
  'secret',
  'rotated_secrets.*',
  'subject_identifier_algorithm_salt',
  'webhooks.*.api_key',
  'ciba_authentication_service.external.credentials.password',
  'ciba_authentication_service.external.credentials.api_key_value',
  'idps.*.jit.provisioning.identifier_salt',
  'idps.*.credentials.*.client_secret',
  'idps.*.credentials.*.private_key_jwt.key',
  'idps.*.credentials.apple.private_key',
  'idps.*.credentials.okta.supervisor_client.private_key',
  'idps.*.credentials.saml_v2.signing_key',
  'idps.*.credentials.google_workspace.service_account',
  'idps.*.credentials.external.password',
  'idps.*.credentials.external.api_key_value',
  'idps.*.credentials.static.users.*.password',
  'idps.*.credentials.custom.*',
];

const TENANT_SECRETS = [
  'mfa_methods.*.auth.sms.auth_token',
  'mfa_methods.*.auth.email.password',
  'mfa_methods.*.auth.arculix.client_secret',
  'phone_provider_config.providers.*.twilio.auth_token',
  'phone_provider_config.providers.*.vonage.api_key',
  'phone_provider_config.providers.*.vonage.api_secret',
  'phone_provider_config.providers.*.telesign.*',
];

/** Where private keys lie, as single keys. */
const KEY_PATHS = [
  'jwks.keys.*',
  'jwks.next_signing_key',
  'jwks.next_encryption_key',
  'jwks.revoked_signing_keys.*',
  'jwks.revoked_encryption_keys.*',
];

/** All secret strings of a tenant, to search logs and files for.
 * The table is this file's own: it must not inherit a gap from the code whose leaks it is to find.
 * @param tree of a whole tenant, exported with credentials
 * @returns each value once; blank ones left out
 */
export function credentialValues(tree: JsonObject): string[] {
  const workspaces = stringsAndObjects(tree, ['servers.*']);
  const clients = workspaces.flatMap((workspace) => stringsAndObjects(workspace, CLIENT_PATHS));
  const keys = [
    ...[tree, ...workspaces].flatMap((owner) => stringsAndObjects(owner, KEY_PATHS)),
    ...clients.flatMap((client) => stringsAndObjects(client, ['saml_idp_signing_key', 'jwks.keys.*'])),
  ];
  const values = [
    ...stringsAndObjects(tree, TENANT_SECRETS),
    ...workspaces.flatMap((workspace) => stringsAndObjects(workspace, WORKSPACE_SECRETS)),
    ...clients.flatMap((client) => stringsAndObjects(client, CLIENT_SECRETS)),
    ...keys
      .filter(isJsonObject)
      .flatMap((key) => PRIVATE_MEMBERS.map((member) => memberOf(key, member) ?? null)),
  ];
  return [...new Set(values.filter((value) => typeof value === 'string' && value !== '') as string[])];
}

/** Members of a dump or identity dump that hold secrets no tree has, by collection. */
const SECRETS_BESIDE_TREE = [
  'secrets.*.secret',
  'secrets.*.value',
  'vanity_domains.*.key',
  'vanity_domains.*.api_key',
  'user_credentials.*.payload.*',
  'codes.*.code.hashed_code.value',
];

/** All secret strings of a tenant's dump or identity dump that its tree does not hold.
 * @returns each value once; blank ones left out
 */
export function valuesBesideTree(dump: Json): string[] {
  const values = stringsAndObjects(dump, SECRETS_BESIDE_TREE);
  return [...new Set(values.filter((value) => typeof value === 'string' && value !== '') as string[])];
}

const stringsAndObjects = (value: Json, paths: readonly string[]): Json[] =>
  paths.flatMap((path) => valuesAt(value, path.split('.')));
