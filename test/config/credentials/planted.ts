/** Documents with a secret in every known place, and the ways in which their redaction fails. */
import { type Json, type JsonObject, member } from '../../../functions/config/json/json.ts';
import { SECRET_PATTERNS } from '../../../functions/config/model/credential-fields.ts';
import { DUMP_SECRET_PATTERNS, PEOPLE_PATTERNS } from '../../../functions/config/model/dump-fields.ts';

/** Short, so that no look at a text finds it: only the place tells. */
export const CANARY = 'canary';
let count = 0;
const canary = (): string => `${CANARY}${count++}`;

/** Members whose entries are a list. */
const LISTS: ReadonlySet<string> = new Set([
  'keys',
  'revoked_signing_keys',
  'revoked_encryption_keys',
  'providers',
]);
/** Lists of SecureAuth's own keys, which hold public and private members side by side. */
const REVOKED_KEYS: ReadonlySet<string> = new Set(['revoked_signing_keys', 'revoked_encryption_keys']);
/** Places whose members are secret, by their last name. */
const CONTAINERS: ReadonlySet<string> = new Set(['credentials', 'auth', 'twilio', 'vonage', 'telesign']);
const secretAt = (name: string): Json =>
  CONTAINERS.has(name)
    ? { user_name: canary(), nested: { value: canary(), list: [canary(), { more: canary() }] } }
    : name.includes('rotated')
      ? [canary(), canary()]
      : canary();

/** Lists the paths that a pattern means, with one entry for each `*`. */
function expand(pattern: string): string[][] {
  return pattern
    .split('.')
    .reduce<string[][]>(
      (paths, segment) => paths.flatMap((path) => segment.split('|').map((name) => [...path, name])),
      [[]],
    );
}

/** Puts a secret at a path.
 * @param isList tells whether a member holds a list */
function plant(
  document: Record<string, unknown>,
  path: readonly string[],
  isList: (path: readonly string[]) => boolean,
) {
  let holder = document;
  for (const [index, name] of path.entries()) {
    const key = name === '*' ? (Array.isArray(holder) ? '0' : 'one') : name;
    if (index === path.length - 1) {
      holder[key] = secretAt(name);
      return;
    }
    holder[key] ??= isList(path.slice(0, index + 1)) ? [] : {};
    holder = holder[key] as Record<string, unknown>;
  }
}

/** Makes a tenant's tree with a secret in every place of the table. */
export function treeOfPatterns(): JsonObject {
  const tree: Record<string, unknown> = {};
  // The table serves trees of workspaces as well: in a tenant's, what belongs to a workspace lies in one.
  const ofTenant = SECRET_PATTERNS.filter((pattern) =>
    /^(servers|jwks|mfa_methods|phone_provider_config)\b/.test(pattern),
  );
  for (const path of ofTenant.flatMap(expand)) plant(tree, path, (at) => LISTS.has(at.at(-1) ?? ''));
  return named({ name: 'T', ...tree }) as JsonObject;
}

/** Makes a dump with a secret in every place of its table, people's included. */
export function dumpOfPatterns(): JsonObject {
  const dump: Record<string, unknown> = {};
  for (const path of [...DUMP_SECRET_PATTERNS, ...PEOPLE_PATTERNS].flatMap(expand)) {
    if (path[0] === 'tenants') continue;
    if (path.length === 1) dump[path[0] as string] = [{ id: 'one', payload: { value: canary() } }];
    else plant(dump, path, (at) => (at.length === 1 && at[0] !== 'tenant') || LISTS.has(at.at(-1) ?? ''));
  }
  return named(dump) as JsonObject;
}

/** Gives every key its type and a public half. */
const named = (document: unknown): unknown =>
  JSON.parse(JSON.stringify(document), (_, value: Json) =>
    typeof member(value, 'd') === 'string' ? Object.assign({ kty: 'RSA', n: 'public' }, value) : value,
  );

const isSecret = (value: unknown): boolean => typeof value === 'string' && value.startsWith(CANARY);
/** Replaces the planted secrets of a document. */
export const replaced = (tree: JsonObject, replace: (secret: string) => unknown): Json =>
  JSON.parse(JSON.stringify(tree, (_, value) => (isSecret(value) ? replace(value as string) : value)));

const blank = () => '';
const withAnother = (list: Json): Json => [...(list as Json[]), { kty: 'RSA', n: 'of another' }];
const inPlaceOf = (names: ReadonlySet<string>, tree: Json, mask: (value: Json) => Json): Json =>
  JSON.parse(JSON.stringify(tree, (name, value) => (names.has(name) && value ? mask(value) : value)));

/** How the export without credentials can fail. */
export const MASKS: Readonly<Record<string, (tree: JsonObject) => Json>> = {
  'is the one with credentials': (tree) => tree,
  'shows placeholders': (tree) => replaced(tree, () => '********'),
  'lacks the members': (tree) => replaced(tree, () => undefined),
  'shows null': (tree) => replaced(tree, () => null),
  'shows every other secret': (tree) => {
    let shown = false;
    return replaced(tree, (secret) => {
      shown = !shown;
      return shown ? secret : '';
    });
  },
  'shows other secrets': (tree) => replaced(tree, (secret) => `${secret}-of-another`),
  'shows a text in place of each container': (tree) =>
    inPlaceOf(CONTAINERS, replaced(tree, blank), () => '********'),
  'shows a list in place of each container': (tree) =>
    inPlaceOf(CONTAINERS, replaced(tree, blank), () => ['hidden']),
  'shows a placeholder in place of each revoked key set': (tree) =>
    inPlaceOf(REVOKED_KEYS, replaced(tree, blank), () => '********'),
  'shows revoked key sets of another length': (tree) =>
    inPlaceOf(REVOKED_KEYS, replaced(tree, blank), withAnother),
};

/** Failures that no backup passes over. */
export const REFUSED: typeof MASKS = {
  'lacks a workspace': (tree) => ({ ...tree, servers: {} }),
  'shows lists of another length': (tree) => inPlaceOf(LISTS, replaced(tree, blank), withAnother),
  'is empty': () => ({}),
  'is null': () => null,
};
