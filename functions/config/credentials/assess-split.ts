/** Decides for `splitCredentials`, for one place of the two exports. */
import { isBlank } from '../json/blank.ts';
import { isContainer, isRawNumber, type Json, type JsonContainer } from '../json/json.ts';
import type { InheritedMarks } from '../model/fields.ts';
import { isPlaceholder } from './blank-secret.ts';

/** Why a value is sealed with the credentials. */
export type Reason = 'redacted' | 'known' | 'lookalike';

export type Verdict =
  | { readonly kind: 'keep' }
  /** Decide member by member, beside this counterpart. */
  | { readonly kind: 'descend'; readonly mask: JsonContainer }
  /** `form` stays in the configuration; `undefined` means no member. */
  | { readonly kind: 'seal'; readonly form: Json | undefined; readonly reason: Reason }
  | { readonly kind: 'inconsistent'; readonly what: string };

/** What is known about a place before its values are read. */
export interface Place {
  readonly marks: InheritedMarks;
  /** The value is an entry of a map of objects. */
  readonly entry: boolean;
  /** The value is itself a map of objects. */
  readonly collection: boolean;
  readonly lookalike: boolean;
}

const KEEP: Verdict = { kind: 'keep' };
const ONLY_WITH: Verdict = { kind: 'inconsistent', what: 'is only in the export with credentials' };
const ONLY_WITHOUT: Verdict = { kind: 'inconsistent', what: 'is only in the export without credentials' };
const DIFFERENT: Verdict = {
  kind: 'inconsistent',
  what: 'is not the same in the exports with and without credentials',
};

/** @param mask `undefined` if the export without credentials lacks the member */
export function judge(value: Json, mask: Json | undefined, place: Place): Verdict {
  return isContainer(value) ? assessContainer(value, mask, place) : assessScalar(value, mask, place);
}

function assessContainer(value: JsonContainer, mask: Json | undefined, place: Place): Verdict {
  const { marks, entry, collection } = place;
  const reason = reasonFor(place);
  if (Array.isArray(value)) {
    const same = Array.isArray(mask) ? sameScalars(value, mask) : undefined;
    // Lists of secrets are sealed as a whole; lists of objects member by member.
    if (reason !== undefined && (reason === 'lookalike' || !value.some(isContainer)) && !isBlank(value)) {
      return { kind: 'seal', form: isBlank(mask) ? mask : null, reason: same ? reason : 'redacted' };
    }
    if (same) return { kind: 'descend', mask: same };
    if (Array.isArray(mask) && mask.length === value.length) return { kind: 'descend', mask };
  } else if (isContainer(mask) && !Array.isArray(mask)) {
    return { kind: 'descend', mask };
  }
  if (isBlank(value)) return assessBlank(mask, marks);
  if (marks.volatile) return { kind: 'descend', mask: value };
  if (isBlank(mask)) {
    // The existence of objects is no secret: an export without them was made at another time.
    return (entry && (mask === undefined || mask === null)) || collection
      ? ONLY_WITH
      : { kind: 'seal', form: mask, reason: 'redacted' };
  }
  return marks.secret || marks.keySet ? { kind: 'seal', form: null, reason: 'redacted' } : DIFFERENT;
}

function assessScalar(value: Json, mask: Json | undefined, place: Place): Verdict {
  const { marks, entry } = place;
  if (isBlank(value)) return assessBlank(mask, marks);
  if (marks.volatile && !marks.secret) return KEEP;
  if (entry && mask === undefined) return ONLY_WITH;
  if (isBlank(mask)) return { kind: 'seal', form: mask, reason: 'redacted' };
  const reason = reasonFor(place);
  const form = typeof value === 'string' ? '' : null;
  if (sameScalar(value, mask)) return reason === undefined ? KEEP : { kind: 'seal', form, reason };
  const placeholder = typeof mask === 'string' && isPlaceholder(mask);
  return reason !== undefined || marks.keySet || placeholder
    ? { kind: 'seal', form, reason: 'redacted' }
    : DIFFERENT;
}

/** Requires that a value which is blank in the export with credentials is blank in the one without. */
function assessBlank(mask: Json | undefined, { secret, keySet, volatile }: InheritedMarks): Verdict {
  return secret || keySet || volatile || isBlank(mask) ? KEEP : ONLY_WITHOUT;
}

const reasonFor = ({ marks, lookalike }: Place): 'known' | 'lookalike' | undefined =>
  marks.secret ? 'known' : lookalike ? 'lookalike' : undefined;

const sameScalar = (a: Json, b: Json | undefined): boolean =>
  a === b || (isRawNumber(a) && isRawNumber(b) && a.rawJSON === b.rawJSON);

/** Compares two arrays of scalars in any order, because the server does not keep the order of texts.
 * @returns the array that stays: the mask, or the value if its order differs; `undefined` if their scalars differ */
function sameScalars(value: readonly Json[], mask: readonly Json[]): readonly Json[] | undefined {
  if (value === mask) return mask;
  if (value.length !== mask.length || value.some(isContainer) || mask.some(isContainer)) return undefined;
  if (value.every((scalar, index) => sameScalar(scalar, mask[index]))) return mask;
  const texts = (array: readonly Json[]): string[] =>
    array.map((scalar) => `${typeof scalar}:${isRawNumber(scalar) ? scalar.rawJSON : scalar}`).sort();
  const other = texts(mask);
  return texts(value).every((text, index) => text === other[index]) ? value : undefined;
}
