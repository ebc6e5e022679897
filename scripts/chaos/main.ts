/**
 * Breaks the calls between the deployed functions and AWS, one after the other, and holds what the product says and leaves against
 * its invariants. It takes about ten minutes.
 *
 *     npm run chaos                       every fault
 *     npm run chaos -- restore Decrypt    only those whose operation or name has one of the words
 *
 * Invariants: a backup that is stored is one new version that opens, one that fails is a dead letter with a code, and none is lost;
 * a restore leaves the tenant as its answer or its record says, and no lock beyond a lease; no sound backup is called broken; no
 * failure is a defect of ours; the next audit is ok. Exit code 0 if all held, 1 if one did not.
 */
import { endOnSignals } from '../terminal/end-on-signals.ts';
import { createNarrator } from '../terminal/narrator.ts';
import { table } from '../terminal/table.ts';
import { scenarios } from './faults.ts';
import { settleWaiting, tryOperation } from './operations.ts';
import { openStage, TENANT } from './stage.ts';

const words = process.argv.slice(2);
const isWanted = (text: string) => words.length === 0 || words.some((word) => text.includes(word));

endOnSignals();
const narrator = createNarrator();
narrator.chapter('Chaos', 'Faults between the functions and AWS, and what the product makes of them.');
const stage = await narrator.step('deploy to a local AWS behind a proxy', openStage);
await narrator.step('a backup to start from', () => stage.run(['run', TENANT]));

const rows: string[][] = [];
const violations: string[] = [];
for (const { name, faults, operations } of scenarios()) {
  for (const operation of operations.filter((each) => isWanted(`${each} ${name}`))) {
    const started = performance.now();
    const trial = await narrator.step(`${operation}: ${name}`, () => tryOperation(operation, faults, stage));
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const held = trial.violations.length === 0 ? 'held' : 'BROKEN';
    rows.push([operation, name, trial.result, seconds, held]);
    violations.push(...trial.violations.map((violation) => `${operation}: ${name}: ${violation}`));
  }
}
violations.push(...(await narrator.step('backups that still wait', () => settleWaiting(stage))));

process.stdout.write(`\n${table(['OPERATION', 'FAULT', 'RESULT', 's', 'INVARIANTS'], rows)}\n`);
process.stdout.write(`\n${violations.map((line) => `${line}\n`).join('')}`);
process.stdout.write(
  `${rows.length} trials, ${violations.length} violations, ${narrator.elapsedSeconds()} s\n`,
);
process.exit(violations.length === 0 ? 0 : 1);
