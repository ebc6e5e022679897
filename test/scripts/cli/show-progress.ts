/** A verb that takes a while, by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { withProgress } from '../../../scripts/cli/ui/progress.ts';
import { run } from '../../../scripts/cli/ui/run.ts';

await run(
  new Command().option('--json').action(async (_options, command: Command) => {
    await withProgress(command, 'working', async (phase) => {
      await sleep(300);
      phase('working on');
      await sleep(300);
    });
    process.stdout.write('it was done\n');
  }),
  process.argv,
);
