import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { TenantBackupError } from '../../../functions/errors.ts';
import { visible } from '../../../functions/visible.ts';
import { writeError } from './terminal.ts';

/** Ask a person on the terminal. Ctrl-C ends the command as it does everywhere.
 * @param options `isHidden`: what is typed is not shown; `otherwise`: what to do where there is nobody to ask
 * @returns what was typed; null if the input ended instead (Ctrl-D)
 * @throws INVALID_REQUEST if standard input, or standard error, on which is asked, is no terminal */
export async function ask(
  question: string,
  { isHidden = false, otherwise }: { readonly isHidden?: boolean; readonly otherwise: string },
): Promise<string | null> {
  const { stdin: input, stderr } = process;
  if (!input.isTTY || !stderr.isTTY) {
    throw new TenantBackupError('INVALID_REQUEST', `no terminal to ask on: ${otherwise}`);
  }
  const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
  const prompt = createInterface({ input, output, terminal: true });
  // Not before the terminal has stopped to show what is typed.
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
