import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type ErrorCode, errorCodes, TenantBackupError } from '../../../functions/errors.ts';
import { TIERS } from '../../../functions/runtime/names.ts';
import { showBytes } from '../../../functions/units.ts';
import { createLedger } from '../../../functions/vault/storage/ledger.client.ts';
import { findChosen, requireOneChoice } from '../aws/choose-tenants.ts';
import { type FailedTry, followBackups, type RunResult } from '../aws/follow-backups.ts';
import { type BackupOrder, requestBackups } from '../aws/request-backups.ts';
import { openVault } from '../aws/vault-tools.ts';
import { commandText } from '../ui/command-text.ts';
import { whileRunningInAws } from '../ui/interrupt.ts';
import { globalOptions, note, print } from '../ui/output.ts';
import { withProgress } from '../ui/progress.ts';
import { readSelection, type SelectionOptions, withSelection } from '../ui/selection-options.ts';
import { showClock } from '../ui/times.ts';

interface RunOptions extends Pick<BackupOrder, 'tier' | 'description'>, SelectionOptions {
  readonly schedule?: string;
  readonly all?: boolean;
  readonly withoutCredentials?: boolean;
  readonly wait: boolean;
  readonly timeout: string;
}

const PAUSE_MILLISECONDS = 2_000;
const MAX_NAMED = 5;

/** `run`: backs up tenants now. */
export function registerRun(program: Command): void {
  withSelection(program.command('run'))
    .description('back up tenants now, and wait until the backups are in the vault')
    .argument('[tenant...]', 'tenants to back up')
    .option('--schedule <name>', 'the tenants of this schedule')
    .option('--all', 'all enrolled tenants that are not paused')
    .addOption(
      new Option('--tier <tier>', 'tier of the backup')
        .choices(TIERS.filter((tier) => tier !== 'safety'))
        .default('manual'),
    )
    .option('--description <text>', 'what the backups are for, at most 200 characters of ASCII')
    .option('--without-credentials', 'back up without credentials, to share the backup; the hub alone')
    .option('--no-wait', 'do not wait')
    .option('--timeout <minutes>', 'longest time to wait', '30')
    .action(async (names: string[], options: RunOptions, command: Command) => {
      const choice = { names, schedule: options.schedule, all: options.all };
      requireOneChoice(choice);
      const minutes = parseMinutes(options.timeout);
      const order = await orderOf(options);
      const { deployment, vault } = await openVault(globalOptions(command).stack);
      const ledger = createLedger(deployment.s3, await deployment.output('ledgerBucket'));
      const tenants = await findChosen(choice, deployment);
      const requests = await requestBackups(tenants, order, deployment);
      if (!options.wait) {
        print(
          command,
          requests,
          `requested a backup of ${firstNames(tenants)}; follow it with: ${followCommand(tenants)}`,
        );
        return;
      }
      const until = Date.now() + minutes * 60_000;
      const results = await whileRunningInAws(
        `the backup still runs in AWS; follow it with: ${followCommand(tenants)}`,
        () =>
          withProgress(command, `backing up ${firstNames(tenants)}`, (phase) =>
            followBackups(requests, {
              vault,
              ledger,
              now: () => new Date(),
              onPending: (pending) => phase(`backing up ${firstNames(pending)}`),
              onFailedTry: (result) => note(command, resultText(result)),
              isTimedOut: () => Date.now() >= until,
              pause: () => sleep(PAUSE_MILLISECONDS),
            }),
          ),
      );
      print(command, results, results.map(resultText));
      requireStored(results, command);
    });
}

async function orderOf(options: RunOptions): Promise<BackupOrder> {
  const { tier, description, withoutCredentials } = options;
  const selection = await readSelection(options);
  if (selection !== undefined && Object.keys(selection).every((name) => name === 'dependencies')) {
    throw new TenantBackupError('INVALID_REQUEST', '--no-dependencies must be given with a selection');
  }
  if (tier !== 'manual' && (withoutCredentials || selection !== undefined)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `--tier must be manual with --without-credentials or a selection, got "${tier}"`,
    );
  }
  return {
    tier,
    ...(description !== undefined && { description }),
    credentials: !withoutCredentials,
    selection,
  };
}

/** Names the first few, and counts the rest. */
const firstNames = (names: readonly string[]): string =>
  names.length <= MAX_NAMED
    ? names.join(', ')
    : `${names.slice(0, MAX_NAMED).join(', ')} and ${names.length - MAX_NAMED} more`;

/** Returns the command that shows the progress of a backup. */
const followCommand = ([first = '', ...more]: readonly string[]): string =>
  commandText('status', more.length === 0 ? first : '<tenant>');

function resultText(result: RunResult): string {
  const { tenant, outcome, tier, versionId, sizeBytes, code, message, failedTry } = result;
  switch (outcome) {
    case 'stored':
      return `${tenant}: stored in ${tier} as ${versionId} (${showBytes(sizeBytes ?? 0)})`;
    case 'failed':
      return `${tenant}: failed, ${code}: ${message}`;
    case 'waiting':
      return failedTry === null ? `${tenant}: not stored yet` : `${tenant}: ${tryText(failedTry)}`;
  }
}

/** Describes a failed try that the queue repeats. */
export const tryText = ({ deliveries, maxDeliveries, retryAt, code, message }: FailedTry): string =>
  `try ${deliveries} of ${maxDeliveries} failed, ${code}: ${message}; next try at ${showClock(new Date(retryAt))}`;

/** Refuses a result without a stored backup for each tenant.
 * @throws the error of the first failed tenant, OUT_OF_TIME if one is not stored yet */
function requireStored(results: readonly RunResult[], command: Command): void {
  const failed = results.find(({ outcome }) => outcome === 'failed');
  if (failed) {
    const code = errorCodes.find((each): each is ErrorCode => each === failed.code) ?? 'DEFECT';
    throw new TenantBackupError(code, `the backup of "${failed.tenant}" failed: ${failed.message}`, {
      tenant: failed.tenant,
      inFunction: true,
    });
  }
  const left = results.filter(({ outcome }) => outcome === 'waiting').map(({ tenant }) => tenant);
  if (left.length === 0) return;
  note(command, 'failed backups are retried with increasing delays; the queue may also be long');
  throw new TenantBackupError('OUT_OF_TIME', `no backup of ${firstNames(left)} yet; it still runs in AWS`, {
    tenants: left,
  });
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && minutes <= 1440) return minutes;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--timeout must be 0 to 1440 minutes, got "${text.slice(0, 80)}"`,
  );
}
