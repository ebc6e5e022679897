import { isContainer, type Json, member } from '../../../../functions/config/json/json.ts';
import { parsePointer } from '../../../../functions/config/json/pointer.ts';
import { KEEP, mapValues } from '../../../../functions/config/transform/walk-values.ts';
import type { OpenedState } from '../../aws/open-state.client.ts';

/** Shorter texts are words such as "sig" or "RS256", and no secrets. */
const MIN_CHARACTERS = 8;

/** Finds texts in a patch that are a credential of one of the states, at any place. This checks the patch independently of
 * the table of credential fields.
 * @returns JSON Pointers in the patch */
export function credentialsFound(
  patch: Json,
  states: readonly Pick<OpenedState, 'tree' | 'secretPointers'>[],
): string[] {
  const secrets = new Set(
    states.flatMap(({ tree, secretPointers }) =>
      secretPointers.flatMap((pointer) => textsIn(valueAt(tree, pointer))),
    ),
  );
  return placesOfTexts(patch).flatMap(([pointer, text]) => (secrets.has(text) ? [pointer] : []));
}

const textsIn = (value: Json | undefined): string[] =>
  value === undefined
    ? []
    : placesOfTexts(value).flatMap(([, text]) => (text.length < MIN_CHARACTERS ? [] : [text]));

function placesOfTexts(value: Json): (readonly [pointer: string, text: string])[] {
  if (typeof value === 'string') return [['', value]];
  const found: (readonly [string, string])[] = [];
  if (!isContainer(value)) return found;
  mapValues(value, (inner, { pointer }) => {
    if (typeof inner === 'string') found.push([pointer, inner]);
    return KEEP;
  });
  return found;
}

const valueAt = (tree: Json, pointer: string): Json | undefined =>
  (parsePointer(pointer) ?? []).reduce<Json | undefined>(
    (holder, key) => (holder === undefined ? undefined : member(holder, key)),
    tree,
  );
