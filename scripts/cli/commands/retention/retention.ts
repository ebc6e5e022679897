import type { Command } from 'commander';
import { z } from 'zod';
import { tenantName } from '../../../../functions/backup/request.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { parseInput } from '../../../../functions/parse.ts';
import { OutputName } from '../../../../functions/runtime/names.ts';
import { compareBucket } from '../../../../functions/vault/retention/retention-check.ts';
import { parseRetentionPolicy } from '../../../../functions/vault/retention/retention-policy.ts';
import { createRetentionClient } from '../../../../functions/vault/storage/retention.client.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, print, table } from '../../ui/output.ts';
import { parseTime } from '../../ui/times.ts';
import { forecast, forecastTables } from './table.ts';

/** `retention preview`, `retention check`: how long backups stay. */
export function registerRetention(program: Command): void {
  const retention = program.command('retention').description('how long backups stay, and why');

  retention
    .command('preview')
    .description('what S3 keeps of the backups in the vault, why, and when each may go')
    .argument('[tenant]', 'only this tenant, enrolled or not')
    .option(
      '--at <time>',
      'at this time, such as tomorrow or 2027-01-31, if no backup is added (default: now)',
    )
    .action(async (tenant: string | undefined, options: { at?: string }, command: Command) => {
      const request = parseInput(
        z.strictObject({ tenant: tenantName.optional() }),
        { tenant },
        'retention preview',
        'INVALID_REQUEST',
      );
      const now = new Date();
      const at = options.at === undefined ? now : parseTime(options.at, '--at', now, 'end');
      const { policy, client } = await openRetention(globalOptions(command).stack);
      const forecasts = forecast(await client.listHistories(request.tenant), policy, at);
      if (tenant !== undefined && forecasts.length === 0) {
        throw new TenantBackupError('NO_BACKUP', `tenant "${tenant}" has no backup`, { tenant });
      }
      const versions = forecasts.flatMap(({ fates, ...place }) =>
        fates.map(({ entry, reasons, goesAt }) => ({
          ...place,
          ...entry,
          kept: reasons.length > 0,
          reasons,
          goesAt,
        })),
      );
      print(command, versions, forecastTables(forecasts, at));
    });

  retention
    .command('check')
    .description('compare the vault bucket with its deployment; exit code 3 if anything differs')
    .action(async (_: object, command: Command) => {
      const { policy, client, bucket } = await openRetention(globalOptions(command).stack);
      const differences = compareBucket(policy, bucket, await client.readSettings());
      if (differences.length > 0) process.exitCode = ExitCode.differences;
      const rows = differences.map(({ setting, expected, found }) => [setting, expected, found]);
      print(
        command,
        differences,
        rows.length === 0
          ? `vault bucket ${bucket} keeps backups as deployed`
          : table(['setting', 'deployed as', 'found'], rows),
      );
    });
}

/** @throws NOT_DEPLOYED, INVALID_ENVIRONMENT */
async function openRetention(stack: string) {
  const deployment = openDeployment(stack);
  const [text, bucket] = await Promise.all([
    deployment.output('retention'),
    deployment.output('vaultBucket'),
  ]);
  return {
    bucket,
    policy: parseRetentionPolicy(text, `output ${OutputName.retention}`),
    client: createRetentionClient(deployment.s3, bucket),
  };
}
