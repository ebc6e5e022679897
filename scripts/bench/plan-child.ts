/** One measurement of the bench of comparing, in a process of its own: what ran before must not show in its memory.
 *
 *     node scripts/bench/plan-child.ts FOLDER ROUNDS
 *
 * FOLDER holds two exports, `backup.json` and `live.json`. Prints one line of JSON. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees } from '../../functions/config/compare.ts';
import { parseJsonLike } from '../../functions/config/json-like.ts';
import type { Json } from '../../functions/config/json-value.ts';
import { keepYoungGenerationSmall } from '../../functions/runtime/heap.ts';

const [folder = '', rounds = '1'] = process.argv.slice(2);
keepYoungGenerationSmall();
const peakBytes = () => process.resourceUsage().maxRSS * 1024;
const loadedBytes = peakBytes();

const read = (which: string, like?: Json) => parseJsonLike(readFileSync(join(folder, `${which}.json`)), like);
const compare: number[] = [];
const parse: number[] = [];
let counts = { differences: 0 };
let peak = 0;
for (let round = 0; round < Number(rounds); round++) {
  const start = performance.now();
  const backup = read('backup');
  // As a plan reads it.
  const live = read('live', backup);
  const parsed = performance.now();
  const { differences } = compareTrees(backup, live);
  compare.push(performance.now() - parsed);
  parse.push(parsed - start);
  counts = { differences: differences.length };
  // Later rounds begin with the garbage of those before.
  peak ||= peakBytes() - loadedBytes;
}
process.stdout.write(`${JSON.stringify({ compare, parse, peakBytes: peak, ...counts })}\n`);
