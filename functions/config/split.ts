/** The walk behind `splitCredentials`: over the export with credentials and the one without, side by side. Iterative,
 * so that depth costs no stack. The configuration is the mask: only where it must be another, containers are copied. */
import { TenantBackupError } from '../errors.ts';
import { isBlank, isBlankLeaf } from './blank.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  isCollection,
  NO_MARKS,
  ROOT_CURSOR,
} from './fields.ts';
import { isContainer, type Json, type JsonContainer, type JsonObject, setMember } from './json.ts';
import { Overlay } from './json-overlay.ts';
import { isJwk, looksLikeCredential } from './lookalike.ts';
import { step } from './path-table.ts';
import { childPointer } from './pointer.ts';
import { glance, type Surroundings, UNCLEAR } from './split-glance.ts';
import { judge, type Reason } from './split-judge.ts';

/** Values by the JSON Pointer of their place in the whole export. */
export type Credentials = Readonly<Record<string, Json>>;

/** Why values were sealed with the credentials; each is counted once, under the first reason that holds. */
export interface CredentialCounts {
  /** SecureAuth's own export without credentials shows something else here. */
  readonly redacted: number;
  /** A known credential field that the export without credentials showed. */
  readonly known: number;
  /** In neither list, but it looks like a credential. */
  readonly lookalike: number;
}

export interface SplitExport<Document extends Json = Json> {
  readonly config: Document;
  readonly credentials: Credentials;
  readonly counts: CredentialCounts;
}

/** The same before `config` is made. */
export interface Split extends Omit<SplitExport, 'config'> {
  config(): Json;
  /** How many values `config` has instead of those of the mask, where both are blank leaves. */
  readonly keptBlanks: number;
  /** Whether `config` is the mask but for these. */
  readonly isMask: boolean;
  /** How many members all objects of the mask that were looked into have. */
  readonly maskMembers: number;
}

/** A container of the full export, with its counterpart in the mask: which is what `config` has, unless it needed a copy. */
interface Frame extends Surroundings {
  readonly parent: Frame | undefined;
  readonly key: string;
  readonly full: JsonContainer;
  readonly mask: JsonContainer | Overlay;
  readonly cursor: FieldCursor;
  readonly marks: InheritedMarks;
  copy: JsonContainer | undefined;
  pointer: string | undefined;
}

export class Splitter {
  readonly #credentials: Record<string, Json>;
  readonly #counts: Record<Reason, number> = { redacted: 0, known: 0, lookalike: 0 };
  readonly #stack: Frame[] = [];
  /** What `config` has instead of what the mask has. */
  readonly #changes: Change[] = [];
  #keptBlanks = 0;
  #maskMembers = 0;

  /** @param credentials to add to */
  constructor(credentials: Record<string, Json>) {
    this.#credentials = credentials;
  }

  split(full: Json, mask: Json | Overlay, table: FieldCursor = ROOT_CURSOR): Split {
    // A container around the root makes the root a member like any other.
    const holder = newFrame(undefined, '', [full], [mask as Json], undefined, NO_MARKS);
    this.#otherMember(holder, '0', full, mask, table);
    for (let frame = this.#stack.pop(); frame !== undefined; frame = this.#stack.pop()) this.#members(frame);
    return {
      config: () => {
        for (const change of this.#changes) apply(change);
        if (holder.copy !== undefined) return (holder.copy as readonly Json[])[0] as Json;
        return mask instanceof Overlay ? mask.container() : mask;
      },
      credentials: this.#credentials,
      counts: this.#counts,
      keptBlanks: this.#keptBlanks,
      isMask: this.#changes.length === this.#keptBlanks,
      maskMembers: this.#maskMembers,
    };
  }

  #members(frame: Frame): void {
    if (frame.mask instanceof Overlay) this.#membersUnder(frame, frame.mask);
    else if (frame.full !== frame.mask) this.#membersOfBoth(frame, frame.mask);
    else if (Array.isArray(frame.full)) {
      const elements: readonly Json[] = frame.full;
      for (let at = 0; at < elements.length; at++) this.#sameMember(frame, String(at), elements[at] as Json);
    } else {
      // Makes no lists of names and values. All members are own ones, also the one called `__proto__`.
      for (const key in frame.full) {
        this.#maskMembers++;
        this.#sameMember(frame, key, (frame.full as JsonObject)[key] as Json);
      }
    }
  }

  #sameMember(frame: Frame, key: string, value: Json): void {
    const cursor = frame.cursor === undefined ? undefined : step(frame.cursor, key);
    const members = frame.marks.secret ? UNCLEAR : glance(value, key, cursor, frame);
    if (members === UNCLEAR) this.#member(frame, key, value, value, cursor);
    else this.#maskMembers += members;
  }

  #membersUnder(frame: Frame, overlay: Overlay): void {
    const { members } = overlay.change;
    let next = 0;
    for (const key in frame.full) {
      this.#maskMembers++;
      const value = (frame.full as JsonObject)[key] as Json;
      const changed = members[next];
      if (changed?.[0] === key) {
        next++;
        this.#otherMember(frame, key, value, overlay.below(value, changed[1]), step(frame.cursor, key));
      } else this.#sameMember(frame, key, value);
    }
  }

  #otherMember(
    frame: Frame,
    key: string,
    value: Json,
    mask: Json | Overlay | undefined,
    cursor: FieldCursor,
  ): void {
    if (!(mask instanceof Overlay)) this.#member(frame, key, value, mask, cursor);
    else {
      // Objects in both.
      const marks = inheritMarks(frame.marks, cursor);
      this.#stack.push(newFrame(frame, key, value as JsonContainer, mask, cursor, marks));
    }
  }

  #membersOfBoth(frame: Frame, mask: JsonContainer): void {
    const { full } = frame;
    const keys = Object.keys(full);
    const values: readonly Json[] = Object.values(full);
    const maskKeys = Object.keys(mask);
    const maskValues: readonly Json[] = Object.values(mask);
    if (!Array.isArray(mask)) this.#maskMembers += maskKeys.length;
    let shared = 0;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as string;
      // Both exports come from one server: members mostly stand in the same order, and need not be looked up.
      const inOrder = maskKeys[at] === key;
      const inMask = inOrder || Object.hasOwn(mask, key);
      if (inMask) shared++;
      const other = inOrder ? maskValues[at] : inMask ? (mask as JsonObject)[key] : undefined;
      const value = values[at] as Json;
      if (value === other) this.#sameMember(frame, key, value);
      else this.#member(frame, key, value, other, step(frame.cursor, key));
    }
    if (shared === maskKeys.length) return;
    for (const key of maskKeys) {
      if (Object.hasOwn(full, key)) continue;
      const { keySet, volatile } = inheritMarks(frame.marks, step(frame.cursor, key));
      if (!keySet && !volatile && !isBlank((mask as JsonObject)[key])) {
        throw inconsistent(frame, key, 'is only in the export without credentials');
      }
      this.#changes.push({ frame, key, value: undefined });
    }
  }

  /** @param mask `undefined` if the mask lacks the member */
  #member(frame: Frame, key: string, value: Json, mask: Json | undefined, cursor: FieldCursor): void {
    const marks = inheritMarks(frame.marks, cursor);
    const lookalike = looksLikeCredential(nameIn(frame, key, marks), value, frame.jwk);
    if (value === mask && !marks.secret && !lookalike) {
      if (isContainer(value)) this.#stack.push(newFrame(frame, key, value, value, cursor, marks));
      return;
    }
    const place = { marks, entry: frame.collection, collection: isCollection(cursor), lookalike };
    const verdict = judge(value, mask, place);
    switch (verdict.kind) {
      case 'keep':
        if (value === mask) return;
        this.#changes.push({ frame, key, value });
        if (isBlankLeaf(value) && isBlankLeaf(mask)) this.#keptBlanks++;
        return;
      case 'descend':
        if (verdict.mask !== mask) this.#changes.push({ frame, key, value: verdict.mask });
        this.#stack.push(newFrame(frame, key, value as JsonContainer, verdict.mask, cursor, marks));
        return;
      case 'seal':
        this.#credentials[pointerOf(frame, key)] = value;
        this.#counts[verdict.reason]++;
        if (verdict.form !== mask) this.#changes.push({ frame, key, value: verdict.form });
        return;
      case 'inconsistent':
        throw inconsistent(frame, key, verdict.what);
    }
  }
}

/** The name of a member, where it is the name of a field. */
const nameIn = (
  { collection, isList }: Frame,
  key: string,
  { unnamed }: InheritedMarks,
): string | undefined => (unnamed || collection || isList ? undefined : key);

function newFrame(
  parent: Frame | undefined,
  key: string,
  full: JsonContainer,
  mask: JsonContainer | Overlay,
  cursor: FieldCursor,
  marks: InheritedMarks,
): Frame {
  const collection = isCollection(cursor);
  const copy = undefined;
  return {
    parent,
    key,
    full,
    mask,
    cursor,
    marks,
    isList: Array.isArray(full),
    unnamed: marks.unnamed,
    collection,
    jwk: isJwk(full),
    copy,
    pointer: copy,
  };
}

/** `config` has another value than the mask; `undefined` for no member at all. */
interface Change {
  readonly frame: Frame;
  readonly key: string;
  readonly value: Json | undefined;
}

function apply({ frame, key, value }: Change): void {
  const copy = copyOf(frame);
  if (value === undefined) delete copy[key];
  else setMember(copy, key, value);
}

/** The copy of a container, made together with the copies of the containers around it. */
function copyOf(frame: Frame): Record<string, Json> {
  const missing: Frame[] = [];
  for (let at: Frame | undefined = frame; at !== undefined && at.copy === undefined; at = at.parent) {
    missing.push(at);
  }
  for (const at of missing.reverse()) {
    const mask = at.mask instanceof Overlay ? at.mask.container() : at.mask;
    at.copy = Array.isArray(mask) ? [...mask] : { ...(mask as JsonObject) };
    if (at.parent?.copy !== undefined) setMember(at.parent.copy as Record<string, Json>, at.key, at.copy);
  }
  return frame.copy as Record<string, Json>;
}

function pointerOf(frame: Frame, key: string): string {
  // The holder's only member is the document itself.
  if (frame.parent === undefined) return '';
  const unnamed: Frame[] = [];
  for (
    let at: Frame | undefined = frame;
    at?.parent !== undefined && at.pointer === undefined;
    at = at.parent
  ) {
    unnamed.push(at);
  }
  for (const at of unnamed.reverse()) {
    at.pointer = at.parent?.parent === undefined ? '' : childPointer(at.parent.pointer ?? '', at.key);
  }
  return childPointer(frame.pointer ?? '', key);
}

function inconsistent(frame: Frame, key: string, what: string): TenantBackupError {
  const pointer = pointerOf(frame, key);
  return new TenantBackupError('EXPORT_INCONSISTENT', `${pointer || 'the document'} ${what}`, { pointer });
}
