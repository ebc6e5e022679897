/** The question before every write, by itself. */
import { Command } from 'commander';
import { requireYes } from '../../../scripts/tenant-backup/confirm.ts';
import { endOnInterrupt } from '../../../scripts/tenant-backup/interrupt.ts';
import { run } from '../../../scripts/tenant-backup/run.ts';

endOnInterrupt();
await run(
  new Command().action(async () => {
    await requireYes('This writes to acme.', undefined);
    process.stdout.write('it was done\n');
  }),
  process.argv,
);
