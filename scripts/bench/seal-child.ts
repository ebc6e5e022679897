/** One measurement of the bench of sealing, in a process of its own: what ran before must not show in its memory.
 *
 *     node scripts/bench/seal-child.ts time FOLDER ROUNDS
 *     node scripts/bench/seal-child.ts memory FOLDER
 *
 * FOLDER holds the bodies of the two exports, `full.json` and `mask.json`. Prints one line of JSON. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareWork, product, type ReadExport } from './seal-work.ts';

const [kind, folder = '', rounds = '1'] = process.argv.slice(2);
const readExport: ReadExport = (which) => readFileSync(join(folder, `${which}.json`));

const print = (result: object) => process.stdout.write(`${JSON.stringify(result)}\n`);

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function time(): Promise<void> {
  const ours = product(readExport);
  const bare = bareWork(readExport('full'));
  const work = { sealOurs: ours.seal, sealBare: bare.seal, openOurs: ours.open, openBare: bare.open };
  const times: Record<string, number[]> = {};
  // The first round is for the compiler. Ours and the bare work take turns, so that a busy machine slows both.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [name, run] of Object.entries(work)) {
      const milliseconds = await millisecondsOf(() => run());
      times[name] ??= [];
      if (round > 0) times[name].push(milliseconds);
    }
  }
  print({ times, archiveBytes: await ours.seal() });
}

async function memory(): Promise<void> {
  const ours = product(readExport);
  const peakBytes = () => process.resourceUsage().maxRSS * 1024;
  const before = peakBytes();
  await ours.seal();
  const sealBytes = peakBytes() - before;
  await ours.open();
  print({ sealBytes, openBytes: peakBytes() - before });
}

await (kind === 'memory' ? memory() : time());
