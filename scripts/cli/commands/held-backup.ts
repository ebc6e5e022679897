import type { Command } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import {
  createRetentionClient,
  type KeyHistory,
  type RetentionClient,
} from '../../../functions/vault/storage/retention.client.ts';
import { openVault, type VaultTools } from '../aws/vault-tools.ts';
import { globalOptions, print } from '../ui/output.ts';
import { findByPrefix } from '../ui/short-ids.ts';

/** One backup, by its place in the vault. */
export interface HeldVersion {
  readonly tenant: string;
  readonly tier: KeyHistory['tier'];
  readonly versionId: string;
}

/** What `hold` and `release` work with. */
export interface HoldTools extends VaultTools {
  readonly retention: RetentionClient;
}

/** Validates a tenant's name before any request, and connects to the vault.
 * @throws INVALID_REQUEST, NOT_DEPLOYED */
export async function openHolds(tenant: string, command: Command): Promise<HoldTools> {
  vaultKey('daily', tenant);
  const tools = await openVault(globalOptions(command).stack);
  return { ...tools, retention: createRetentionClient(tools.deployment.s3, tools.bucket) };
}

/** Sets or ends the legal hold of a backup, and prints it. */
export async function setHold(
  { tenant, tier, versionId }: HeldVersion,
  held: boolean,
  { retention }: HoldTools,
  command: Command,
): Promise<void> {
  const version = { tenant, tier, versionId };
  await retention.setHold(version, held);
  print(
    command,
    { ...version, held },
    `${held ? 'holding' : 'released'} ${versionId} of ${vaultKey(tier, tenant)}`,
  );
}

/** Finds the version that a person names, or the only held one.
 * @param versionId the beginning of its id
 * @throws NO_BACKUP, VERSION_NOT_FOUND, ID_AMBIGUOUS, INVALID_REQUEST if several are held and none is named */
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
      `--version-id must name one of ${candidates.length} held backups: ${candidates.map((one) => one.versionId).join(', ')}`,
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
