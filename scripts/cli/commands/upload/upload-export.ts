import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { adoptExport } from '../../../../functions/backup/adopt-export.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { Tier } from '../../../../functions/runtime/names.ts';
import { showBytes } from '../../../../functions/units.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { toInstant } from '../../../../functions/vault/format/manifest.ts';
import { createFingerprintKeys } from '../../../../functions/vault/keys/fingerprint-key.client.ts';
import { sealingKeysOf } from '../../../../functions/vault/keys/key-registry.ts';
import { createSealer } from '../../../../functions/vault/keys/sealer.client.ts';
import { versionLocks } from '../../../../functions/vault/retention/retention-locks.ts';
import { parseRetentionPolicy } from '../../../../functions/vault/retention/retention-policy.ts';
import { visible } from '../../../../functions/visible.ts';
import { arnOfCaller } from '../../aws/caller.client.ts';
import { openKeyTools } from '../../aws/key-tools.ts';
import { openEnrolments } from '../../aws/open-enrolments.client.ts';
import { tenantTools } from '../../aws/tenant-tools.client.ts';
import { openVault } from '../../aws/vault-tools.ts';
import { readText } from '../../ui/files.ts';
import { readEscrowKey } from '../../ui/key-files.ts';
import { globalOptions, note, print, yellow } from '../../ui/output.ts';
import { readPastTime } from '../../ui/past-time.ts';
import { showTime } from '../../ui/times.ts';

/** Options of `upload` for an export. */
export interface ExportOptions {
  readonly tenant?: string;
  readonly asOf?: string;
  readonly workspace?: string;
  readonly tier?: Tier;
  readonly escrowPublicKey?: string;
}

/** Seals an export that a person saved by hand, and stores it. It is as old as the export: restores without an id
 * choose it only where no later backup exists.
 * @throws the errors of `adoptExport` and `Vault.put` */
export async function uploadExport(file: string, options: ExportOptions, command: Command): Promise<void> {
  const { tenant, asOf, workspace, tier = 'manual' } = options;
  if (tenant === undefined || asOf === undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'with --export, --tenant must name the tenant, and --as-of the time of the export',
    );
  }
  vaultKey(tier, tenant);
  const takenAt = toInstant(readPastTime(asOf, '--as-of', 'beginning', command));
  const exported = Buffer.from(await readText(file));
  const { stack } = globalOptions(command);
  const { deployment, registry, signer } = await openKeyTools(stack);
  const enrolment = await tenantTools(await openEnrolments(deployment)).enrolments.get(tenant);
  const escrowPublicKey =
    options.escrowPublicKey === undefined ? undefined : await readEscrowKey(options.escrowPublicKey);
  const policy = parseRetentionPolicy(await deployment.output('retention'), 'output Retention');
  const { vault } = await openVault(
    stack,
    versionLocks(policy.objectLock, () => new Date()),
  );
  const uploadedBy = await arnOfCaller(deployment.sts);
  const { manifest, bytes } = await adoptExport(
    { exported, workspace, takenAt },
    { tier, enrolment },
    {
      vault,
      signer,
      sealer: createSealer(deployment.kms, { escrowPublicKey }),
      fingerprintKeys: createFingerprintKeys(deployment.kms, await deployment.output('fingerprintKeyArn')),
      keys: sealingKeysOf(await registry.list(), enrolment.keys),
      randomHex: () => randomBytes(4).toString('hex'),
    },
  );
  const isKnown = exported.includes(JSON.stringify(enrolment.clientId));
  exported.fill(0);
  const { backupId } = manifest;
  const { versionId } = await vault.put(tier, tenant, bytes, takenAt, { uploadedBy });
  print(
    command,
    { tenant, tier, versionId, backupId, sizeBytes: bytes.byteLength, untrustedParts: [], uploadedBy },
    `sealed the export of ${tenant} of ${showTime(new Date(takenAt))} in ${tier} as ${versionId} (${showBytes(bytes.byteLength)})`,
  );
  if (isKnown) return;
  note(
    command,
    yellow(
      `the export does not hold client ${visible(enrolment.clientId)} of the enrolment: make sure that it is of tenant ${tenant}, as a tree does not hold its id`,
    ),
  );
}
