import type { PlanAnswer } from './plan-answer.ts';
import type { Plan } from './plan-document.ts';
import { comparisonText, type ShowTime } from './plan-text.ts';

type Change = Plan['changes'][number];
type Counts = Partial<Record<Change['kind'], number>>;

/** Turns a plan from the old state to the new one into a comparison of both. A comparison executes nothing, so that it has no
 * problems.
 * @param now for the age of both states */
export function asComparison(answer: PlanAnswer, now: Date, showTime: ShowTime): PlanAnswer {
  const { extra = 0, notRestorable = 0, kept = 0, ...plain } = answer.counts;
  const changes = answer.changes.map((change) => ({ ...change, kind: kindOf(change) }));
  // A plan leaves these objects out; a comparison shows them as new or changed.
  const changed = answer.changes.filter(
    (change) => change.kind === 'notRestorable' && kindOf(change) === 'updated',
  ).length;
  const counts: Counts = { ...plain };
  const add = (kind: Change['kind'], count: number): void => {
    if (count > 0) counts[kind] = (counts[kind] ?? 0) + count;
  };
  add('pruned', extra);
  add('updated', kept + changed);
  add('created', notRestorable - changed);
  const comparison = {
    ...answer,
    changes,
    counts,
    isEmpty: changes.length === 0,
    needsCredentialChoice: false,
    problems: [],
    warnings: answer.warnings.filter(({ code }) => OF_STATES.has(code)),
  };
  return { ...comparison, text: comparisonText(comparison, now, showTime) };
}

/** Shows what only the old state has as removed: a plan of a dump never removes it. */
function kindOf({ kind, properties }: Change): Change['kind'] {
  if (kind === 'extra') return 'pruned';
  if (kind === 'kept') return 'updated';
  return kind === 'notRestorable' ? (properties.length > 0 ? 'updated' : 'created') : kind;
}

/** Warnings about the states themselves, not about writing one over the other. */
const OF_STATES: ReadonlySet<string> = new Set([
  'UNMATCHED_SELECTOR',
  'SOURCE_MISMATCH',
  'BACKUP_INCOMPLETE',
  'BACKUP_LIMITED',
  'RELEASE_ADDS',
  'RELEASE_WITHDRAWS',
  'NOT_IN_BACKUP',
]);
