import type { Command } from 'commander';
import { chooseHeld, openHolds, setHold } from './held-backup.ts';

/** `release`: ends the legal hold of one backup. */
export function registerRelease(program: Command): void {
  program
    .command('release')
    .description('end the legal hold of a backup; its retention applies again')
    .argument('<tenant>', 'tenant of the backup')
    .option('--version-id <id>', 'beginning of the version id (default: the only held backup)')
    .action(async (tenant: string, { versionId }: { versionId?: string }, command: Command) => {
      const tools = await openHolds(tenant, command);
      const version = chooseHeld(await tools.retention.listHistories(tenant), tenant, versionId);
      await setHold(version, false, tools, command);
    });
}
