/** Tells the dumps of a tenant from other documents. A dump may lack every object: the backup must show that. */
import { TenantBackupError } from '../../errors.ts';
import { isObject, type Json } from '../json/json-value.ts';
import { DUMP_COLLECTIONS } from './collections.ts';
import { IDENTITY_COLLECTIONS } from './dump-collections.ts';

export type DumpKind = 'system' | 'identity';

/** The lists of each dump. The lists of an empty one are missing, null or empty. */
const LISTS = { system: DUMP_COLLECTIONS, identity: IDENTITY_COLLECTIONS } as const;

/** Collects the members of a dump one by one.
 * @returns functions: `add` refuses a member of a tree or another document; `end` refuses a document in which no member is of a
 *   dump
 * @throws EXPORT_MALFORMED from both */
export function createDumpCheck(kind: DumpKind): {
  readonly add: (name: string, content: Json) => void;
  readonly end: () => void;
} {
  let [members, known] = [0, 0];
  return {
    add(name, content) {
      members++;
      if (!Object.hasOwn(LISTS[kind], name)) return;
      if (name === 'tenant' ? isObject(content) : content === null || Array.isArray(content)) known++;
      else if (name === 'servers') throw malformed(kind, 'must have a list in servers');
    },
    end() {
      // A tenant without pools has an identity dump without members. Every tenant has a system dump with itself.
      if (known > 0 || (kind === 'identity' && members === 0)) return;
      throw malformed(kind, `must have one of ${Object.keys(LISTS[kind]).join(', ')}`);
    },
  };
}

const malformed = (kind: DumpKind, reason: string): TenantBackupError =>
  new TenantBackupError('EXPORT_MALFORMED', `${kind} dump ${reason}`, { reason });
