import { createInterface } from 'node:readline/promises';
import { TenantBackupError } from '../../functions/errors.ts';

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
  const typed = given ?? (await ask(`${question} `, `give ${option}`));
  if (typed.trim() === expected) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${expected} had to be typed for this, got "${typed.trim().slice(0, 80)}"; nothing was done`,
  );
}

/** @throws INVALID_REQUEST unless the answer is yes, or there is nobody to ask */
export async function requireYes(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  const answer = await ask(`${question} Type yes to go on: `, 'give --yes');
  if (answer.trim().toLowerCase() === 'yes') return;
  throw new TenantBackupError('INVALID_REQUEST', 'not confirmed; nothing was done');
}

async function ask(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new TenantBackupError('INVALID_REQUEST', `no terminal to ask for confirmation on: ${otherwise}`);
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await prompt.question(question);
  } finally {
    prompt.close();
  }
}
