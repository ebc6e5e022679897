import type { Plan, PlannedChange } from './plan-document.ts';
import { planText } from './plan-text.ts';

/** A plan with its text. */
export interface PlanAnswer extends Plan {
  /** Text of the plan. */
  readonly text: string;
  /** Number of changes that the answer omits; the stored plan has all of them. */
  readonly omittedChanges: number;
}

/** A Lambda answers with at most 6 MB. */
const MAX_ANSWER_CHARACTERS = 2_000_000;

/** Returns as many changes as an answer can hold. */
export function answerable(changes: readonly PlannedChange[]): PlannedChange[] {
  let left = MAX_ANSWER_CHARACTERS;
  return changes.filter((change) => {
    left -= JSON.stringify(change).length;
    return left >= 0;
  });
}

/** Returns the answer of the function: the plan with its text, and as many changes as an answer can hold.
 * @param now for the age of the backup in the text */
export function planAnswer(plan: Plan, now: Date): PlanAnswer {
  const changes = answerable(plan.changes);
  return {
    ...plan,
    changes,
    text: planText(plan, now),
    omittedChanges: plan.changes.length - changes.length,
  };
}
