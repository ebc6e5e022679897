/** One measurement of the bench of sealing, in a process of its own: what ran before must not show in its memory.
 *
 *     node scripts/bench/seal-child.ts time FOLDER ROUNDS
 *     node scripts/bench/seal-child.ts seal FOLDER
 *     node scripts/bench/seal-child.ts open FOLDER
 *
 * FOLDER holds the bodies of the two exports, `full.json` and `mask.json`. `seal` leaves `archive.tar` there, for `open`.
 * Prints one line of JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BigTenant } from './big-tenant.ts';
import { bareWork, product } from './seal-work.ts';

const [kind, folder = '', rounds = '1'] = process.argv.slice(2);
const readExport = (which: keyof BigTenant) => readFileSync(join(folder, `${which}.json`));
const archive = join(folder, 'archive.tar');

const print = (result: object) => process.stdout.write(`${JSON.stringify(result)}\n`);

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function time(): Promise<void> {
  const bodies = { full: readExport('full'), mask: readExport('mask') };
  const ours = product((which) => Buffer.from(bodies[which]));
  const bare = bareWork(bodies.full);
  let sealed: Buffer = Buffer.alloc(0);
  const work = {
    sealOurs: async () => {
      sealed = await ours.seal();
    },
    sealBare: bare.seal,
    openOurs: () => ours.open(sealed),
    openBare: bare.open,
  };
  const times: Record<string, number[]> = {};
  // The first round warms the compiler. Both kinds of work alternate, so that a busy machine slows both.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [name, run] of Object.entries(work)) {
      const milliseconds = await millisecondsOf(run);
      times[name] ??= [];
      if (round > 0) times[name].push(milliseconds);
    }
  }
  print({ times, archiveBytes: sealed.byteLength });
}

/** Measures the rise of this process's peak memory above its memory after loading. */
async function peak(work: () => Promise<unknown>): Promise<void> {
  const peakBytes = () => process.resourceUsage().maxRSS * 1024;
  const before = peakBytes();
  await work();
  print({ peakBytes: peakBytes() - before, loadedBytes: before });
}

const ours = product(readExport);
if (kind === 'seal') await peak(async () => writeFileSync(archive, await ours.seal()));
else if (kind === 'open') await peak(() => ours.open(readFileSync(archive)));
else await time();
