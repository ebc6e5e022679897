import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../../scripts/local/run-program.ts';

/** The command lines of processes that mention a text: the emulator and its Lambdas all name the data folder. */
export const processesThatMention = async (text: string): Promise<string[]> => {
  const { output } = await runProgram('ps', ['-ww', '-eo', 'args']);
  return output.split('\n').filter((line) => line.includes(text));
};

/** The command lines of processes that have a text in their arguments or their environment, as far as `ps` shows that. */
export const processesOf = async (text: string): Promise<string[]> => {
  const { output } = await runProgram('ps', ['axeww', '-o', 'args=']);
  return output
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => line.slice(0, 120));
};

/** Wait until a condition holds; returns whether it does. */
export const eventually = async (
  condition: () => Promise<boolean> | boolean,
  { seconds = 30 }: { readonly seconds?: number } = {},
): Promise<boolean> => {
  for (let attempt = 0; attempt < seconds * 10; attempt += 1) {
    if (await condition()) return true;
    await sleep(100);
  }
  return condition();
};

/** Whether nothing of a local AWS is left: no process, no answer, no file. */
export const isGone = async (endpoint: string, dataFolder: string): Promise<boolean> => {
  const answers = await fetch(endpoint).then(
    () => true,
    () => false,
  );
  return !answers && !existsSync(dataFolder) && (await processesThatMention(dataFolder)).length === 0;
};
