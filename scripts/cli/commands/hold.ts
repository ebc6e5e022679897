import type { Command } from 'commander';
import { findBackup } from '../aws/find-backup.ts';
import { chooseHeld, openHolds, setHold } from './held-backup.ts';

/** `hold`: puts a legal hold on one backup. */
export function registerHold(program: Command): void {
  program
    .command('hold')
    .description('keep a backup until it is released, whatever its retention says (legal hold)')
    .argument('<tenant>', 'whose backup')
    .option('--version-id <id>', 'which backup, by the beginning of its id (default: the newest)')
    .action(async (tenant: string, { versionId }: { versionId?: string }, command: Command) => {
      const tools = await openHolds(tenant, command);
      const version =
        versionId === undefined
          ? await findBackup({ tenant }, tools)
          : chooseHeld(await tools.retention.listHistories(tenant), tenant, versionId);
      await setHold(version, true, tools, command);
    });
}
