import { exportAndKeep, parseExport } from '../../functions/backup/export.ts';
import type { Json } from '../../functions/config/json-value.ts';
import { openWithPointers } from '../../functions/restore/open-document.ts';
import { createEnrolments } from '../../functions/tenant/enrolment.client.ts';
import { connectTenant } from '../../functions/tenant/tenant.client.ts';
import { openBackup } from '../../functions/vault/backup-archive.ts';
import { trustedKeysOf } from '../../functions/vault/key-registry.ts';
import { createSealer } from '../../functions/vault/sealer.client.ts';
import { type BackupName, findBackup } from './choose-backup.ts';
import type { Deployment } from './deployment.ts';
import { openKeyTools } from './keys-tools.ts';
import { tenantTools } from './tenant-tools.client.ts';
import { openVault } from './vault-tools.ts';

/** A state of a tenant, opened on this machine with a person's own rights. */
export interface OpenedState {
  readonly reference:
    | {
        readonly kind: 'backup';
        readonly tenant: string;
        readonly tier: string;
        readonly versionId: string;
        readonly backupId: string;
      }
    | { readonly kind: 'live'; readonly tenant: string };
  /** The tree with its credentials: in memory only. Holds secrets. */
  readonly tree: Json;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
}

/** A person waits for one archive, on a machine with memory of its own: far above any export. */
const MAX_PART_BYTES = 1024 ** 3;

/** Open a backup's tree; needs `s3:GetObjectVersion` on the vault and `kms:Decrypt`.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, ..., PART_ABSENT if it holds no tree, and the errors of opening */
export async function openBackupState(name: BackupName, stack: string): Promise<OpenedState> {
  const { deployment, bucket, vault } = await openVault(stack);
  const version = await findBackup(name, deployment.s3, bucket);
  const { tenant, tier, versionId, sizeBytes } = version;
  const archive = await vault.get(version, { maxBytes: sizeBytes });
  const { registry, trustedSigners } = await openKeyTools(stack);
  const opener = createSealer(deployment.kms).opener(trustedKeysOf(await registry.list(), tenant));
  const expected = { tenant, signers: trustedSigners, maxPartBytes: MAX_PART_BYTES };
  const backup = await openBackup(archive, expected, opener);
  const { backupId } = backup.manifest;
  return {
    reference: { kind: 'backup', tenant, tier, versionId, backupId },
    ...(await openWithPointers(backup)),
  };
}

/** Export a tenant as it is, with a token that cannot write; needs `secretsmanager:GetSecretValue`.
 * @throws NOT_ENROLLED, INVALID_ENROLMENT and the errors of `exportAndKeep` */
export async function openLiveState(tenant: string, { secrets }: Deployment): Promise<OpenedState> {
  const { enrolments, optionsFor, retryTools } = tenantTools(createEnrolments(secrets));
  const { hub } = connectTenant(optionsFor(await enrolments.get(tenant)));
  const { exported, credentials } = await exportAndKeep(hub, retryTools, 'accept');
  return {
    reference: { kind: 'live', tenant },
    tree: parseExport(exported),
    secretPointers: Object.keys(credentials),
  };
}
