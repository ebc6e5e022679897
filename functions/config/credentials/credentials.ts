/** Takes credentials out of an export and puts them back, so that configuration and credentials can be sealed under
 * two keys. */
import { TenantBackupError } from '../../errors.ts';
import { isContainer, type Json, type JsonContainer, member, setMember } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import { type FieldCursor, ROOT_CURSOR } from '../model/fields.ts';
import { type Credentials, type SplitExport, Splitter } from './split.ts';

export type { CredentialCounts, Credentials, SplitExport } from './split.ts';

/** Takes the credentials out of an export. In their places `config` has what `mask` shows: nothing, if it lacks the
 * member. If `mask` shows the value, `config` has a blank of our own: `""` for a text, else null.
 * @param full tree exported with `with_credentials=true`; not modified
 * @param mask the same tree exported with `with_credentials=false`; `full` itself where the API cannot redact. Not
 *   modified, and `config` shares its unchanged parts
 * @param table the known places of the export. @default - those of a tree
 * @returns `config` without any credential, `credentials` by JSON Pointer, and their number by reason
 * @throws EXPORT_INCONSISTENT if the two differ in more than redaction: objects on one side only, or another value.
 * Facts name the pointer
 * @see joinCredentials `join(split(full, mask))` equals `full` */
export function splitCredentials<Document extends Json>(
  full: Document,
  mask: Json,
  table: FieldCursor = ROOT_CURSOR,
): SplitExport<Document> {
  // An object stays an object: no redaction removes the whole document.
  if (isContainer(full) && !isContainer(mask)) {
    throw new TenantBackupError('EXPORT_INCONSISTENT', 'the export without credentials must be an object', {
      pointer: '',
    });
  }
  const splitter = new Splitter();
  const config = splitter.split(full, mask, table) as Document;
  const { credentials, counts, foreignKeys } = splitter;
  return { config, credentials, counts, foreignKeys };
}

/** Puts the credentials back into an export; mirror of `splitCredentials`.
 * @param config not modified; the result shares its unchanged parts
 * @throws PART_MALFORMED if a pointer has no place in `config`, because the two do not belong together */
export function joinCredentials<Document extends Json>(config: Document, credentials: Credentials): Document {
  // These containers are copies; all others belong to `config` and are copied before the first change.
  const owned = new Set<Json>();
  return join(config, credentials, (container) => {
    if (owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    owned.add(copy);
    return copy;
  });
}

/** Puts the credentials into the document itself, which saves copies of most of it. The caller must be its only user.
 * @returns `config`, unless a credential is the whole document
 * @throws PART_MALFORMED as `joinCredentials`; `config` is then changed in part */
export const joinInPlace = <Document extends Json>(config: Document, credentials: Credentials): Document =>
  join(config, credentials, (container) => container);

function join<Document extends Json>(
  config: Document,
  credentials: Credentials,
  own: (container: JsonContainer) => JsonContainer,
): Document {
  let root: Json = config;
  for (const pointer of Object.keys(credentials)) {
    const value = credentials[pointer] as Json;
    const keys = parsePointer(pointer);
    if (keys === undefined) throw misplaced(pointer);
    const last = keys.pop();
    if (last === undefined) {
      root = value;
      continue;
    }
    if (!isContainer(root)) throw misplaced(pointer);
    let container = own(root);
    root = container;
    for (const key of keys) {
      const child = member(container, key);
      if (!isContainer(child)) throw misplaced(pointer);
      const copy = own(child);
      if (copy !== child) setMember(container as Record<string, Json>, key, copy);
      container = copy;
    }
    if (Array.isArray(container) && !Object.hasOwn(container, last)) throw misplaced(pointer);
    setMember(container as Record<string, Json>, last, value);
  }
  return root as Document;
}

const misplaced = (pointer: string): TenantBackupError =>
  new TenantBackupError('PART_MALFORMED', `credential at ${pointer} has no place in the configuration`, {
    pointer,
  });
