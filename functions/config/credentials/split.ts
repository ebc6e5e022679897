/** The walk behind `splitCredentials`, over the export with credentials and the one without, side by side. The
 * configuration is the mask: the walk copies only containers that must differ from it. */
import { TenantBackupError } from '../../errors.ts';
import { isBlank } from '../json/blank.ts';
import {
  isContainer,
  type Json,
  type JsonContainer,
  type JsonObject,
  setMember,
} from '../json/json-value.ts';
import { childPointer } from '../json/pointer.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  isCollection,
  NO_MARKS,
} from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { judge, type Reason } from './assess-split.ts';
import { hasForeignHalf } from './key-halves.ts';
import { isJwk, looksLikeCredential } from './lookalike.ts';

/** Values by the JSON Pointer of their place in the whole export. */
export type Credentials = Readonly<Record<string, Json>>;

/** Why values were sealed with the credentials. Each counts once, under the first reason that applies. */
export interface CredentialCounts {
  /** SecureAuth's own export without credentials shows another value here. */
  readonly redacted: number;
  /** A known credential field, which the export without credentials shows. */
  readonly known: number;
  /** Neither of these, but it looks like a credential. */
  readonly lookalike: number;
}

export interface SplitExport<Document extends Json = Json> {
  readonly config: Document;
  readonly credentials: Credentials;
  readonly counts: CredentialCounts;
  /** JSON Pointers of known keys whose private members belong to another key, see `hasForeignHalf`. */
  readonly foreignKeys: readonly string[];
}

/** A container of the full export, around the current place. */
interface Owner {
  readonly parent: Owner | undefined;
  /** Its own name; `undefined` for the document itself. */
  readonly key: string | undefined;
  readonly cursor: FieldCursor;
  readonly marks: InheritedMarks;
  readonly isList: boolean;
  /** The names of its members are ids of objects. */
  readonly collection: boolean;
  readonly jwk: boolean;
}

export class Splitter {
  readonly credentials: Record<string, Json> = {};
  readonly counts: Record<Reason, number> = { redacted: 0, known: 0, lookalike: 0 };
  readonly foreignKeys: string[] = [];

  /** Splits a document.
   * @returns the configuration */
  split(full: Json, mask: Json, table: FieldCursor): Json {
    return this.#value(undefined, undefined, full, mask, table) as Json;
  }

  /** @param mask `undefined` if the mask lacks the member
   * @returns the value in the configuration; `undefined` for no member */
  #value(
    owner: Owner | undefined,
    key: string | undefined,
    value: Json,
    mask: Json | undefined,
    cursor: FieldCursor,
  ): Json | undefined {
    const marks = inheritMarks(owner?.marks ?? NO_MARKS, cursor);
    const isName = owner !== undefined && !marks.unnamed && !owner.collection && !owner.isList;
    const lookalike = looksLikeCredential(isName ? key : undefined, value, owner?.jwk ?? false);
    if (value === mask && !marks.secret && !lookalike && !isContainer(value)) return value;
    const place = { marks, entry: owner?.collection ?? false, collection: isCollection(cursor), lookalike };
    const verdict = judge(value, mask, place);
    switch (verdict.kind) {
      case 'keep':
        return value;
      case 'descend':
        return this.#members(
          newOwner(owner, key, value, cursor, marks),
          value as JsonContainer,
          verdict.mask,
        );
      case 'seal':
        this.credentials[pointerOf(owner, key)] = value;
        this.counts[verdict.reason]++;
        return verdict.form;
      case 'inconsistent':
        throw inconsistent(owner, key, verdict.what);
    }
  }

  #members(owner: Owner, full: JsonContainer, mask: JsonContainer): Json {
    const isKnownKey = owner.jwk && (owner.marks.keySet || owner.marks.secret) && !owner.marks.freeForm;
    if (isKnownKey && hasForeignHalf(full)) this.foreignKeys.push(pointerOf(owner.parent, owner.key));
    let copy: Record<string, Json> | undefined;
    const own = () => (copy ??= (owner.isList ? [...(mask as Json[])] : { ...mask }) as Record<string, Json>);
    let shared = 0;
    for (const key of Object.keys(full)) {
      const other = Object.hasOwn(mask, key) ? ((mask as JsonObject)[key] as Json) : undefined;
      if (other !== undefined) shared++;
      const kept = this.#value(owner, key, (full as JsonObject)[key] as Json, other, step(owner.cursor, key));
      if (kept === other) continue;
      if (kept === undefined) delete own()[key];
      else setMember(own(), key, kept);
    }
    const names = Object.keys(mask);
    if (names.length === shared) return (copy as Json | undefined) ?? mask;
    for (const key of names) {
      if (Object.hasOwn(full, key)) continue;
      const { keySet, volatile } = inheritMarks(owner.marks, step(owner.cursor, key));
      if (!keySet && !volatile && !isBlank((mask as JsonObject)[key])) {
        throw inconsistent(owner, key, 'is only in the export without credentials');
      }
      delete own()[key];
    }
    return (copy as Json | undefined) ?? mask;
  }
}

const newOwner = (
  parent: Owner | undefined,
  key: string | undefined,
  full: Json,
  cursor: FieldCursor,
  marks: InheritedMarks,
): Owner => ({
  parent,
  key,
  cursor,
  marks,
  isList: Array.isArray(full),
  collection: isCollection(cursor),
  jwk: isJwk(full as JsonContainer),
});

function pointerOf(owner: Owner | undefined, key: string | undefined): string {
  const keys = key === undefined ? [] : [key];
  for (let at = owner; at?.key !== undefined; at = at.parent) keys.push(at.key);
  return keys.reduceRight(childPointer, '');
}

function inconsistent(owner: Owner | undefined, key: string | undefined, what: string): TenantBackupError {
  const pointer = pointerOf(owner, key);
  return new TenantBackupError('EXPORT_INCONSISTENT', `${pointer || 'the document'} ${what}`, { pointer });
}
