import type { Command } from 'commander';
import ora from 'ora';
import { showDuration } from '../../../functions/units.ts';
import { canMoveLines } from '../../terminal/moving-line.ts';
import { wantsNotes } from './output.ts';
import { sanitized, writeError } from './terminal.ts';

/** Shows a new phase. */
export type Phase = (text: string) => void;

/** Shows the progress of some work on standard error: a spinner on a terminal, a line for each phase elsewhere, nothing with
 * `--quiet` or `--json`. */
export async function withProgress<Result>(
  command: Command,
  first: string,
  work: (phase: Phase) => Promise<Result>,
): Promise<Result> {
  if (!wantsNotes(command)) return work(() => {});
  if (!canMoveLines(process.stderr)) {
    let last = '';
    const phase: Phase = (text) => {
      if (text !== last) writeError(`${text} …`);
      last = text;
    };
    phase(first);
    return work(phase);
  }
  const begun = Date.now();
  let text = sanitized(first);
  const spinner = ora({ text, stream: process.stderr, isEnabled: true, discardStdin: false }).start();
  const show = () => {
    const elapsed = Date.now() - begun;
    spinner.text = elapsed < 2000 ? text : `${text} (${showDuration(elapsed)})`;
  };
  const timer = setInterval(show, 500);
  try {
    const result = await work((next) => {
      text = sanitized(next);
      show();
    });
    spinner.stop();
    return result;
  } catch (error) {
    spinner.fail(text);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
