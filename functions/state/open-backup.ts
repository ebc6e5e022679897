import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { type OpenExpectations, type OpenedBackup, openBackup } from '../vault/backup-archive.ts';
import type { Opener } from '../vault/format/opener.ts';
import { trustedKeysOf } from '../vault/keys/key-registry.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import { type BackupChoice, type ChoosingTools, chooseAmong, listBackups } from './choose-backup.ts';
import { refuseReplay } from './refuse-replay.ts';

/** A part may be larger than its export: we write escapes and spacing in another way. */
const PART_PER_EXPORT = 2;

export interface OpeningTools {
  readonly vault: Pick<Clients['vault'], 'get' | 'uploadedBy'>;
  readonly trustedSigners: Clients['trustedSigners'];
  readonly maxExportBytes: number;
}

/** Checks the bytes of an archive. The caller then opens its parts.
 * @param expected.maxExportBytes largest export that a part may hold
 * @throws the errors of `openBackup` */
export const openArchive = (
  bytes: Uint8Array,
  opener: Opener,
  {
    maxExportBytes,
    ...expected
  }: Omit<OpenExpectations, 'maxPartBytes'> & Pick<OpeningTools, 'maxExportBytes'>,
): Promise<OpenedBackup> =>
  openBackup(bytes, { ...expected, maxPartBytes: maxExportBytes * PART_PER_EXPORT }, opener);

/** Reads a version from the vault and checks it.
 * @throws VERSION_NOT_FOUND, BACKUP_ARCHIVED, BACKUP_TOO_LARGE and the errors of `openArchive` */
export async function openVersion(
  version: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
  opener: Opener,
  {
    vault,
    trustedSigners,
    maxExportBytes,
  }: Omit<OpeningTools, 'vault'> & { readonly vault: Pick<Clients['vault'], 'get'> },
): Promise<OpenedBackup> {
  const bytes = await vault.get(version, { maxBytes: maxExportBytes * PART_PER_EXPORT });
  return openArchive(bytes, opener, { tenant: version.tenant, signers: trustedSigners, maxExportBytes });
}

/** Names a backup in operations and their answers. */
export interface BackupReference {
  readonly tenant: string;
  readonly tier: VaultVersion['tier'];
  readonly versionId: string;
  readonly backupId: string;
  readonly storedAt: string;
}

/** A backup that was chosen, with its parts still sealed. */
export interface ChosenBackup {
  readonly version: VaultVersion;
  readonly reference: BackupReference;
  readonly opened: OpenedBackup;
}

/** Chooses a backup of a tenant and checks it, with the keys that may have sealed it.
 * @param choice.allowOldBytes whether the version may hold bytes that were stored before
 * @param enrolment of the tenant, as far as it is known: it may name keys
 * @throws the errors of `chooseAmong`, `openVersion` and `refuseReplay` */
export async function openChosen(
  choice: BackupChoice & { readonly allowOldBytes?: boolean | undefined },
  enrolment: Pick<Enrolment, 'keys'>,
  tools: ChoosingTools & OpeningTools & Pick<Clients, 'keyRegistry' | 'sealer'>,
): Promise<ChosenBackup> {
  const listed = await listBackups({ tenant: choice.tenant }, tools.vault);
  const allowed = listed.filter(({ tier }) => choice.tier === undefined || tier === choice.tier);
  const version = await chooseAmong(allowed, choice, tools.keptBackups);
  const { tenant, tier, versionId, storedAt } = version;
  const trusted = trustedKeysOf(await tools.keyRegistry.list(), tenant, enrolment.keys);
  const opened = await openVersion(version, tools.sealer.opener(trusted), tools);
  if (!choice.allowOldBytes) await refuseReplay(version, opened.manifest, listed, tools);
  const { backupId } = opened.manifest;
  return {
    version,
    reference: { tenant, tier, versionId, backupId, storedAt: storedAt.toISOString() },
    opened,
  };
}
