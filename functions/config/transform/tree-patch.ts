/** Makes patches that turn one tree into another, for SecureAuth's patch endpoints and for review. */

import { planChanges } from '../change/change-set.ts';
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, type Json, type JsonObject } from '../json/json.ts';
import { type JsonPatch, type JsonPatchOperation, jsonPatchBetween } from '../json/json-patch.ts';
import { mergePatchBetween } from '../json/merge-patch.ts';
import { childPointer } from '../json/pointer.ts';
import { buildTree } from '../model/build-tree.ts';
import { isAmong, isWithin, placesOf } from '../model/places.ts';
import type { Selection } from '../select/selection.ts';
import { transformTree } from './transform.ts';
import { parseTransform } from './transform-schema.ts';
import { KEEP, mapValues } from './walk-values.ts';

export interface TreePatchOptions {
  /** `merge`: RFC 7396, replaces lists as a whole; `json`: RFC 6902, a list of operations */
  readonly format: 'merge' | 'json';
  /** - `omit`: credentials of existing objects stay, and new objects get none, so that SecureAuth generates them
   * - `carry`: as in the second tree */
  readonly credentials: 'omit' | 'carry';
  /** @default - everything */
  readonly selection?: Selection | undefined;
  /** Whether the patch removes selected objects that only the first tree has. @default true */
  readonly prune?: boolean | undefined;
  /** Whether the trees may come from two releases of SecureAuth: members that a release adds or withdraws are then
   * left alone.
   * @default false
   * @default false */
  readonly acrossReleases?: boolean | undefined;
  /** JSON Pointers of secrets that the tables do not know. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
}

export interface TreePatch {
  /** `{}` or `[]` if nothing differs. */
  readonly patch: Json | JsonPatch;
  /** JSON Pointers of the credentials in the patch: a patch with any is itself a secret. Even a merge patch that
   * omits credentials can have some, beside a changed member of the same list. */
  readonly credentialPointers: readonly string[];
}

/** Makes the patch from one tree to another. A blank never replaces a credential: see `resolveCredentials`. The patch
 * holds only differences, and none that SecureAuth makes by itself.
 * @throws errors of `planChanges` */
export function patchBetween(from: Json, to: Json, options: TreePatchOptions): TreePatch {
  const { format, credentials, selection, prune = true } = options;
  const known = [...(options.secretPointers ?? [])];
  const desired =
    credentials === 'carry'
      ? to
      : transformTree(to, parseTransform({ credentials: 'regenerate' }), { secretPointers: known }).tree;
  const { targetState } = planChanges(desired, from, {
    mode: 'update',
    selection,
    credentials: credentials === 'carry' ? 'restore' : 'keep',
    prune,
    secretPointers: known,
    acrossReleases: options.acrossReleases,
  });
  const secrets = new Set(known);
  if (format === 'merge') {
    const patch = mergePatchBetween(from, targetState);
    return { patch, credentialPointers: credentialsIn(patch, secrets) };
  }
  const whole = jsonPatchBetween(from, targetState);
  const patch =
    credentials === 'carry' ? whole : whole.flatMap((operation) => withoutSecrets(operation, secrets));
  return { patch, credentialPointers: patch.flatMap((operation) => credentialsOf(operation, secrets)) };
}

const credentialsOf = (operation: JsonPatchOperation, secrets: ReadonlySet<string>): string[] =>
  'value' in operation
    ? credentialsIn(buildTree([{ pointer: operation.path, body: operation.value }]), secrets)
    : [];

/** Replaces a test of a list that holds credentials by tests of all that is none. */
function withoutSecrets(operation: JsonPatchOperation, secrets: ReadonlySet<string>): JsonPatchOperation[] {
  if (operation.op !== 'test') return [operation];
  const places = placesOf(credentialsOf(operation, secrets));
  const testsOf = (path: string, value: Json): JsonPatchOperation[] => {
    if (!isAmong(path, places)) return [{ op: 'test', path, value }];
    if (isWithin(path, places.at) || !isContainer(value)) return [];
    return Object.entries<Json>(value as JsonObject).flatMap(([name, inner]) =>
      testsOf(childPointer(path, name), inner),
    );
  };
  return testsOf(operation.path, operation.value);
}

function credentialsIn(tree: Json, secrets: ReadonlySet<string>): string[] {
  const found: string[] = [];
  mapValues(tree, (value, { pointer, name, marks, inJwk }) => {
    const isSecret =
      marks.secret ||
      secrets.has(pointer) ||
      looksLikeCredential(marks.unnamed ? undefined : name, value, inJwk);
    if (isSecret && !isContainer(value) && !isBlank(value)) found.push(pointer);
    return KEEP;
  });
  return found;
}
