import { TenantBackupError } from '../../../functions/errors.ts';
import { ask } from './ask.ts';

/** Have a person type something before what cannot be taken back.
 * @param expected what has to be typed
 * @param given typed beforehand, as an option
 * @param option names that option in messages
 * @throws INVALID_REQUEST unless exactly that was typed; then nothing may be done */
export async function requireTyped(
  question: string,
  expected: string,
  given: string | undefined,
  option: string,
): Promise<void> {
  const typed = given ?? (await ask(`${question} `, { otherwise: `give ${option}` }));
  if (typed?.trim() === expected) return;
  throw notConfirmed(`${expected} had to be typed for this`, typed);
}

/** @throws INVALID_REQUEST unless the answer is yes, or there is nobody to ask */
export async function requireYes(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  const answer = await ask(`${question} Type yes to go on: `, { otherwise: 'give --yes' });
  if (answer?.trim().toLowerCase() === 'yes') return;
  throw notConfirmed('yes had to be typed for this', answer);
}

const notConfirmed = (message: string, typed: string | null): TenantBackupError =>
  new TenantBackupError(
    'INVALID_REQUEST',
    `${message}, got ${typed === null ? 'nothing' : `"${typed.trim().slice(0, 80)}"`}; nothing was done`,
  );
