import { TenantBackupError } from '../../../functions/errors.ts';
import { ask } from './ask.ts';

/** Makes a person type a text before an action that cannot be undone.
 * @param expected text to type
 * @param given value of the option that replaces the question
 * @param option name of that option
 * @throws INVALID_REQUEST for any other text */
export async function requireTyped(
  question: string,
  expected: string,
  given: string | undefined,
  option: string,
): Promise<void> {
  const typed = given ?? (await ask(`${question} `, { otherwise: `give ${option}` }));
  if (typed?.trim() === expected) return;
  throw notConfirmed(`you must type ${expected} to continue`, typed);
}

/** Asks for a yes.
 * @param yes the option that skips the question
 * @throws INVALID_REQUEST for any other answer, or without a terminal */
export async function requireYes(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  const answer = await ask(`${question} Type yes to continue: `, { otherwise: 'give --yes' });
  if (answer?.trim().toLowerCase() === 'yes') return;
  throw notConfirmed('you must type yes to continue', answer);
}

const notConfirmed = (message: string, typed: string | null): TenantBackupError =>
  new TenantBackupError(
    'INVALID_REQUEST',
    `${message}, got ${typed === null ? 'nothing' : `"${typed.trim().slice(0, 80)}"`}; nothing was done`,
  );
