import type { Command } from 'commander';
import { compareBucket } from '../../../../functions/vault/retention/retention-check.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, print, table } from '../../ui/output.ts';
import { openRetention } from './open-retention.ts';

/** `retention check`: compares the vault bucket with its deployment. */
export function registerRetentionCheck(retention: Command): void {
  retention
    .command('check')
    .description('compare the vault bucket with its deployment; exit code 3 if they differ')
    .action(async (_: object, command: Command) => {
      const { policy, client, bucket } = await openRetention(globalOptions(command).stack);
      const differences = compareBucket(policy, bucket, await client.readSettings());
      if (differences.length > 0) process.exitCode = ExitCode.differences;
      const rows = differences.map(({ setting, expected, found }) => [setting, expected, found]);
      print(
        command,
        differences,
        rows.length === 0
          ? `vault bucket ${bucket}: settings as deployed`
          : table(['SETTING', 'DEPLOYED AS', 'FOUND'], rows),
      );
    });
}
