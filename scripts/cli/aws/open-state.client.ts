import type { Json } from '../../../functions/config/json/json-value.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';
import { exportHub, parseState } from '../../../functions/state/export-state.ts';
import { openDocument } from '../../../functions/state/open-document.ts';
import { connectTenant } from '../../../functions/tenant/api/tenant.client.ts';
import type { BackupName } from '../ui/backup-options.ts';
import type { Deployment } from './deployment.client.ts';
import { findBackup } from './find-backup.ts';
import { openKeyTools } from './key-tools.ts';
import { openAsCaller } from './open-as-caller.client.ts';
import { openEnrolments } from './open-enrolments.client.ts';
import { tenantTools } from './tenant-tools.client.ts';
import { openVault } from './vault-tools.ts';

/** A state of a tenant, opened on this machine with the caller's permissions. */
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
  /** The tree with its credentials; must stay in memory. */
  readonly tree: Json;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
}

/** Opens the tree of a backup; needs `s3:GetObjectVersion` on the vault and `kms:Decrypt`.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, ..., PART_ABSENT if it holds no tree, and the errors of opening
 * @throws INVALID_REQUEST if it leaves out credentials or objects: a patch would take them for deleted */
export async function openBackupState(name: BackupName, stack: string): Promise<OpenedState> {
  const tools = await openVault(stack);
  const version = await findBackup(name, tools);
  const backup = await openAsCaller(version, tools, await openKeyTools(stack));
  const { tenant, tier, versionId } = version;
  const { backupId, limits } = backup.manifest;
  if (limits !== undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `a patch needs whole backups, ${backupId} leaves out credentials or objects`,
      { backupId },
    );
  }
  const { document: tree, secretPointers } = await openDocument(backup);
  return { reference: { kind: 'backup', tenant, tier, versionId, backupId }, tree, secretPointers };
}

/** Exports the live tenant, with a token that cannot write; needs `secretsmanager:GetSecretValue`.
 * @throws NOT_ENROLLED, INVALID_ENROLMENT and the errors of `exportHub`, CREDENTIALS_BLANK */
export async function openLiveState(tenant: string, deployment: Deployment): Promise<OpenedState> {
  const { enrolments, optionsFor, retryTools } = tenantTools(await openEnrolments(deployment));
  const { hub } = connectTenant(optionsFor(await enrolments.get(tenant)));
  const { exported, credentials, blanks } = await exportHub(hub, retryTools);
  assessBlanks(blanks, 'accept');
  return {
    reference: { kind: 'live', tenant },
    tree: parseState('hub', exported),
    secretPointers: Object.keys(credentials),
  };
}
