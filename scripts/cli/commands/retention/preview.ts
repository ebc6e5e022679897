import type { Command } from 'commander';
import { z } from 'zod';
import { tenantName } from '../../../../functions/backup/request.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { parseInput } from '../../../../functions/parse.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { parseTime } from '../../ui/times.ts';
import { forecast, forecastTables } from './forecast.ts';
import { openRetention } from './open-retention.ts';

/** `retention preview`: says which backups S3 keeps, why, and until when. */
export function registerRetentionPreview(retention: Command): void {
  retention
    .command('preview')
    .description('show which backups S3 keeps, why, and until when')
    .argument('[tenant]', 'only this tenant, enrolled or not')
    .option(
      '--at <time>',
      'at this time, such as tomorrow or 2027-01-31, without further backups (default: now)',
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
}
