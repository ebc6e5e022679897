import type { Command } from 'commander';
import { createEnrolments } from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { checkTenant } from '../../aws/check-tenant.client.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { bad, globalOptions, good, print, table } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

/** `tenants test`: whether a tenant could be backed up and restored. */
export function registerTenantsTest(tenants: Command): void {
  tenants
    .command('test')
    .description('check enrolment, token, scopes, clock and export of a tenant; exit code 3 if any fails')
    .argument('<name>', 'what it is enrolled as')
    .option('--no-export', 'do not export: quick, also for large tenants')
    .action(async (name: string, options: { export: boolean }, command: Command) => {
      vaultKey('daily', name);
      const { secrets } = openDeployment(globalOptions(command).stack);
      const checks = await withProgress(command, `testing ${name}`, () =>
        checkTenant(name, createEnrolments(secrets), { withExport: options.export }),
      );
      const wrong = checks.filter((check) => !check.fine).length;
      print(command, { tenant: name, checks }, [
        ...table(
          ['CHECK', 'RESULT', 'WHAT'],
          checks.map(({ check, fine, code, message }) => [
            check,
            fine ? good('fine') : bad('wrong'),
            code === null ? message : `${code}: ${message}`,
          ]),
        ),
        `${checks.length} checks, ${wrong} wrong`,
      ]);
      if (wrong > 0) process.exitCode = ExitCode.differences;
    });
}
