import type { Command } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { createRetentionClient, type KeyHistory } from '../../../functions/vault/storage/retention.client.ts';
import { findBackup } from '../aws/choose-backup.ts';
import { openVault } from '../aws/vault-tools.ts';
import { globalOptions, print } from '../ui/output.ts';
import { findByPrefix } from '../ui/short-ids.ts';

/** One backup, by where it is. */
export interface HeldVersion {
  readonly tenant: string;
  readonly tier: KeyHistory['tier'];
  readonly versionId: string;
}

/** `hold`, `release`: legal holds on single backups. */
export function registerHold(program: Command): void {
  for (const held of [true, false]) {
    program
      .command(held ? 'hold' : 'release')
      .description(
        held
          ? 'keep a backup until it is released, whatever its retention says (legal hold)'
          : 'end the legal hold of a backup; it then stays as long as its retention says',
      )
      .argument('<tenant>', 'whose backup')
      .option(
        '--version-id <id>',
        held
          ? 'which backup, by the beginning of its id (default: the newest)'
          : 'which backup, by the beginning of its id (default: the only one that is held)',
      )
      .action(async (tenant: string, options: { versionId?: string }, command: Command) => {
        // Judges the name, before anything is asked.
        vaultKey('daily', tenant);
        const tools = await openVault(globalOptions(command).stack);
        const client = createRetentionClient(tools.deployment.s3, tools.bucket);
        const { tier, versionId } =
          held && options.versionId === undefined
            ? await findBackup({ tenant }, tools)
            : chooseHeld(await client.listHistories(tenant), tenant, options.versionId);
        const version = { tenant, tier, versionId };
        await client.setHold(version, held);
        print(
          command,
          { ...version, held },
          `${held ? 'holding' : 'released'} ${version.versionId} of ${vaultKey(version.tier, tenant)}`,
        );
      });
  }
}

/** The version that a person names, or the only one that is held.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, INVALID_REQUEST if several are held and none is named */
export function chooseHeld(
  histories: readonly KeyHistory[],
  tenant: string,
  versionId: string | undefined,
): HeldVersion {
  const backups = histories
    .flatMap(({ tier, entries }) => entries.map((entry) => ({ ...entry, tier, tenant })))
    .filter(({ deleteMarker }) => !deleteMarker)
    .toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
  if (backups.length === 0) {
    throw new TenantBackupError('NO_BACKUP', `tenant "${tenant}" has no backup`, { tenant });
  }
  const named =
    versionId === undefined
      ? null
      : findByPrefix(
          versionId,
          backups,
          (backup) => backup.versionId,
          (backup) => `${backup.versionId} (${backup.tier})`,
        );
  const candidates = versionId === undefined ? backups.filter(({ held }) => held) : named ? [named] : [];
  const [chosen] = candidates;
  if (candidates.length > 1) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `--version-id must say which of ${candidates.length} held backups: ${candidates.map((one) => one.versionId).join(', ')}`,
      { tenant, held: candidates.length },
    );
  }
  if (chosen) return { tenant, tier: chosen.tier, versionId: chosen.versionId };
  throw new TenantBackupError(
    'VERSION_NOT_FOUND',
    versionId !== undefined
      ? `tenant "${tenant}" has no version ${versionId}`
      : `tenant "${tenant}" has no held backup`,
    { tenant },
  );
}
