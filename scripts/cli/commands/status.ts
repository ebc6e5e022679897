import type { Command } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import type { BackupStatus } from '../../../functions/status/backup-status.ts';
import type { OperationStatus } from '../../../functions/status/operation-status.ts';
import type { StatusReport } from '../../../functions/status/status.ts';
import { showBytes, showDuration } from '../../../functions/units.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { createLedger } from '../../../functions/vault/storage/ledger.client.ts';
import { callFunction } from '../aws/call-function.ts';
import { type Deployment, openDeployment } from '../aws/deployment.client.ts';
import { commandText, idWord } from '../ui/command-text.ts';
import { pairs } from '../ui/manifest-text.ts';
import { globalOptions, print, table } from '../ui/output.ts';
import { partsWords } from '../ui/parts-option.ts';
import { findByPrefix, WHOLE_ID } from '../ui/short-ids.ts';
import { showTime, showTimeAndAge } from '../ui/times.ts';
import { tryText } from './run.ts';

/** `status`: shows the progress or the result of the last restore and the last backup. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show the progress or the result of the last restore and the last backup, and the next step')
    .argument('<tenant>', 'tenant of the restore or backup')
    .argument('[operation]', 'beginning of the operation id (default: the last operation)')
    .action(async (tenant: string, operation: string | undefined, _options: object, command: Command) => {
      vaultKey('daily', tenant);
      const deployment = openDeployment(globalOptions(command).stack);
      const operationId =
        operation === undefined ? undefined : await findOperation(tenant, operation, deployment);
      const report = await callFunction<StatusReport>(deployment, 'statusFunction', {
        tenant,
        ...(operationId !== undefined && { operationId }),
      });
      print(command, report, statusText(report, new Date()));
    });
}

/** Resolves the beginning of an operation id.
 * @throws OPERATION_NOT_FOUND, ID_AMBIGUOUS */
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
    `no operation of tenant "${tenant}" has an id that begins with ${beginning.slice(0, 80)}: it wrote nothing, or its record has expired`,
    { tenant },
  );
}

/** Returns the report as lines.
 * @param now for ages */
export const statusText = ({ operation, backup }: StatusReport, now: Date): string[] => [
  ...(operation === null ? [] : operationText(operation, now)),
  ...(operation === null || backup === null ? [] : ['']),
  ...(backup === null ? [] : backupText(backup, now)),
];

function backupText(status: BackupStatus, now: Date): string[] {
  const { request, backup } = status;
  return pairs([
    [
      'last backup',
      request ? `${request.tier}, ${showTimeAndAge(new Date(request.scheduledTime), now)}` : '-',
    ],
    ...(request?.description === undefined ? [] : [['description', request.description]]),
    ...(request === null ? [] : leftOutOf(request)),
    ['state', stateText(status, now)],
    [
      status.state === 'stored' ? 'stored' : 'newest stored',
      backup
        ? `${backup.versionId} (${backup.tier}, ${showBytes(backup.sizeBytes)}), ${showTimeAndAge(new Date(backup.storedAt), now)}`
        : '-',
    ],
  ]);
}

/** Names what a request asks to leave out. */
function leftOutOf({ credentials, selection }: NonNullable<BackupStatus['request']>): string[][] {
  const left = [
    ...(credentials === false ? ['credentials'] : []),
    ...(selection === undefined ? [] : ['all but a selection']),
  ];
  return left.length === 0 ? [] : [['leaves out', left.join(', ')]];
}

function stateText(status: BackupStatus, now: Date): string {
  switch (status.state) {
    case 'running':
      return `running, try ${status.deliveries} of ${status.maxDeliveries}, since ${showTimeAndAge(new Date(status.startedAt), now)}`;
    case 'retrying':
      return `retrying: ${tryText(status)}`;
    case 'unchanged':
      return `unchanged, checked ${showTimeAndAge(new Date(status.checkedAt), now)}: equals ${status.versionId}`;
    case 'failed':
      return `failed, ${status.code}: ${status.message}`;
    case 'forwarded':
      return `forwarded to ${status.tenants.length} tenants: ask for one of them, such as ${commandText('status', idWord(status.tenants[0], 'tenant'))}`;
    default:
      return status.state;
  }
}

function operationText(report: OperationStatus, now: Date): string[] {
  const { phases, error, backup, next } = report;
  const [begun] = phases;
  const isOfSeveral = (report.parts?.length ?? 1) > 1;
  const facts = [
    ['operation', `${report.operationId} (${report.operation} of ${report.tenant})`],
    ['requested by', report.requestedBy ?? '-'],
    ['started', begun ? showTimeAndAge(new Date(begun.at), now) : '-'],
    ['state', `${report.activity} after ${showDuration(report.seconds * 1000)}, in phase ${report.phase}`],
    ['outcome', report.outcome ?? '-'],
    ['backup', backup ? `${backup.backupId} (${backup.tier}, ${backup.versionId})` : '-'],
    ['safety backup', report.safetyBackup ?? '-'],
    ...(error ? [['error', `${error.code}: ${error.message}`]] : []),
    ...(report.lockedBy === null ? [] : [['locked by', `another operation, ${report.lockedBy}`]]),
    ...report.passedOver.map((key) => ['ignored', `${key}: not a valid record`]),
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
    ...table(['PHASE', 'STARTED', 'DURATION'], steps),
    '',
    `next: ${next.say}`,
    ...Object.entries(next.requests).map(([what, request]) => `  ${what}: ${commandOf(request ?? {})}`),
  ];
}

/** Tells whether a request means all objects: a plan records that as a selection that includes and excludes nothing. */
function isOfAll(selection: unknown): boolean {
  const { include = [], exclude = [] } = (selection ?? {}) as { include?: unknown[]; exclude?: unknown[] };
  return include.length === 0 && exclude.length === 0;
}

/** Returns the command line for a request to the restore function. */
export function commandOf(request: Readonly<Record<string, unknown>>): string {
  const { tenant, versionId, parts, prune, mode, credentials, includeOwnClient, onFailure, into, send } =
    request;
  const createdBy = (prune as { createdBy?: string } | undefined)?.createdBy;
  const backup = versionId === undefined ? tenant : `${tenant}@${versionId}`;
  const words = [
    'restore',
    idWord(backup, 'backup'),
    ...partsWords((parts ?? []) as string[]),
    ...(createdBy === undefined
      ? prune
        ? ['--prune']
        : []
      : ['--prune-created-by', idWord(createdBy, 'operation')]),
    ...(mode === undefined || mode === 'update' ? [] : ['--mode', idWord(mode, 'mode')]),
    ...(credentials === 'keep' ? ['--credentials', 'keep'] : []),
    ...(includeOwnClient === true ? ['--include-own-client'] : []),
    ...(request['allowOtherSource'] === true ? ['--allow-other-source'] : []),
    ...(request['allowOldBytes'] === true ? ['--allow-old-bytes'] : []),
    ...(onFailure === 'leave' ? ['--on-failure', 'leave'] : []),
    ...(into === undefined || into === tenant ? [] : ['--into', idWord(into, 'tenant')]),
    ...(send === undefined || send === 'everything' ? [] : ['--send', idWord(send, 'what')]),
  ];
  return [
    commandText(...words),
    ...(request['transform'] === undefined ? [] : ['--transform <file> (same file)']),
    ...(isOfAll(request['selection']) ? [] : ['--selection <file> (same file)']),
  ].join(' ');
}
