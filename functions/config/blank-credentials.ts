import { isBlank } from './blank.ts';
import { isObject, type Json, member } from './json.ts';
import { formatPointer } from './pointer.ts';
import { type Shape, shapeOf } from './shape.ts';

/** A credential that SecureAuth always holds, yet that an export shows as blank. */
export interface BlankCredential {
  readonly type: 'workspace_secret' | 'workspace_jwks' | 'tenant_jwks' | 'client_secret' | 'script_secret';
  /** JSON Pointer of the blank member; of the client, if all of its secrets are. */
  readonly pointer: string;
}

/** Client authentication that needs a shared secret. The default is `client_secret_basic` (RFC 7591, section 2). */
const SECRET_METHODS: ReadonlySet<Json | undefined> = new Set<Json | undefined>([
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'unspecified',
  '',
  null,
  undefined,
]);

/** Find what an export with credentials should show and does not: proof that it was redacted after all.
 *
 * - A workspace's `secret`, and a workspace's or the tenant's `jwks` without a single private key: only if the member
 *   is there. A member that is missing altogether is one that this build of SecureAuth does not export.
 * - A client that authenticates with a shared secret and has neither `client_secret`, `hashed_secret` nor a rotated
 *   one, missing or blank: such a client always has one. SAML service providers do not authenticate so.
 * - Embedded clients are not looked at: SecureAuth leaves blank shells where there is none.
 * @param full tree exported with `with_credentials=true`
 * @throws EXPORT_MALFORMED if the shape is not given and the tree is neither a tenant nor a workspace */
export function findBlankCredentials(
  full: Json,
  options: { shape?: Shape | undefined } = {},
): BlankCredential[] {
  if ((options.shape ?? shapeOf(full)) === 'workspace') return [...blanksOfWorkspace(full, [])];
  const found: BlankCredential[] = [];
  if (hasBlankKeys(full)) found.push({ type: 'tenant_jwks', pointer: '/jwks' });
  for (const [id, workspace] of entriesOf(member(full, 'servers'))) {
    found.push(...blanksOfWorkspace(workspace, ['servers', id]));
  }
  return found;
}

function* blanksOfWorkspace(workspace: Json, path: readonly string[]): Generator<BlankCredential> {
  const secret = member(workspace, 'secret');
  if (secret !== undefined && isBlank(secret)) {
    yield { type: 'workspace_secret', pointer: formatPointer([...path, 'secret']) };
  }
  if (hasBlankKeys(workspace)) yield { type: 'workspace_jwks', pointer: formatPointer([...path, 'jwks']) };
  for (const [id, client] of entriesOf(member(workspace, 'clients'))) {
    if (isObject(client) && lacksSecret(client)) {
      yield { type: 'client_secret', pointer: formatPointer([...path, 'clients', id]) };
    }
  }
}

/** Whether a client that authenticates with a secret has none. */
export function lacksSecret(client: Json): boolean {
  if (!SECRET_METHODS.has(member(client, 'token_endpoint_auth_method'))) return false;
  const saml = ['saml_metadata', 'saml_metadata_url', 'saml_service_provider_id'];
  if (saml.some((name) => !isBlank(member(client, name)))) return false;
  const secrets = ['client_secret', 'hashed_secret', 'rotated_secrets', 'hashed_rotated_secrets'];
  return secrets.every((name) => isBlank(member(client, name)));
}

/** Whether a key set is there and none of its keys has a private part. */
export function hasBlankKeys(owner: Json): boolean {
  const jwks = member(owner, 'jwks');
  if (jwks === undefined) return false;
  const keys = ['keys', 'next_signing_key', 'next_encryption_key'].flatMap(
    (name): readonly (Json | undefined)[] => {
      const value = member(jwks, name);
      return Array.isArray(value) ? value : [value];
    },
  );
  return !keys.some((key) => ['d', 'k'].some((name) => !isBlank(member(key, name))));
}

const entriesOf = (map: Json | undefined): [string, Json][] =>
  isObject(map) ? Object.entries<Json>(map) : [];
