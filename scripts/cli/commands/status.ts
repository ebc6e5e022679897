import type { Command } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import type { StatusReport } from '../../../functions/status/status.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { createLedger } from '../../../functions/vault/storage/ledger.client.ts';
import { call } from '../aws/call-function.ts';
import { type Deployment, openDeployment } from '../aws/deployment.ts';
import { commandText } from '../ui/command-text.ts';
import { pairs } from '../ui/manifest-text.ts';
import { globalOptions, print, table } from '../ui/output.ts';
import { partsText } from '../ui/parts-option.ts';
import { findByPrefix, WHOLE_ID } from '../ui/short-ids.ts';
import { showDuration, showTime, showTimeAndAge } from '../ui/times.ts';

/** `status`: where a restore is, or how it ended. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('say where a restore is or how it ended, and what to do next')
    .argument('<tenant>', 'whose')
    .argument('[operation]', 'which, by the beginning of its id (default: the last one)')
    .action(async (tenant: string, operation: string | undefined, _options: object, command: Command) => {
      vaultKey('daily', tenant);
      const deployment = openDeployment(globalOptions(command).stack);
      const operationId =
        operation === undefined ? undefined : await findOperation(tenant, operation, deployment);
      const report = await call<StatusReport>(deployment, 'statusFunction', {
        tenant,
        ...(operationId !== undefined && { operationId }),
      });
      print(command, report, statusText(report, new Date()));
    });
}

/** @throws OPERATION_NOT_FOUND, ID_AMBIGUOUS */
async function findOperation(tenant: string, beginning: string, deployment: Deployment): Promise<string> {
  if (WHOLE_ID.test(beginning)) return beginning;
  const ledger = createLedger(deployment.s3, await deployment.output('ledgerBucket'));
  const found = findByPrefix(
    beginning,
    await ledger.list('operations', tenant),
    ({ id }) => id,
    ({ id, writtenAt }) => `${id} (${showTime(writtenAt)})`,
  );
  if (found) return found.id;
  throw new TenantBackupError(
    'OPERATION_NOT_FOUND',
    `the ledger knows of no operation on tenant "${tenant}" whose id begins with ${beginning.slice(0, 80)}: it has written nothing, or its record has expired`,
    { tenant },
  );
}

/** @param now for the age of what happened */
function statusText(report: StatusReport, now: Date): string[] {
  const { phases, error, backup, next } = report;
  const [begun] = phases;
  const isOfSeveral = (report.parts?.length ?? 1) > 1;
  const facts = [
    ['operation', `${report.operationId} (${report.operation} of ${report.tenant})`],
    ['asked for by', report.requestedBy ?? '-'],
    ['begun', begun ? showTimeAndAge(new Date(begun.at), now) : '-'],
    ['now', `${report.activity} after ${showDuration(report.seconds * 1000)}, in phase ${report.phase}`],
    ['outcome', report.outcome ?? '-'],
    ['backup', backup ? `${backup.backupId} (${backup.tier}, ${backup.versionId})` : '-'],
    ['safety backup', report.safetyBackup ?? '-'],
    ...(error ? [['error', `${error.code}: ${error.message}`]] : []),
    ...(report.lockedBy === null ? [] : [['locked by', `another operation, ${report.lockedBy}`]]),
    ...report.passedOver.map((key) => ['passed over', `${key}: no record of its kind`]),
  ];
  const steps = phases.map(({ phase, at, part }, index) => {
    const end = phases[index + 1]?.at;
    return [
      isOfSeveral && part ? `${phase} ${part}` : phase,
      showTime(new Date(at)),
      end ? showDuration(Date.parse(end) - Date.parse(at)) : '-',
    ];
  });
  return [
    ...pairs(facts),
    '',
    ...table(['PHASE', 'BEGUN', 'TOOK'], steps),
    '',
    `next: ${next.say}`,
    ...Object.entries(next.requests).map(([what, request]) => `  ${what}: ${commandOf(request ?? {})}`),
  ];
}

/** A request to the restore function, as a person types it. */
function commandOf(request: Readonly<Record<string, unknown>>): string {
  const { tenant, versionId, parts, prune, mode, credentials, includeOwnClient, onFailure, into, send } =
    request;
  const createdBy = (prune as { createdBy?: string } | undefined)?.createdBy;
  return [
    `${commandText('restore', `${tenant}${versionId === undefined ? '' : `@${versionId}`}`)}${partsText((parts ?? []) as string[])}`,
    ...(createdBy === undefined ? (prune ? ['--prune'] : []) : [`--prune-created-by ${createdBy}`]),
    ...(mode === undefined || mode === 'update' ? [] : [`--mode ${mode}`]),
    ...(credentials === 'keep' ? ['--credentials keep'] : []),
    ...(includeOwnClient === true ? ['--include-own-client'] : []),
    ...(request['allowOtherSource'] === true ? ['--allow-other-source'] : []),
    ...(onFailure === 'leave' ? ['--on-failure leave'] : []),
    ...(into === undefined || into === tenant ? [] : [`--into ${into}`]),
    ...(send === undefined || send === 'changes' ? [] : [`--send ${send}`]),
    ...(request['transform'] === undefined ? [] : ['--transform <file> (as before)']),
    ...(request['selection'] === undefined ? [] : ['--selection <file> (as before)']),
  ].join(' ');
}
