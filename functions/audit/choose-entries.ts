/** Which entries of the ledger the audit reads. Other functions write them, and who has stolen the role of one may write anything there. */
import { isTenantName } from '../vault/format/layout.ts';
import { visible } from '../visible.ts';
import type { EntryKind } from './ledger-events.ts';

/** An entry as S3 lists it. */
export interface ListedEntry {
  readonly key: string;
  readonly sizeBytes: number;
  readonly writtenAt: Date;
}

/** Entries that were to be read, and were too many. */
export interface UnreadEntries {
  /** `<kind>/<tenant>/` */
  readonly prefix: string;
  readonly entries: number;
}

export interface EntryChoice {
  readonly toRead: readonly ListedEntry[];
  /** Keys of what is no entry by its key or size. */
  readonly passedOver: readonly string[];
  readonly unread: readonly UnreadEntries[];
}

/** Entries of one kind and tenant that one audit reads, the newest first. */
export const MOST_ENTRIES = 100;

/** Larger ones are none. An operation names each object that it adds. */
export const MOST_BYTES: Readonly<Record<EntryKind, number>> = {
  failures: 1024 * 1024,
  operations: 16 * 1024 * 1024,
  drills: 1024 * 1024,
};

/** Choose from what the ledger holds of one kind.
 * @param since entries that were written before are known to the audit, in milliseconds
 * @param known visible keys of entries that the audit before has read and passed over: they are read again, so that they are told of
 *   for as long as they are there */
export function chooseEntries(
  kind: EntryKind,
  listed: readonly ListedEntry[],
  since: number,
  known: ReadonlySet<string>,
): EntryChoice {
  const isEntry = ({ key, sizeBytes }: ListedEntry): boolean =>
    sizeBytes <= MOST_BYTES[kind] && tenantOf(kind, key) !== null;
  const isKnown = ({ key }: ListedEntry): boolean => known.has(visible(key));
  const entries = listed.filter(isEntry);
  const recent = entries.filter((entry) => entry.writtenAt.getTime() >= since && !isKnown(entry));
  const ofTenants = [...Map.groupBy(recent, ({ key }) => tenantOf(kind, key))].map(([tenant, ofTenant]) => ({
    prefix: `${kind}/${tenant}/`,
    // S3 tells whole seconds: of the same second, the later key is the later one.
    newest: ofTenant.toReversed().sort((a, b) => b.writtenAt.getTime() - a.writtenAt.getTime()),
  }));
  return {
    toRead: [...entries.filter(isKnown), ...ofTenants.flatMap(({ newest }) => newest.slice(0, MOST_ENTRIES))],
    passedOver: listed.filter((entry) => !isEntry(entry)).map(({ key }) => key),
    unread: ofTenants
      .filter(({ newest }) => newest.length > MOST_ENTRIES)
      .map(({ prefix, newest }) => ({ prefix, entries: newest.length - MOST_ENTRIES })),
  };
}

/** The tenant that a key `<kind>/<tenant>/<id>.json` names; null for any other key. */
function tenantOf(kind: EntryKind, key: string): string | null {
  const [first, tenant = '', file = '', ...more] = key.split('/');
  const isEntry = first === kind && isTenantName(tenant) && /^.+\.json$/su.test(file) && more.length === 0;
  return isEntry ? tenant : null;
}
