import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { TenantBackupError } from '../../../functions/errors.ts';
import { visible } from '../../../functions/visible.ts';
import { writeError } from './terminal.ts';

/** Asks a question on the terminal. Ctrl-C ends the command.
 * @param options `isHidden`: do not echo; `otherwise`: advice if there is no terminal
 * @returns the typed line; null at end of input (Ctrl-D)
 * @throws INVALID_REQUEST if standard input or standard error is no terminal */
export async function ask(
  question: string,
  { isHidden = false, otherwise }: { readonly isHidden?: boolean; readonly otherwise: string },
): Promise<string | null> {
  const { stdin: input, stderr } = process;
  if (!input.isTTY || !stderr.isTTY) {
    throw new TenantBackupError('INVALID_REQUEST', `no terminal to ask a question: ${otherwise}`);
  }
  const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
  const prompt = createInterface({ input, output, terminal: true });
  // Only now has the terminal stopped to echo.
  if (isHidden) stderr.write(visible(question));
  const answer = await new Promise<string | null>((resolve) => {
    prompt.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    prompt.once('close', () => resolve(null));
    prompt.question(isHidden ? '' : visible(question), resolve);
  });
  prompt.close();
  if (isHidden || answer === null) writeError('');
  return answer;
}
