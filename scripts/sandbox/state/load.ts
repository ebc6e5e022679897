import { basename } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { isJsonObject, type Json, type JsonObject, memberOf } from '../json.ts';
import { isOwnMember, WORKSPACE } from './model.ts';
import type { Collections } from './tenants.ts';
import { wrongKinds } from './validate.ts';

/** Members that only the tree of a whole tenant has. */
const TENANT_ONLY = ['servers', 'features', 'mfa_methods', 'schemas', 'themes', 'translations'];

/** Reads a configuration document: the tree of a tenant, or of one workspace, which becomes a tenant of its own.
 * @param text JSON or YAML
 * @param fallbackWorkspaceId names the workspace if the document has no name
 * @returns the tree of a tenant; unknown members are kept
 * @throws Error when the text is neither, is a flat dump, or has members of the wrong JSON kind
 */
export function parseTenant(text: string, fallbackWorkspaceId: string): JsonObject {
  const document = parseJsonOrYaml(text);
  if (!isJsonObject(document)) throw new Error('document must be an object');
  if (Array.isArray(memberOf(document, 'servers')) || Array.isArray(memberOf(document, 'clients'))) {
    throw new Error('document is a flat dump; the sandbox loads trees, whose servers and clients are maps');
  }
  const tree = isTenantTree(document) ? document : asTenant(document, fallbackWorkspaceId);
  const [wrong] = wrongKinds(tree);
  if (wrong !== undefined) throw new Error(`${wrong.problem}, at ${wrong.pointer || 'the root'}`);
  return tree;
}

/** Reads lists of a dump or identity dump.
 * @param text JSON or YAML
 * @throws Error when the text is neither, or no object of lists of objects; `tenant` is passed over
 */
export function parseCollections(text: string): Collections {
  const document = parseJsonOrYaml(text);
  if (!isJsonObject(document)) throw new Error('document must be an object');
  const lists = Object.entries(document).filter(([name]) => name !== 'tenant');
  const wrong = lists.find(([, list]) => !Array.isArray(list) || !list.every(isJsonObject));
  if (wrong !== undefined) throw new Error(`${wrong[0]} must be a list of objects`);
  return Object.fromEntries(lists) as Record<string, JsonObject[]>;
}

/** The id of a tenant that is loaded from a file: the file's name up to its first dot, in the letters of an id. */
export const tenantIdOf = (file: string): string =>
  slug(basename(file).replace(/(?<=.)\..*$/, '')) || 'tenant';

function parseJsonOrYaml(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // YAML's timestamps and the like stay strings: the document has to come out as JSON again.
    return parseYaml(text, { schema: 'core', maxAliasCount: 10_000 }) as Json;
  }
}

function isTenantTree(document: JsonObject): boolean {
  const hasWorkspaceRelation = Object.keys(document).some(
    (name) => name !== 'pools' && !isOwnMember(WORKSPACE, name),
  );
  return TENANT_ONLY.some((name) => Object.hasOwn(document, name)) && !hasWorkspaceRelation;
}

function asTenant(workspace: JsonObject, fallbackWorkspaceId: string): JsonObject {
  const name = memberOf(workspace, 'name');
  const id = (typeof name === 'string' && slug(name)) || fallbackWorkspaceId;
  return { name: typeof name === 'string' ? name : id, servers: { [id]: workspace } };
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
    .replace(/-+$/, '');
