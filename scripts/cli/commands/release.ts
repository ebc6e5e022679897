import type { Command } from 'commander';
import { chooseHeld, openHolds, setHold } from './held-backup.ts';

/** `release`: ends the legal hold of one backup. */
export function registerRelease(program: Command): void {
  program
    .command('release')
    .description('end the legal hold of a backup; it then stays as long as its retention says')
    .argument('<tenant>', 'whose backup')
    .option(
      '--version-id <id>',
      'which backup, by the beginning of its id (default: the only one that is held)',
    )
    .action(async (tenant: string, { versionId }: { versionId?: string }, command: Command) => {
      const tools = await openHolds(tenant, command);
      const version = chooseHeld(await tools.retention.listHistories(tenant), tenant, versionId);
      await setHold(version, false, tools, command);
    });
}
