/** Credentials out of an export and back, so that configuration and credentials can be sealed under two keys. */
import { TenantBackupError } from '../../errors.ts';
import { isContainer, type Json, type JsonContainer, member, setMember } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import { type FieldCursor, ROOT_CURSOR } from '../model/fields.ts';
import { type Credentials, type SplitExport, Splitter } from './split.ts';

export type { CredentialCounts, Credentials, SplitExport } from './split.ts';

/** Takes the credentials out of an export. In `config` their places hold what `mask` shows there (nothing, where it
 * lacks the member), or a blank of our own where it shows a value: `""` for a text, else null.
 * @param full tree exported with `with_credentials=true`; not modified
 * @param mask the same tree exported with `with_credentials=false`; `full` itself where the API cannot redact. Not
 *   modified, and `config` shares its unchanged parts
 * @param table what is known about places in the export. @default - those of a tree
 * @returns `config` without any credential, `credentials` by JSON Pointer, and how many there are for which reason
 * @throws EXPORT_INCONSISTENT if the two differ in more than redaction: objects on one side only, or another value;
 *   facts name the pointer
 * @see joinCredentials `join(split(full, mask))` equals `full` */
export function splitCredentials<Document extends Json>(
  full: Document,
  mask: Json,
  table: FieldCursor = ROOT_CURSOR,
): SplitExport<Document> {
  // An object stays an object: no redaction takes the document as a whole.
  if (isContainer(full) && !isContainer(mask)) {
    throw new TenantBackupError('EXPORT_INCONSISTENT', 'the export without credentials is no object', {
      pointer: '',
    });
  }
  const splitter = new Splitter();
  const config = splitter.split(full, mask, table) as Document;
  return { config, credentials: splitter.credentials, counts: splitter.counts };
}

/** Puts the credentials back into an export; mirror of `splitCredentials`.
 * @param config not modified; the result shares its unchanged parts
 * @throws PART_MALFORMED if a pointer has no place in `config`: the two do not belong together */
export function joinCredentials<Document extends Json>(config: Document, credentials: Credentials): Document {
  // Containers that are ours already; all others belong to `config` and are copied before the first change.
  const owned = new Set<Json>();
  return join(config, credentials, (container) => {
    if (owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    owned.add(copy);
    return copy;
  });
}

/** The same for a document that nobody else uses: it is changed itself, which spares copies of most of it.
 * @returns `config`, unless a credential is the whole document
 * @throws PART_MALFORMED as `joinCredentials`; then `config` is in between */
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
