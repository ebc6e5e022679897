import type { Command } from 'commander';
import type { AuditAnswer } from '../../../functions/audit/audit-answer.ts';
import { callFunction } from '../aws/call-function.ts';
import { arnOfCaller } from '../aws/caller.client.ts';
import { openDeployment } from '../aws/deployment.client.ts';
import { globalOptions, print } from '../ui/output.ts';
import { withProgress } from '../ui/progress.ts';

/** `acknowledge`: ends the alarm of findings that a person has looked at. */
export function registerAcknowledge(program: Command): void {
  program
    .command('acknowledge')
    .description('record that findings were looked at, which ends their alarm; audits and sends a message')
    .argument('<finding...>', 'ids of findings, as `report` shows them')
    .requiredOption('--reason <text>', 'what was found out, in a line')
    .action(async (findings: string[], { reason }: { reason: string }, command: Command) => {
      const deployment = openDeployment(globalOptions(command).stack);
      const by = (await arnOfCaller(deployment.sts)).slice(0, 200);
      const answer = await withProgress(command, 'auditing', () =>
        callFunction<AuditAnswer>(deployment, 'auditFunction', { acknowledge: { findings, reason, by } }),
      );
      print(command, { acknowledged: findings, by, reason, auditedAt: answer.auditedAt }, [
        `acknowledged by ${by}: ${findings.join(', ')}`,
      ]);
    });
}
