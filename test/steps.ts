import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import { expect } from 'vitest';

// The files of a project without isolation would all run slowly from here on, and what they have loaded is not counted.
expect(expect.getState().testPath).toMatch(/\.growth\.test\.ts$/);

// Calls from compiled code are not counted.
for (const compiler of ['opt', 'maglev', 'sparkplug']) setFlagsFromString(`--no-${compiler}`);

// Blocks are counted in functions that are compiled from now on: each at its first call.
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Count how often the blocks of the product's code are entered while something runs: a measure of work that is the same on
 * every machine. What happens inside of V8's own functions is not counted.
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#method-startPreciseCoverage */
export async function stepsOf(act: () => unknown): Promise<number> {
  await session.post('Profiler.takePreciseCoverage');
  await act();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  let steps = 0;
  for (const { url, functions } of result) {
    if (!url.includes('/functions/')) continue;
    for (const { ranges } of functions) for (const { count } of ranges) steps += count;
  }
  return steps;
}

/** How many times the work grows when its input is doubled: about 2 if it is linear, and nearly 4 if it is quadratic and the
 * size is large enough.
 * @param prepare makes the input of a size, and returns the work on it */
export async function growthOf(prepare: (size: number) => () => unknown, size: number): Promise<number> {
  const [once, twice] = [prepare(size), prepare(2 * size)];
  // What is made at the first use does not count.
  await prepare(1)();
  return (await stepsOf(twice)) / (await stepsOf(once));
}
