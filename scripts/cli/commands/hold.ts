import type { Command } from 'commander';
import { findBackup } from '../aws/find-backup.ts';
import { chooseHeld, openHolds, setHold } from './held-backup.ts';

/** `hold`: puts a legal hold on one backup. */
export function registerHold(program: Command): void {
  program
    .command('hold')
    .description('put a legal hold on a backup: it stays until released')
    .argument('<tenant>', 'tenant of the backup')
    .option('--version-id <id>', 'beginning of the version id (default: the newest backup)')
    .action(async (tenant: string, { versionId }: { versionId?: string }, command: Command) => {
      const tools = await openHolds(tenant, command);
      const version =
        versionId === undefined
          ? await findBackup({ tenant }, tools)
          : chooseHeld(await tools.retention.listHistories(tenant), tenant, versionId);
      await setHold(version, true, tools, command);
    });
}
