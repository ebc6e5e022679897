import { styleText } from 'node:util';
import ora from 'ora';
import { canMoveLines } from './moving-line.ts';

/** Prints each step: with a spinner on a terminal, as plain lines elsewhere. */
export interface Narrator {
  /** Prints a heading and its explanation. */
  chapter(title: string, why: string): void;
  /** Runs a step that takes time.
   * @param work may report what it is at; what it returns as a string becomes the step's last word */
  step<T>(title: string, work: (report: (line: string) => void) => Promise<T>): Promise<T>;
  /** Prints a text, such as a table. */
  show(text: string): void;
  /** Seconds since the beginning. */
  elapsedSeconds(): number;
}

/** @param now milliseconds on any clock that only goes forward */
export function createNarrator(
  output: NodeJS.WriteStream = process.stdout,
  now: () => number = performance.now.bind(performance),
): Narrator {
  const begin = now();
  const moving = canMoveLines(output);
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream: output });
  const say = (line: string) => output.write(`${line}\n`);
  return {
    chapter(title, why) {
      say(`\n${style('bold', title)}`);
      say(style('dim', why));
    },
    async step(title, work) {
      const started = now();
      const spinner = ora({
        text: title,
        stream: output,
        // The terminal sends the signal of Ctrl-C to all its processes.
        discardStdin: false,
        indent: 2,
        isEnabled: moving,
        isSilent: !moving,
      }).start();
      const seconds = () => style('dim', `${((now() - started) / 1000).toFixed(1)} s`);
      try {
        const result = await work((line) => {
          spinner.text = `${title}: ${line}`;
        });
        spinner.stop();
        say(`  ${style('green', '✔')} ${title} ${seconds()}`);
        return result;
      } catch (error) {
        spinner.stop();
        say(`  ${style('red', '✖')} ${title} ${seconds()}`);
        throw error;
      }
    },
    show(text) {
      for (const line of text.split('\n')) say(`    ${line}`);
    },
    elapsedSeconds: () => Math.round((now() - begin) / 1000),
  };
}
