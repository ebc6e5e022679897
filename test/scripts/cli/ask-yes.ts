/** The question before every write, by itself. */
import { Command } from 'commander';
import { requireYes } from '../../../scripts/cli/ui/confirm.ts';
import { endOnInterrupt } from '../../../scripts/cli/ui/interrupt.ts';
import { run } from '../../../scripts/cli/ui/run.ts';

endOnInterrupt();
await run(
  new Command().action(async () => {
    await requireYes('This writes to acme.', undefined);
    process.stdout.write('it was done\n');
  }),
  process.argv,
);
