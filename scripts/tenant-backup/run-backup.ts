import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { FailureRecord } from '../../functions/backup/failure-record.ts';
import type { DispatchReport } from '../../functions/dispatch/dispatch.ts';
import { type ErrorCode, errorCodes, TenantBackupError } from '../../functions/errors.ts';
import { TIERS, type Tier } from '../../functions/runtime/names.ts';
import { vaultKey } from '../../functions/vault/layout.ts';
import { createLedger, type Ledger } from '../../functions/vault/ledger.client.ts';
import type { Vault, VaultVersion } from '../../functions/vault/vault.client.ts';
import { whileGoingOn } from './interrupt.ts';
import { invoke } from './invoke.client.ts';
import { globalOptions, print, remark } from './output.ts';
import { withProgress } from './progress.ts';
import { showBytes } from './times.ts';
import { openVault } from './vault-tools.ts';

interface RunOptions {
  readonly tier: Exclude<Tier, 'safety'>;
  readonly wait: boolean;
  readonly timeout: string;
}

/** What became of one tenant's request. */
export interface RunResult {
  readonly tenant: string;
  /** `waiting`: not there yet when the command stopped waiting. */
  readonly outcome: 'stored' | 'failed' | 'waiting';
  readonly tier: Tier;
  readonly scheduledTime: string;
  readonly versionId: string | null;
  readonly sizeBytes: number | null;
  readonly code: string | null;
  readonly message: string | null;
}

const PAUSE_MILLISECONDS = 2_000;

/** `run`: back up now. */
export function registerRun(program: Command): void {
  program
    .command('run')
    .description('back up tenants now, and wait until their backups are in the vault')
    .argument('<tenant...>', 'which tenants')
    .addOption(
      new Option('--tier <tier>', 'tier to keep it in')
        .choices(TIERS.filter((tier) => tier !== 'safety'))
        .default('manual'),
    )
    .option('--no-wait', 'only ask for it')
    .option('--timeout <minutes>', 'how long to wait', '30')
    .action(async (tenants: string[], options: RunOptions, command: Command) => {
      for (const tenant of tenants) vaultKey('manual', tenant);
      const minutes = parseMinutes(options.timeout);
      const { deployment, vault } = await openVault(globalOptions(command).stack);
      const ledger = createLedger(deployment.s3, await deployment.output('ledgerBucket'));
      const { scheduledTime, tier } = await invoke<DispatchReport & { tier: Tier }>(
        deployment.lambda,
        await deployment.output('dispatchFunction'),
        { tenants, tier: options.tier },
      );
      const asked = [...new Set(tenants)].map((tenant) => waiting({ tenant, tier, scheduledTime }));
      if (!options.wait) {
        print(
          command,
          asked,
          `asked for the backup of ${tenants.join(', ')}; tenant-backup list shows when it is there`,
        );
        return;
      }
      const results = await whileGoingOn(
        `the backup goes on in AWS; look for it with: tenant-backup list ${tenants[0]} --tier ${tier} --since "10 min ago"`,
        () =>
          withProgress(command, `backing up ${tenants.join(', ')}`, (phase) =>
            waitForAll(asked, { vault, ledger }, Date.now() + minutes * 60_000, (left) =>
              phase(`backing up ${left.join(', ')}`),
            ),
          ),
      );
      print(command, results, results.map(describe));
      judge(results, command);
    });
}

const waiting = (request: Pick<RunResult, 'tenant' | 'tier' | 'scheduledTime'>): RunResult => ({
  ...request,
  outcome: 'waiting',
  versionId: null,
  sizeBytes: null,
  code: null,
  message: null,
});

/** Look again and again, until each request has its version, or a record of its failure. */
async function waitForAll(
  asked: readonly RunResult[],
  tools: { vault: Vault; ledger: Ledger },
  until: number,
  onLeft: (tenants: readonly string[]) => void,
): Promise<RunResult[]> {
  let results = [...asked];
  for (;;) {
    results = await Promise.all(
      results.map((result) => (result.outcome === 'waiting' ? look(result, tools) : result)),
    );
    const left = results.filter(({ outcome }) => outcome === 'waiting').map(({ tenant }) => tenant);
    if (left.length === 0 || Date.now() >= until) return results;
    onLeft(left);
    await sleep(PAUSE_MILLISECONDS);
  }
}

async function look(
  asked: RunResult,
  { vault, ledger }: { vault: Vault; ledger: Ledger },
): Promise<RunResult> {
  const { tenant, tier, scheduledTime } = asked;
  const stored: VaultVersion | null = await vault.findScheduled(tier, tenant, scheduledTime);
  if (stored) {
    return { ...asked, outcome: 'stored', versionId: stored.versionId, sizeBytes: stored.sizeBytes };
  }
  const failure = await ledger.read('failures', tenant, scheduledTime);
  if (!failure) return asked;
  const { code, message } = failure.document as FailureRecord;
  return { ...asked, outcome: 'failed', code, message };
}

function describe({ tenant, outcome, tier, versionId, sizeBytes, code, message }: RunResult): string {
  switch (outcome) {
    case 'stored':
      return `${tenant}: stored in ${tier} as ${versionId} (${showBytes(sizeBytes ?? 0)})`;
    case 'failed':
      return `${tenant}: failed, ${code}: ${message}`;
    case 'waiting':
      return `${tenant}: not there yet`;
  }
}

/** @throws the failure of the first tenant that failed, OUT_OF_TIME if one is not there yet */
function judge(results: readonly RunResult[], command: Command): void {
  const failed = results.find(({ outcome }) => outcome === 'failed');
  if (failed) {
    const code = errorCodes.find((each): each is ErrorCode => each === failed.code) ?? 'DEFECT';
    throw new TenantBackupError(code, `the backup of "${failed.tenant}" failed: ${failed.message}`, {
      tenant: failed.tenant,
    });
  }
  const left = results.filter(({ outcome }) => outcome === 'waiting').map(({ tenant }) => tenant);
  if (left.length === 0) return;
  remark(command, 'a failed backup is tried again with growing pauses; the queue may also be long');
  throw new TenantBackupError('OUT_OF_TIME', `no backup yet of ${left.join(', ')}; it goes on in AWS`, {
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
