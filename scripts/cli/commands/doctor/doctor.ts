import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { checkCaller, checkPolicies } from '../../aws/caller.client.ts';
import {
  checkKeyStates,
  checkQueues,
  checkSchedules,
  checkStack,
  checkTenants,
  checkVault,
  type Finding,
  runCheck,
} from '../../aws/check-deployment.client.ts';
import { checkProbes } from '../../aws/check-probes.client.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, green, print, red, table, yellow } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

interface DoctorOptions {
  readonly tenants: boolean;
  readonly limit: string;
}

/** `doctor`: checks a deployment from end to end. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check a deployment from end to end, and say how to fix what failed; exit code 3 if a check failed',
    )
    .option('--no-tenants', 'skip the enrolments and the tenants')
    .option('--limit <count>', 'check at most this many enrolments', '50')
    .action(async (options: DoctorOptions, command: Command) => {
      const limit = parseLimit(options.limit);
      const { stack } = globalOptions(command);
      const deployment = openDeployment(stack);
      const findings = await withProgress(command, 'reading your identity', async (phase) => {
        const found = await runCheck('caller', 'identity', () => checkCaller(deployment));
        const check = async (text: string, area: Finding['area'], work: () => Promise<Finding[]>) => {
          phase(text);
          found.push(...(await runCheck(area, '-', work)));
        };
        phase('checking the stack');
        // Without a stack there is nothing else to check.
        found.push(...(await checkStack(deployment)));
        await check('checking your policies', 'caller', () => checkPolicies(deployment));
        await check('checking keys', 'keys', () => checkKeyStates(stack));
        await check('checking the vault', 'vault', () => checkVault(deployment));
        await check('checking schedules', 'schedules', () => checkSchedules(deployment));
        await check('checking queues', 'queues', () => checkQueues(deployment));
        await check('checking probes', 'probes', () => checkProbes(deployment, new Date()));
        if (options.tenants) {
          await check('checking tenants', 'tenants', () => checkTenants(deployment, limit));
        }
        return found;
      });
      print(command, findings, doctorText(findings));
      if (findings.some(({ verdict }) => verdict === 'failed')) process.exitCode = ExitCode.differences;
    });
}

function parseLimit(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--limit must be a whole number, got "${text.slice(0, 80)}"`,
  );
}

const COLOURS = { ok: green, failed: red, unknown: yellow };

function doctorText(findings: readonly Finding[]): string[] {
  const count = (verdict: Finding['verdict']) => findings.filter((each) => each.verdict === verdict).length;
  const rows = findings.map(({ area, subject, verdict, message }) => [
    area,
    subject,
    COLOURS[verdict](verdict),
    message,
  ]);
  const todo = findings.filter(({ next }) => next !== null);
  return [
    ...table(['AREA', 'SUBJECT', 'VERDICT', 'MESSAGE'], rows),
    '',
    ...todo.map(({ area, subject, next }) => `${area} ${subject}: ${next}`),
    `${findings.length} checks: ${count('ok')} ok, ${count('failed')} failed, ${count('unknown')} unknown`,
  ];
}
