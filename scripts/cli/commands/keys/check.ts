import type { Command } from 'commander';
import type { FindingCode } from '../../../../functions/audit/findings.ts';
import { type ErrorCode, isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import { mapLimited } from '../../../../functions/map-limited.ts';
import { KEY_PURPOSES, type KeyPurpose } from '../../../../functions/runtime/names.ts';
import { describePrincipal } from '../../../../functions/vault/keys/key-access.ts';
import { type BackupKey, trustedKeysOf } from '../../../../functions/vault/keys/key-registry.ts';
import { createKeptBackups } from '../../../../functions/vault/storage/kept-backups.client.ts';
import { createVault } from '../../../../functions/vault/storage/vault.client.ts';
import { type KeyTools, openKeyTools } from '../../aws/key-tools.ts';
import { openAsCaller } from '../../aws/open-as-caller.client.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, print, table } from '../../ui/output.ts';
import { type KeyUsage, keyUsages, readKeptBackups, usageName } from './key-usage.ts';

/** A problem with a needed key, or with its permissions. */
export interface KeyProblem {
  readonly code: ErrorCode | Extract<FindingCode, 'KEY_PRINCIPAL_UNEXPECTED'>;
  readonly purpose: KeyPurpose | 'fingerprint' | 'signing';
  /** Null if there is no key. */
  readonly keyArn: string | null;
  /** Kept backups that need it. */
  readonly backups: number;
  readonly message: string;
}

/** The result of `keys check`. */
export interface KeyCheck {
  readonly backups: number;
  readonly keys: number;
  /** Backups opened, one for each key in use. */
  readonly opened: number;
  readonly problems: readonly KeyProblem[];
}

/** `keys check`: checks every key in use. */
export function registerKeysCheck(keys: Command): void {
  keys
    .command('check')
    .description('check that every key in use is enabled, opens a sample, and allows no unexpected principal')
    .option('--no-open', 'open no sample; needs no kms:Decrypt')
    .action(async (options: { open: boolean }, command: Command) => {
      const check = await checkKeys(await openKeyTools(globalOptions(command).stack), options);
      print(command, check, checkText(check));
      if (check.problems.length > 0) process.exitCode = ExitCode.failed;
    });
}

async function checkKeys(tools: KeyTools, options: { open: boolean }): Promise<KeyCheck> {
  const { deployment, registry } = tools;
  const bucket = await deployment.output('vaultBucket');
  const [registered, backups] = await Promise.all([
    registry.list(),
    readKeptBackups(createKeptBackups(deployment.s3, bucket)),
  ]);
  const usages = keyUsages(backups);
  const names = new Set(usages.map(usageName));
  const defaults = registered.filter((key) => key.isDefault && !names.has(usageName(key)));
  const problems = KEY_PURPOSES.filter(
    (purpose) => !registered.some((key) => key.purpose === purpose && key.isDefault),
  ).map((purpose): KeyProblem => {
    const message = `no default key: ${tools.defaults[purpose]} does not exist`;
    return { code: 'KEY_UNKNOWN', purpose, keyArn: null, backups: 0, message };
  });
  let opened = 0;
  for (const { purpose, keyArn } of defaults) {
    problems.push(...(await problemsOf({ purpose, keyArn, backups: 0 }, () => requireState(tools, keyArn))));
  }
  for (const usage of usages) {
    const found = await problemsOf(usage, async () => {
      requireBackupKey(usage, registered);
      await requireState(tools, usage.keyArn);
      if (!options.open) return;
      await openSample(tools, bucket, usage);
      opened++;
    });
    problems.push(...found);
  }
  problems.push(...(await problemsOfAccess(tools, registered, usages)));
  return { backups: backups.length, keys: usages.length + defaults.length, opened, problems };
}

/** Checks which principals the keys allow by their own policies and grants: keys that backups need, keys for new backups,
 * and the keys for fingerprints and signatures. */
async function problemsOfAccess(
  { deployment, access }: KeyTools,
  registered: readonly BackupKey[],
  usages: readonly KeyUsage[],
): Promise<KeyProblem[]> {
  const keys = new Map<string, { purpose: KeyProblem['purpose']; backups: number }>([
    [await deployment.output('fingerprintKeyArn'), { purpose: 'fingerprint', backups: 0 }],
    [await deployment.output('signingKeyArn'), { purpose: 'signing', backups: 0 }],
    ...registered.map(({ keyArn, purpose }) => [keyArn, { purpose, backups: 0 }] as const),
    ...usages.map(({ keyArn, purpose, backups }) => [keyArn, { purpose, backups }] as const),
  ]);
  const found = await mapLimited([...keys], REQUESTS, async ([keyArn, { purpose, backups }]) => {
    const principals = await access.read(keyArn);
    const problem = (message: string): KeyProblem => ({
      code: 'KEY_PRINCIPAL_UNEXPECTED',
      purpose,
      keyArn,
      backups,
      message,
    });
    if (principals === null) return [problem('no permission to read its key policy and grants')];
    return principals.map((added) => problem(`allows ${describePrincipal(added)}`));
  });
  return found.flat();
}

/** Keys to read at the same time. */
const REQUESTS = 8;

async function problemsOf(
  { purpose, keyArn, backups }: { purpose: KeyPurpose; keyArn: string; backups: number },
  check: () => Promise<void>,
): Promise<KeyProblem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!isTenantBackupError(error)) throw error;
    return [{ code: error.code, purpose, keyArn, backups, message: error.message }];
  }
}

/** Refuses a key that a restore would not trust with the parts that it seals.
 * @throws KEY_MISMATCH */
function requireBackupKey({ purpose, keyArn, tenants }: KeyUsage, registered: readonly BackupKey[]): void {
  const untrusted = tenants.filter((tenant) => !trustedKeysOf(registered, tenant)[purpose].includes(keyArn));
  if (untrusted.length === 0) return;
  throw new TenantBackupError(
    'KEY_MISMATCH',
    `is not a ${purpose} key for ${untrusted.join(', ')}: restores refuse it until keys add names it`,
  );
}

/** Refuses a key that is not enabled.
 * @throws KEY_UNAVAILABLE */
async function requireState({ administration }: KeyTools, keyArn: string): Promise<void> {
  const { state, deletionTime } = await administration.describe(keyArn);
  if (state === 'Enabled') return;
  const when = deletionTime ? `, deletion on ${deletionTime.toISOString().slice(0, 10)}` : '';
  throw new TenantBackupError('KEY_UNAVAILABLE', `must be Enabled, is ${state}${when}`, { keyArn, state });
}

/** Opens the newest part that the key seals, and discards it.
 * @throws the errors of `openBackup` and its parts */
async function openSample(tools: KeyTools, bucket: string, { sample }: KeyUsage): Promise<void> {
  const vault = createVault(tools.deployment.s3, bucket);
  const backup = await openAsCaller(sample.version, { vault }, tools);
  (await backup.open(sample.part)).fill(0);
}

function checkText({ backups, keys, opened, problems }: KeyCheck): string[] {
  const rows = problems.map((problem) => [
    problem.code,
    problem.purpose,
    String(problem.backups),
    problem.keyArn ?? '-',
    problem.message,
  ]);
  return [
    ...(rows.length > 0 ? table(['PROBLEM', 'PURPOSE', 'BACKUPS', 'KEY', 'REASON'], rows) : []),
    `${backups} backups, ${keys} keys in use, ${opened} samples opened, ${problems.length} problems`,
  ];
}
