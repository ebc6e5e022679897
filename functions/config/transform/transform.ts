/** Declares what differs in another tenant, and applies it to a restore there. */
import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { describeIssue } from '../../parse.ts';
import { joinCredentials } from '../credentials/credentials.ts';
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, isObject, type Json, type JsonObject, setMember } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import { objectsOf } from '../model/objects.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import type { Warning } from '../model/warning.ts';
import { selectObjects } from '../select/select-objects.ts';
import { selectorSchema } from '../select/selection.ts';
import { mentionsWord, replaceHost } from './replace-names.ts';
import { renameIds } from './transform-ids.ts';
import { KEEP, mapValues, type Spot } from './walk-values.ts';

const name = z.string().min(1).max(512);
const renames = z.record(name, name).default({});

/** A transform in a request. */
export const transformSchema = z.strictObject({
  tenant: z
    .strictObject({
      /** The tenant's id in URLs. */
      id: z.strictObject({ from: name, to: name }).optional(),
      /** The tenant's display name. */
      name: name.optional(),
    })
    .default({}),
  /** Host names, with a port if there is one, and their replacements in every text. */
  hosts: renames,
  /** New ids; all references are updated. */
  ids: z.strictObject({ workspaces: renames, clients: renames }).prefault({}),
  /** Texts, and their replacements in every text. */
  replace: z
    .array(z.strictObject({ from: z.string().min(3).max(2048), to: z.string().max(2048) }))
    .max(100)
    .default([]),
  /** Objects that are not restored there. */
  drop: z.array(selectorSchema).max(100).default([]),
  /** - `carry`: the same credentials as in the source
   * - `regenerate`: no credentials, so that SecureAuth generates its own; an operator must enter those of other
   *   services again */
  credentials: z.enum(['carry', 'regenerate']).default('carry'),
  /** Credentials by their JSON Pointer in the result. Secret: allowed in files, never in a request that is stored. */
  credentialValues: z.record(z.string().startsWith('/'), z.json()).default({}),
});

/** Only `parseTransform` makes one. May hold secrets. */
export type Transform = z.infer<typeof transformSchema>;

/** Validates a transform of a request.
 * @throws INVALID_REQUEST naming the member and what it must be; never a value of `credentialValues` */
export function parseTransform(value: unknown): Transform {
  const parsed = transformSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Omit the value: it may be a credential.
  throw new TenantBackupError('INVALID_REQUEST', `transform: ${describeIssue(parsed.error.issues[0])}`);
}

export interface TransformOptions {
  /** JSON Pointers of secrets that the tables do not know. */
  readonly secretPointers?: Iterable<string> | undefined;
  /** Names that the result must not contain: those of the source tenant and of its hosts.
   * @default - those that the transform replaces
   * @default - those that the transform replaces */
  readonly sourceNames?: readonly string[] | undefined;
  /** Id of the workspace that the tree is of, if it is of one. */
  readonly workspace?: string | undefined;
}

export interface TransformedTree {
  readonly tree: JsonObject;
  /** Present places of the secrets in the options. */
  readonly secretPointers: readonly string[];
  /** JSON Pointers, in the original tree, of objects that are not restored. */
  readonly dropped: readonly string[];
  readonly warnings: readonly Warning[];
}

/** Transforms a tree for a restore into another tenant.
 * @param tree not modified
 * @throws INVALID_REQUEST if two objects would get the same id, or a credential has no place
 * @throws EXPORT_MALFORMED if it is not a tree */
export function transformTree(
  tree: Json,
  transform: Transform,
  options: TransformOptions = {},
): TransformedTree {
  const shape = shapeOf(tree);
  const { tree: reduced, dropped } = dropObjects(tree, transform, shape, options.workspace);
  requireDistinct(reduced, transform);
  const renamed = renameIds(reduced, transform.ids, { shape, workspace: options.workspace });
  const secretPointers = [...(options.secretPointers ?? [])].map(renamed.pointerOf);
  const secrets = new Set(secretPointers);
  const isSecret = (value: Json, { pointer, name: called, marks, inJwk }: Spot) =>
    marks.secret ||
    secrets.has(pointer) ||
    looksLikeCredential(marks.unnamed ? undefined : called, value, inJwk);

  const lost: string[] = [];
  const changeText = textChanger(transform);
  let result = mapValues(renamed.tree, (value, spot) => {
    if (isSecret(value, spot) || isOwnKeySet(value, spot)) {
      if (transform.credentials === 'carry' || isBlank(value)) return value;
      if (isContainer(value) && !isOwnKeySet(value, spot) && !isList(value)) return KEEP;
      if (!isGenerated(spot)) lost.push(spot.pointer);
      return /^\d+$/.test(spot.name) ? null : undefined;
    }
    return typeof value === 'string' ? changeText(value) : KEEP;
  });
  if (transform.tenant.name !== undefined && shape === 'tenant') {
    const copy: Record<string, Json> = { ...(result as JsonObject) };
    setMember(copy, 'name', transform.tenant.name);
    result = copy;
  }
  const given = transform.credentialValues as Readonly<Record<string, Json>>;
  try {
    result = joinCredentials(result, given);
  } catch {
    throw new TenantBackupError('INVALID_REQUEST', 'credentialValues must name places of the result');
  }
  const left = lost.filter((pointer) => !Object.hasOwn(given, pointer));
  const mentions = mentionsOf(result, [...sourceNames(transform), ...(options.sourceNames ?? [])]);
  return {
    tree: result as JsonObject,
    secretPointers: [...new Set([...secretPointers, ...Object.keys(given)])],
    dropped,
    warnings: [
      ...warning('CREDENTIALS_LOST', left, 'credentials of other services have to be entered again'),
      ...warning('SOURCE_MENTIONED', mentions, 'values still mention the source tenant'),
    ],
  };
}

const warning = (code: Warning['code'], pointers: readonly string[], message: string): Warning[] =>
  pointers.length === 0 ? [] : [{ code, pointers, message: `${pointers.length} ${message}` }];

const isList = (value: Json): boolean => Array.isArray(value);

/** Tells whether a value is a set of SecureAuth's own keys, which SecureAuth generates again if it is missing. */
const isOwnKeySet = (value: Json, { name: called, marks, pointer }: Spot): boolean =>
  isObject(value) && marks.keySet && called === 'jwks' && /^(\/servers\/[^/]*)?\/jwks$/.test(pointer);

/** Tells whether a place holds a credential that SecureAuth generates if an import has none. */
const isGenerated = ({ pointer, name: called }: Spot): boolean =>
  called === 'client_secret'
    ? !pointer.includes('/credentials/')
    : ['secret', 'jwks', 'subject_identifier_algorithm_salt'].includes(called) || OLD_SECRETS.has(called);

/** Members that are useless without their secrets. */
const OLD_SECRETS: ReadonlySet<string> = new Set([
  'hashed_secret',
  'rotated_secrets',
  'hashed_rotated_secrets',
  'signature',
]);

function dropObjects(
  tree: Json,
  { drop }: Transform,
  shape: Shape,
  workspace: string | undefined,
): { readonly tree: JsonObject; readonly dropped: readonly string[] } {
  const all = [...objectsOf(tree, { shape })];
  if (drop.length === 0) return { tree: buildTree(all), dropped: [] };
  const { excluded } = selectObjects(
    [tree],
    { include: [], exclude: drop, dependencies: 'report' },
    { shape, workspace },
  );
  const isDropped = ({ pointer }: { readonly pointer: string }) => {
    for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/')))
      if (excluded.has(at)) return true;
    return false;
  };
  return {
    tree: buildTree(all.filter((object) => !isDropped(object))),
    dropped: all.filter(isDropped).map(({ pointer }) => pointer),
  };
}

/** Refuses to merge two workspaces, or two clients of one workspace. */
function requireDistinct(tree: JsonObject, { ids }: Transform): void {
  const refuse = (what: string, map: Readonly<Record<string, string>>, present: Json | undefined) => {
    const names = Object.keys(isObject(present) ? present : {});
    const seen = new Set<string>();
    for (const each of names) {
      const other = Object.hasOwn(map, each) ? (map[each] as string) : each;
      if (seen.has(other)) {
        throw new TenantBackupError('INVALID_REQUEST', `transform: two ${what} would be called "${other}"`);
      }
      seen.add(other);
    }
  };
  const servers = Object.hasOwn(tree, 'servers') ? tree['servers'] : undefined;
  refuse('workspaces', ids.workspaces, servers);
  for (const workspace of [tree, ...Object.values(isObject(servers) ? servers : {})]) {
    if (isObject(workspace)) refuse('clients', ids.clients, workspace['clients']);
  }
}

function textChanger({ tenant, hosts, ids, replace }: Transform): (text: string) => string {
  const { id } = tenant;
  return (text) => {
    let changed = text;
    if (id !== undefined || Object.keys(ids.workspaces).length > 0) {
      changed = changeUrlPaths(changed, id, ids.workspaces);
    }
    for (const [from, to] of Object.entries(hosts)) changed = replaceHost(changed, from, to);
    for (const { from, to } of replace) changed = changed.replaceAll(from, () => to);
    return changed;
  };
}

/** Replaces ids in the paths of URLs anywhere in a text: `<host>/<tenant>/<workspace>/…`. */
function changeUrlPaths(
  text: string,
  tenant: { readonly from: string; readonly to: string } | undefined,
  workspaces: Readonly<Record<string, string>>,
): string {
  if (!text.includes('://')) return text;
  return text.replaceAll(
    /(https?:\/\/[^\s/"'<>?#]+)(\/[^\s"'<>?#]*)/g,
    (whole, host: string, path: string) => {
      const segments = path.split('/');
      if (tenant === undefined || segments[1] !== encodeURIComponent(tenant.from)) {
        return tenant === undefined ? host + changeWorkspace(segments, workspaces) : whole;
      }
      segments[1] = encodeURIComponent(tenant.to);
      return host + changeWorkspace(segments, workspaces);
    },
  );
}

function changeWorkspace(segments: readonly string[], workspaces: Readonly<Record<string, string>>): string {
  const [, , workspace] = segments;
  const other =
    workspace !== undefined && Object.hasOwn(workspaces, workspace) ? workspaces[workspace] : undefined;
  return segments
    .map((segment, index) => (index === 2 && other !== undefined ? encodeURIComponent(other) : segment))
    .join('/');
}

/** Lists the names that the result must not contain. */
const sourceNames = ({ tenant, hosts, ids }: Transform): string[] => {
  const changed = (map: Readonly<Record<string, string>>) =>
    Object.entries(map).flatMap(([from, to]) => (from === to ? [] : [from]));
  return [
    ...(tenant.id === undefined || tenant.id.from === tenant.id.to ? [] : [tenant.id.from]),
    ...changed(hosts),
    ...changed(ids.workspaces),
    ...changed(ids.clients),
  ];
};

/** Finds values and members that contain one of the names.
 * @returns JSON Pointers */
function mentionsOf(tree: Json, names: readonly string[]): string[] {
  const wanted = [...new Set(names)].filter((each) => each !== '');
  const found: string[] = [];
  if (wanted.length === 0) return found;
  mapValues(tree, (value, { pointer, name: called }) => {
    const texts = typeof value === 'string' ? [value, called] : [called];
    if (wanted.some((each) => texts.some((text) => mentionsWord(text, each)))) found.push(pointer);
    return KEEP;
  });
  return found.sort();
}
