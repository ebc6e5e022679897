import type { Command } from 'commander';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { checkTenant } from '../../aws/check-tenant.client.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { openEnrolments } from '../../aws/open-enrolments.client.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, green, print, red, table } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

/** `tenants test`: checks that a tenant can be backed up and restored. */
export function registerTenantsTest(tenants: Command): void {
  tenants
    .command('test')
    .description(
      'check enrolment, token, scopes, clock and exports of a tenant; exit code 3 if a check failed',
    )
    .argument('<name>', 'enrolled name of the tenant')
    .option('--no-export', 'skip the exports: fast even for large tenants')
    .action(async (name: string, options: { export: boolean }, command: Command) => {
      vaultKey('daily', name);
      const enrolments = await openEnrolments(openDeployment(globalOptions(command).stack));
      const checks = await withProgress(command, `testing ${name}`, () =>
        checkTenant(name, enrolments, { withExport: options.export }),
      );
      const failed = checks.filter((check) => !check.ok).length;
      print(command, { tenant: name, checks }, [
        ...table(
          ['CHECK', 'RESULT', 'MESSAGE'],
          checks.map(({ check, ok, code, message }) => [
            check,
            ok ? green('ok') : red('failed'),
            code === null ? message : `${code}: ${message}`,
          ]),
        ),
        `${checks.length} checks, ${failed} failed`,
      ]);
      if (failed > 0) process.exitCode = ExitCode.differences;
    });
}
