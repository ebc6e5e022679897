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
  examine,
  type Finding,
} from '../../aws/check-deployment.client.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { bad, doubtful, globalOptions, good, print, table } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

interface DoctorOptions {
  readonly tenants: boolean;
  readonly limit: string;
}

/** `doctor`: a deployment from end to end. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check a deployment from end to end, and say what to do about what is wrong; exit code 3 if anything is',
    )
    .option('--no-tenants', 'read no enrolment, and talk to no tenant')
    .option('--limit <count>', 'read at most so many enrolments', '50')
    .action(async (options: DoctorOptions, command: Command) => {
      const limit = parseLimit(options.limit);
      const { stack } = globalOptions(command);
      const deployment = openDeployment(stack);
      const findings = await withProgress(command, 'asking who you are', async (phase) => {
        const found = await examine('caller', 'identity', () => checkCaller(deployment));
        const look = async (text: string, area: Finding['area'], check: () => Promise<Finding[]>) => {
          phase(text);
          found.push(...(await examine(area, '-', check)));
        };
        phase('looking at the stack');
        // Without a stack there is nothing else to look at.
        found.push(...(await checkStack(deployment)));
        await look('looking at your policies', 'caller', () => checkPolicies(deployment));
        await look('looking at keys', 'keys', () => checkKeyStates(stack));
        await look('looking at the vault', 'vault', () => checkVault(deployment));
        await look('looking at schedules', 'schedules', () => checkSchedules(deployment));
        await look('looking at queues', 'queues', () => checkQueues(deployment));
        if (options.tenants) {
          await look('talking to tenants', 'tenants', () => checkTenants(deployment, limit));
        }
        return found;
      });
      print(command, findings, describe(findings));
      if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = ExitCode.differences;
    });
}

function parseLimit(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--limit must be a whole number, got "${text.slice(0, 80)}"`,
  );
}

const PAINT = { fine: good, wrong: bad, unknown: doubtful };

function describe(findings: readonly Finding[]): string[] {
  const count = (verdict: Finding['verdict']) => findings.filter((each) => each.verdict === verdict).length;
  const rows = findings.map(({ area, subject, verdict, message }) => [
    area,
    subject,
    PAINT[verdict](verdict),
    message,
  ]);
  const todo = findings.filter(({ next }) => next !== null);
  return [
    ...table(['AREA', 'SUBJECT', 'VERDICT', 'WHAT'], rows),
    '',
    ...todo.map(({ area, subject, next }) => `${area} ${subject}: ${next}`),
    `${findings.length} checks: ${count('fine')} fine, ${count('wrong')} wrong, ${count('unknown')} unknown`,
  ];
}
