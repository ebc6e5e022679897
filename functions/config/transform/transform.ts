/** Changes a tree to what it should be in another tenant. */
import { TenantBackupError } from '../../errors.ts';
import { joinCredentials } from '../credentials/credentials.ts';
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, isObject, type Json, type JsonObject } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import { objectsOf } from '../model/objects.ts';
import { shapeOf } from '../model/shape.ts';
import type { Warning } from '../model/warning.ts';
import { type SelectOptions, selectObjects } from '../select/select-objects.ts';
import type { Selection } from '../select/selection.ts';
import { textChanger } from './change-texts.ts';
import { renameIds } from './transform-ids.ts';
import type { Transform } from './transform-schema.ts';
import { mentionsOf, transformWarnings } from './transform-warnings.ts';
import { KEEP, mapValues, type Spot } from './walk-values.ts';

export interface TransformOptions {
  /** JSON Pointers of secrets that the tables do not know. */
  readonly secretPointers?: Iterable<string> | undefined;
  /** Names that the result must not contain: those of the source tenant and of its hosts.
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
  const used = new Set<string>();
  const markUsed = (entry: string) => void used.add(entry);
  const { tree: reduced, dropped } = dropObjects(tree, transform, { shape, ...options }, markUsed);
  const renamed = renameIds(reduced, transform.ids, { shape, workspace: options.workspace, used: markUsed });
  const secretPointers = [...(options.secretPointers ?? [])].map(renamed.pointerOf);
  const secrets = new Set(secretPointers);
  const isSecret = (value: Json, { pointer, name: called, marks, inJwk }: Spot) =>
    marks.secret ||
    secrets.has(pointer) ||
    looksLikeCredential(marks.unnamed ? undefined : called, value, inJwk);

  const lost: string[] = [];
  const changeText = textChanger(transform, markUsed);
  let result = mapValues(renamed.tree, (value, spot) => {
    if (isSecret(value, spot) || isOwnKeySet(value, spot)) {
      if (transform.credentials === 'carry' || isBlank(value)) return value;
      if (isContainer(value) && !isOwnKeySet(value, spot) && !isList(value)) return KEEP;
      if (!isGenerated(spot)) lost.push(spot.pointer);
      return /^\d+$/.test(spot.name) ? null : undefined;
    }
    // An id that names an object is no text.
    return typeof value === 'string' && !renamed.references.has(spot.pointer) ? changeText(value) : KEEP;
  });
  if (transform.tenant.name !== undefined && shape === 'tenant') {
    result = { ...(result as JsonObject), name: transform.tenant.name };
    markUsed('/tenant/name');
  }
  const given = transform.credentialValues as Readonly<Record<string, Json>>;
  try {
    result = joinCredentials(result, given);
  } catch {
    throw new TenantBackupError('INVALID_REQUEST', 'credentialValues must name places of the result');
  }
  const left = lost.filter((pointer) => !Object.hasOwn(given, pointer));
  return {
    tree: result as JsonObject,
    secretPointers: [...new Set([...secretPointers, ...Object.keys(given)])],
    dropped,
    warnings: transformWarnings(transform, used, {
      lost: left,
      mentions: mentionsOf(result, transform, options.sourceNames),
    }),
  };
}

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
  options: SelectOptions,
  used: (entry: string) => void,
): { readonly tree: JsonObject; readonly dropped: readonly string[] } {
  const all = [...objectsOf(tree, options)];
  if (drop.length === 0) return { tree: buildTree(all), dropped: [] };
  const selection: Selection = { include: [], exclude: drop, dependencies: 'report' };
  const { excluded, unmatched } = selectObjects([tree], selection, options);
  for (const [index, selector] of drop.entries()) if (!unmatched.includes(selector)) used(`/drop/${index}`);
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
