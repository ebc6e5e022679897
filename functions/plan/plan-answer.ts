import type { Plan } from './plan-document.ts';
import { planText } from './plan-text.ts';

/** A plan with its text. */
export interface PlanAnswer extends Plan {
  /** For people. */
  readonly text: string;
  /** How many changes the answer leaves out; the stored plan has all of them. */
  readonly omittedChanges: number;
}

/** A Lambda answers with at most 6 MB. */
const MAX_ANSWER_CHARACTERS = 2_000_000;

/** What the function answers: the plan, with as many of its changes as an answer can hold. */
export function planAnswer(plan: Plan): PlanAnswer {
  let left = MAX_ANSWER_CHARACTERS;
  const changes = plan.changes.filter((change) => {
    left -= JSON.stringify(change).length;
    return left >= 0;
  });
  return { ...plan, changes, text: planText(plan), omittedChanges: plan.changes.length - changes.length };
}
