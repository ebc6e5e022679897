import { isBlank } from '../json/blank.ts';
import { isContainer, isObject, type Json, member } from '../json/json.ts';
import { formatPointer, parsePointer } from '../json/pointer.ts';
import { type FieldCursor, ROOT_CURSOR } from '../model/fields.ts';
import { isWithin } from '../model/places.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import { type FoundSecret, secretsIn, showsNoSecret } from './blank-secret.ts';
import { RepeatedSecrets } from './repeated-secrets.ts';
import type { SplitExport } from './split.ts';

/** A credential that an export does not show. */
export interface BlankCredential {
  /** `upstream_secret`: of an identity provider, a multi-factor method, a webhook or another service. */
  readonly type:
    | 'workspace_secret'
    | 'workspace_jwks'
    | 'tenant_jwks'
    | 'client_secret'
    | 'script_secret'
    | 'upstream_secret';
  /** JSON Pointer of the blank member. If all secrets of a client, identity provider or other object are blank, the
   * pointer of that object. */
  readonly pointer: string;
  /** Whether a placeholder such as `********` is in the place of the secret: then the secret is certainly hidden. */
  readonly isPlaceholder: boolean;
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

/** Finds credentials that an export with credentials should show and does not. They prove that the export is
 * redacted.
 *
 * - A workspace's `secret`, and a `jwks` of a workspace or the tenant without a private key: only if the member is
 *   present. A release of SecureAuth that omits the member does not export it.
 * - A client that authenticates with a shared secret and has neither `client_secret`, `hashed_secret` nor a rotated
 *   one, missing or blank: such a client always has one. SAML service providers do not authenticate this way.
 * - Embedded clients are skipped: SecureAuth writes blank shells where there is none.
 * - Credentials for other services, if the object has members for them. Some services need none: a blank proves
 *   nothing.
 * @param full tree exported with `with_credentials=true`
 * @throws EXPORT_MALFORMED if the shape is not given and the tree is neither a tenant nor a workspace */
export function findBlankCredentials(
  full: Json,
  options: { shape?: Shape | undefined } = {},
): BlankCredential[] {
  if ((options.shape ?? shapeOf(full)) === 'workspace') return [...blanksOfWorkspace(full, [])];
  const found: BlankCredential[] = [];
  if (hasBlankKeys(full)) found.push(blank('tenant_jwks', ['jwks']));
  found.push(...blanksOfUpstreams(full, [], ROOT_CURSOR));
  for (const [id, workspace] of entriesOf(member(full, 'servers'))) {
    found.push(...blanksOfWorkspace(workspace, ['servers', id]));
  }
  return found;
}

function* blanksOfWorkspace(workspace: Json, path: readonly string[]): Generator<BlankCredential> {
  const secret = member(workspace, 'secret');
  if (secret !== undefined && showsNoSecret(secret)) yield blank('workspace_secret', [...path, 'secret']);
  if (hasBlankKeys(workspace)) yield blank('workspace_jwks', [...path, 'jwks']);
  for (const [id, client] of entriesOf(member(workspace, 'clients'))) {
    if (isObject(client) && lacksSecret(client)) yield blank('client_secret', [...path, 'clients', id]);
  }
  yield* blanksOfUpstreams(workspace, path, ROOT_CURSOR);
}

export const blank = (
  type: BlankCredential['type'],
  keys: readonly (string | number)[],
): BlankCredential => ({
  type,
  pointer: formatPointer(keys),
  isPlaceholder: false,
});

/** Members of objects that hold credentials for another service, by collection or by the name of the object. */
const UPSTREAM_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  idps: ['credentials'],
  mfa_methods: ['auth'],
  webhooks: ['api_key'],
  ciba_authentication_service: ['external', 'credentials'],
  ciba_authentication_services: ['external', 'credentials'],
};

/** Finds the identity providers and other services of a workspace, a tenant or a dump that show no secret.
 * @param path of the owner
 * @param table the known places of the document */
export function* blanksOfUpstreams(
  owner: Json,
  path: readonly string[],
  table: FieldCursor,
): Generator<BlankCredential> {
  for (const name of Object.keys(UPSTREAM_MEMBERS)) {
    const content = member(owner, name);
    if (!isContainer(content)) continue;
    const isSingle = name === 'ciba_authentication_service';
    for (const id of isSingle ? [undefined] : Object.keys(content)) {
      const keys = id === undefined ? [...path, name] : [...path, name, id];
      const object = id === undefined ? content : (member(content, id) as Json);
      const found = blankOfUpstream(name, formatPointer(keys), object, table);
      if (found) yield found;
    }
  }
}

/** Checks one object, wherever it is.
 * @param pointer of the object */
export function blankUpstream(
  object: Json,
  pointer: string,
  table: FieldCursor,
): BlankCredential | undefined {
  const keys = parsePointer(pointer) ?? [];
  const name = keys.slice(-2).find((key) => Object.hasOwn(UPSTREAM_MEMBERS, key));
  return name === undefined ? undefined : blankOfUpstream(name, pointer, object, table);
}

function blankOfUpstream(
  name: string,
  pointer: string,
  object: Json,
  table: FieldCursor,
): BlankCredential | undefined {
  const members = UPSTREAM_MEMBERS[name] ?? [];
  const secrets = members.reduce<Json | undefined>(member, object);
  // An identity provider that is not a client of another service, such as a pool, has no credentials.
  const isWithout = secrets === undefined || (name === 'idps' && isBlank(secrets));
  const places = isWithout ? [] : secretsIn(secrets, pointer + formatPointer(members), table);
  const isExpected = places.length > 0 || (name === 'idps' && hasClientId(object));
  if (!isExpected || places.some(({ state }) => state === 'shown')) return undefined;
  const isPlaceholder = places.some(({ state }) => state === 'placeholder');
  return { type: 'upstream_secret', pointer, isPlaceholder };
}

/** Tells whether an identity provider has a client id for us. */
const hasClientId = (provider: Json): boolean =>
  entriesOf(member(provider, 'settings')).some(([, settings]) => !isBlank(member(settings, 'client_id')));

/** The credentials that an export does not show. */
export interface HiddenCredentials {
  readonly blanks: readonly BlankCredential[];
  /** JSON Pointers of placeholders, and of keys whose halves do not fit: plans and restores treat them as blank. */
  readonly hidden: readonly string[];
}

/** Adds to the blank credentials of an export those that only seem to be there: placeholders, keys whose halves do not
 * fit, and one text in many places.
 * @param blanks of the same export; what lies in one of these objects is not listed again
 * @param table the known places of the document */
export function findHidden(
  blanks: readonly BlankCredential[],
  { credentials, foreignKeys }: Pick<SplitExport, 'credentials' | 'foreignKeys'>,
  table: FieldCursor = ROOT_CURSOR,
): HiddenCredentials {
  const all = [...blanks];
  const hidden = [...foreignKeys];
  const listed = new Set(blanks.map(({ pointer }) => pointer));
  const list = (pointer: string): void => {
    if (!isWithin(pointer, listed)) all.push({ type: typeAt(pointer), pointer, isPlaceholder: true });
  };
  foreignKeys.forEach(list);
  for (const pointer of foreignKeys) listed.add(pointer);
  const secrets = function* (): Generator<FoundSecret> {
    for (const place of Object.keys(credentials)) yield* secretsIn(credentials[place] as Json, place, table);
  };
  const repeated = new RepeatedSecrets();
  for (const { secret, state, pointer } of secrets()) {
    if (state === 'shown') repeated.add(secret, pointer);
    if (state !== 'placeholder') continue;
    hidden.push(pointer);
    list(pointer);
  }
  const texts = repeated.texts();
  if (texts.size > 0) {
    for (const { secret, state, pointer } of secrets()) {
      if (state === 'shown' && texts.has(secret)) list(pointer);
    }
  }
  return { blanks: all, hidden };
}

/** Names the kind of a secret, by its place in a tree or a dump. */
function typeAt(pointer: string): BlankCredential['type'] {
  const keys = parsePointer(pointer) ?? [];
  const [name = '', ...rest] = keys[0] === 'servers' ? keys.slice(2) : keys;
  if (name === 'clients' || rest.slice(0, 2).includes('client')) return 'client_secret';
  if (name === 'secrets') return 'script_secret';
  const isOfAnother =
    Object.hasOwn(UPSTREAM_MEMBERS, name) ||
    pointer.includes('/phone_provider_config/') ||
    name === 'vanity_domains';
  return isOfAnother ? 'upstream_secret' : 'workspace_secret';
}

/** Tells whether a client that authenticates with a secret has none. */
export function lacksSecret(client: Json): boolean {
  if (!SECRET_METHODS.has(member(client, 'token_endpoint_auth_method'))) return false;
  const saml = ['saml_metadata', 'saml_metadata_url', 'saml_service_provider_id'];
  if (saml.some((name) => !isBlank(member(client, name)))) return false;
  const secrets = ['client_secret', 'hashed_secret', 'rotated_secrets', 'hashed_rotated_secrets'];
  return secrets.every((name) => showsNoSecret(member(client, name)));
}

/** Tells whether a key set is present without any private key. */
export function hasBlankKeys(owner: Json): boolean {
  const jwks = member(owner, 'jwks');
  if (jwks === undefined) return false;
  const keys = ['keys', 'next_signing_key', 'next_encryption_key'].flatMap(
    (name): readonly (Json | undefined)[] => {
      const value = member(jwks, name);
      return Array.isArray(value) ? value : [value];
    },
  );
  return !keys.some((key) => ['d', 'k'].some((name) => !showsNoSecret(member(key, name))));
}

const entriesOf = (map: Json | undefined): [string, Json][] =>
  isObject(map) ? Object.entries<Json>(map) : [];
