/** Findings about the ledger entries of other functions. */
import { visible } from '../../visible.ts';
import type { PreviousReport } from '../audit-report.ts';
import { MOST_ENTRIES, type UnreadEntries } from '../choose-entries.ts';
import type { NewFinding } from '../findings.ts';

/** Number of entries, or tenants, that get their own finding. */
const MOST_NAMED = 20;

/** Reports ledger entries that the audit passed over or did not read.
 * @param passedOver keys of entries that are not valid records of their kind
 * @param unread counts of entries beyond the reading limit */
export const assessLedger = (
  passedOver: readonly string[],
  unread: readonly UnreadEntries[],
): NewFinding[] => [
  ...someOf(
    passedOver.map(visible).map((key) => ({
      ...WARNING,
      code: 'LEDGER_ENTRY_UNEXPECTED',
      subject: key,
      message: `${key} is no record of its kind, or cannot be read, and is passed over`,
      facts: { key },
    })),
    'more entries of the ledger are no records of their kinds',
  ),
  ...someOf(
    unread.map(({ prefix, entries }) => ({
      ...WARNING,
      code: 'LEDGER_ENTRIES_UNREAD',
      subject: prefix,
      message: `at most ${MOST_ENTRIES} new entries below ${prefix} are read, there are ${entries} more`,
      facts: { prefix, entries },
    })),
    'more tenants have more new entries in the ledger than are read',
  ),
];

const WARNING = { severity: 'warning', tenant: null } as const;

/** Returns the first findings of a kind, and one finding that counts the rest. */
function someOf(
  findings: readonly (NewFinding & { readonly subject: string })[],
  more: string,
): NewFinding[] {
  const sorted = findings.toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
  const [next, ...others] = sorted.slice(MOST_NAMED);
  if (next === undefined) return sorted;
  const further = others.length + 1;
  return [
    ...sorted.slice(0, MOST_NAMED),
    { ...next, subject: null, message: `${further} ${more}`, facts: { further } },
  ];
}

/** Returns the keys that the previous audit passed over, made visible, and whether it passed over more than it named. */
export function passedOverBefore(previous: Pick<PreviousReport, 'findings'> | null): {
  readonly keys: ReadonlySet<string>;
  readonly further: boolean;
} {
  const subjects = (previous?.findings ?? [])
    .filter(({ code }) => code === 'LEDGER_ENTRY_UNEXPECTED')
    .map(({ subject }) => subject);
  return {
    keys: new Set(subjects.filter((subject) => subject !== null)),
    further: subjects.includes(null),
  };
}
