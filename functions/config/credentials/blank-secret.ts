/** Tells whether a place of credentials shows a secret or only a substitute for one. Trees and dumps, backups and
 * restores all use this check. */
import { isBlank } from '../json/blank.ts';
import {
  isContainer,
  type Json,
  type JsonContainer,
  type JsonObject,
  setMember,
} from '../json/json-value.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { type FieldCursor, type InheritedMarks, inheritMarks, NO_MARKS } from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { isFingerprint } from './fingerprints.ts';
import { hasForeignHalf } from './key-halves.ts';
import { isJwk, isSensitiveName, PRIVATE_JWK_MEMBERS } from './lookalike.ts';

/** The longest placeholder; most secrets are longer. */
const MAX_LENGTH = 64;

/** Characters that forms and logs show in place of each character, or of all. */
const HIDING_SIGNS = /^([*•●∗＊]+|[xX]{3,}|\.{3,}|…+|_{3,}|#{3,}|\?{3,}|-+)$/;

/** Signs in place of most characters, as in `********1234` and `sk_live_********`. */
const PARTLY_HIDDEN = /^[*•●∗＊]{4,64}.{1,4}$|[*•●∗＊]{8}/;

/** Words that say that a value is hidden, with or without brackets. */
const HIDING_WORDS =
  /^((value|secret|password|credential|token|key) (is )?)?(not shown|redacted|masked|hidden|filtered|removed|omitted|obfuscated|withheld|sensitive|placeholder)( value| data)?$|^(secret value|null|undefined|none|nil|n\/a)$/;

/** Words that name a secret when they stand in brackets. */
const NAMES_IN_BRACKETS =
  /^(client |api |your )?(secret|password|token|key|credentials?)$|^known after apply$/;

/** Names that another program should have replaced: `##NAME##`, `${NAME}`, `YOUR_SECRET_KEY`. */
const TEMPLATES =
  /^(##[\w .-]+##|@@[\w .-]+@@|\$\{[\w .-]+\}|\{\{[\w .-]+\}\}|%[a-z_]+%|your (\w+ )*(secret|key|password|token|credentials?)( here)?)$/;

/** Tells whether a text in a place of credentials is a placeholder. A random secret never matches: it is longer, and
 * neither one repeated character nor such a word. */
export function isPlaceholder(text: string): boolean {
  if (text === '' || text.length > MAX_LENGTH) return false;
  const plain = text.trim();
  if (HIDING_SIGNS.test(plain) || PARTLY_HIDDEN.test(plain) || isOneSign(plain)) return true;
  const bare = plain.replace(/^[[<({*]+/, '').replace(/[\])>}*]{1,8}$/, '');
  const words = bare
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()
    .toLowerCase();
  if (bare !== plain && NAMES_IN_BRACKETS.test(words)) return true;
  return HIDING_WORDS.test(words) || TEMPLATES.test(words) || TEMPLATES.test(plain.toLowerCase());
}

/** Tells whether a text is one character over and over, such as `0000`. */
const isOneSign = (text: string): boolean => {
  const [sign = '', ...others] = text;
  return others.length > 2 && others.every((other) => other === sign);
};

/** Signs in place of characters; words that no program shows for anything else. */
const UNMISTAKABLE = /^[*•●∗＊]{3,}$|[*•●∗＊]{4}|redacted|not[ _-]shown/i;

/** Words in brackets. */
const IN_BRACKETS = /^[[<({].*[\])>}]$/;

/** Tells whether a text is a placeholder where only the name of the member speaks of a secret. There, `none`, `hidden` and
 * `Your password` are settings and labels. */
const isPlaceholderAnywhere = (text: string): boolean => {
  const plain = text.trim();
  if (!isPlaceholder(text)) return false;
  return UNMISTAKABLE.test(plain) || (IN_BRACKETS.test(plain) && !TEMPLATES.test(plain.toLowerCase()));
};

/** Members of credentials that are secret although their names do not say so: keys of JWKs, private keys and
 * accounts. Other members, such as user names, may be any text. */
const SECRET_MEMBERS: ReadonlySet<string> = new Set([
  ...PRIVATE_JWK_MEMBERS,
  ...['key', 'value', 'service_account', 'rotated_secrets', 'hashed_rotated_secrets'],
]);

/** A place in a document, and its entry in the table. */
interface Place {
  readonly pointer: string;
  /** Name of the nearest member around it: elements of a list have the name of the list. */
  readonly name: string;
  readonly cursor: FieldCursor;
  readonly marks: InheritedMarks;
  /** The nearest container around it is a key. If that is `foreign`, its private members belong to another key. */
  readonly key?: 'own' | 'foreign' | undefined;
}

function placeAt(pointer: string, table: FieldCursor): Place {
  let place: Place = { pointer: '', name: '', cursor: table, marks: inheritMarks(NO_MARKS, table) };
  for (const key of parsePointer(pointer) ?? []) place = below(place, key, /^\d+$/.test(key));
  return { ...place, pointer };
}

function below(place: Place, key: string, isElement: boolean): Place {
  const cursor = step(place.cursor, key);
  const marks = inheritMarks(place.marks, cursor);
  return {
    pointer: childPointer(place.pointer, key),
    name: isElement ? place.name : key,
    cursor,
    marks,
    key: place.key,
  };
}

const isSecretPlace = ({ name, marks, key }: Place): boolean =>
  !marks.unnamed &&
  !marks.freeForm &&
  ((marks.secret && SECRET_MEMBERS.has(name)) ||
    (key !== undefined && PRIVATE_JWK_MEMBERS.has(name)) ||
    isSensitiveName(name));

type SecretState = 'shown' | 'blank' | 'placeholder';

function stateOf(secret: string, { key, marks }: Place): SecretState {
  if (secret === '') return 'blank';
  const isKnown = marks.secret || key !== undefined;
  const isSubstitute = isKnown ? isPlaceholder(secret) : isPlaceholderAnywhere(secret);
  return key === 'foreign' || isSubstitute ? 'placeholder' : 'shown';
}

/** Changes the secrets of a value.
 * @param change gets each text in a place of credentials, and `""` for each null
 * @returns the value itself if nothing has changed */
function mapSecrets(
  value: Json,
  around: Place,
  change: (secret: string, state: SecretState, pointer: string) => string,
): Json {
  if (typeof value === 'string' || value === null) {
    const secret = value ?? '';
    const changed = isSecretPlace(around) ? change(secret, stateOf(secret, around), around.pointer) : secret;
    return changed === secret ? value : changed;
  }
  if (!isContainer(value)) return value;
  const isList = Array.isArray(value);
  const place = isList ? around : { ...around, key: keyStateOf(value) };
  let copy: Record<string, Json> | undefined;
  for (const key of Object.keys(value)) {
    const before = (value as JsonObject)[key] as Json;
    const after = mapSecrets(before, below(place, key, isList), change);
    if (after === before) continue;
    copy ??= (isList ? [...value] : { ...value }) as Record<string, Json>;
    setMember(copy, key, after);
  }
  return (copy as Json | undefined) ?? value;
}

function keyStateOf(value: JsonContainer): Place['key'] {
  if (!isJwk(value)) return undefined;
  // In a plan, a fingerprint stands for each private member, and says nothing of the key.
  const isForeign = hasForeignHalf(value) && !Object.values<Json>(value as JsonObject).some(isFingerprint);
  return isForeign ? 'foreign' : 'own';
}

/** Tells whether a value shows no secret: it is blank, or nothing but blanks and placeholders. */
export function showsNoSecret(value: Json | undefined): boolean {
  if (typeof value === 'string') return value === '' || isPlaceholder(value);
  return isContainer(value) ? Object.values<Json>(value as JsonObject).every(showsNoSecret) : isBlank(value);
}

export interface FoundSecret {
  readonly secret: string;
  /** In the whole document. */
  readonly pointer: string;
  readonly state: SecretState;
}

/** Lists all places for secrets in a value.
 * @param pointer of the value in the whole document
 * @param table the known places of the document
 * @returns what is there: holds secrets */
export function secretsIn(value: Json, pointer: string, table: FieldCursor): FoundSecret[] {
  const found: FoundSecret[] = [];
  mapSecrets(value, placeAt(pointer, table), (secret, state, at) => {
    found.push({ secret, pointer: at, state });
    return secret;
  });
  return found;
}

/** Tells whether a value has a placeholder in a place of a secret. */
export const hasPlaceholder = (value: Json, pointer: string, table: FieldCursor): boolean =>
  secretsIn(value, pointer, table).some(({ state }) => state === 'placeholder');

/** Returns a value with blanks instead of its placeholders. */
export const withoutPlaceholders = (value: Json, pointer: string, table: FieldCursor): Json =>
  mapSecrets(value, placeAt(pointer, table), (secret, state) => (state === 'placeholder' ? '' : secret));
