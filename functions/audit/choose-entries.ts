/** The choice of ledger entries that the audit reads. Other functions write them, and an attacker who has stolen such a
 * function's role may write anything. */
import { isTenantName } from '../vault/format/layout.ts';
import { visible } from '../visible.ts';
import type { EntryKind } from './ledger-events.ts';

/** An entry as S3 lists it. */
export interface ListedEntry {
  readonly key: string;
  readonly sizeBytes: number;
  readonly writtenAt: Date;
}

/** Entries beyond the reading limit of one tenant. */
export interface UnreadEntries {
  /** `<kind>/<tenant>/`. */
  readonly prefix: string;
  readonly entries: number;
}

export interface EntryChoice {
  readonly toRead: readonly ListedEntry[];
  /** Keys of objects that, by key or size, are not entries. */
  readonly passedOver: readonly string[];
  readonly unread: readonly UnreadEntries[];
}

/** Entries of one kind and tenant that one audit reads, newest first. */
export const MOST_ENTRIES = 100;

/** Size limits of entries. An operation's entry is larger, as it names each object that it adds. */
export const MOST_BYTES: Readonly<Record<EntryKind, number>> = {
  failures: 1024 * 1024,
  checks: 64 * 1024,
  operations: 16 * 1024 * 1024,
  drills: 1024 * 1024,
};

/** Chooses the entries to read from the ledger's objects of one kind.
 * @param since time in milliseconds; earlier audits have read the entries written before it
 * @param known keys, made visible, that the previous audit passed over. The audit reads them again, so that it reports
 *   them for as long as they exist */
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
    // S3 timestamps have whole seconds: within the same second, the greater key counts as newer.
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

/** Returns the tenant of a key `<kind>/<tenant>/<id>.json`, or null for any other key. */
function tenantOf(kind: EntryKind, key: string): string | null {
  const [first, tenant = '', file = '', ...more] = key.split('/');
  const isEntry = first === kind && isTenantName(tenant) && /^.+\.json$/su.test(file) && more.length === 0;
  return isEntry ? tenant : null;
}
