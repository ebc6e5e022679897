import type { Command } from 'commander';
import { type ErrorCode, isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import type { EscrowPublicKey } from '../../../functions/escrow-key.ts';
import { TIERS, type Tier } from '../../../functions/runtime/names.ts';
import { SOFTWARE_VERSION } from '../../../functions/runtime/version.ts';
import { listBackups } from '../../../functions/state/choose-backup.ts';
import { openVersion } from '../../../functions/state/open-backup.ts';
import { refuseReplay } from '../../../functions/state/refuse-replay.ts';
import type { Enrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import { parseRootTenantName } from '../../../functions/tenant/enrolment/root-tenant-name.ts';
import { enrolmentOfShared, isShared } from '../../../functions/tenant/enrolment/shared-enrolment.ts';
import { verifyArchive } from '../../../functions/vault/format/archive.ts';
import { extentOf } from '../../../functions/vault/format/extent.ts';
import {
  type EnrolledKeys,
  type KeysByPurpose,
  purposeOf,
} from '../../../functions/vault/format/key-purpose.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import type { Manifest } from '../../../functions/vault/format/manifest.ts';
import type { Opener } from '../../../functions/vault/format/opener.ts';
import type { TrustedSigners } from '../../../functions/vault/format/signature.ts';
import { sealingKeysOf, trustedKeysOf } from '../../../functions/vault/keys/key-registry.ts';
import { createSealer, type Sealer } from '../../../functions/vault/keys/sealer.client.ts';
import type { Signer } from '../../../functions/vault/keys/signer.client.ts';
import { resealBackup } from '../../../functions/vault/reseal.ts';
import { versionLocks } from '../../../functions/vault/retention/retention-locks.ts';
import { parseRetentionPolicy } from '../../../functions/vault/retention/retention-policy.ts';
import { createKeptBackups, type KeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import { createVault, type Vault, type VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { openKeyTools } from '../aws/key-tools.ts';
import { MAX_EXPORT_BYTES } from '../aws/open-as-caller.client.ts';
import { openEnrolments } from '../aws/open-enrolments.client.ts';
import { tierOption } from '../ui/backup-options.ts';
import { ExitCode } from '../ui/exit-code.ts';
import { readEscrowKey, readEscrowOpener } from '../ui/key-files.ts';
import { globalOptions, print, table } from '../ui/output.ts';
import { findByPrefix } from '../ui/short-ids.ts';

/** The result for one version. */
export interface RewrapResult {
  readonly tier: Tier;
  readonly versionId: string;
  /** `sealed`: a new version was written. `unchanged`: the version, or a newer seal of it, has the wanted recipients. */
  readonly outcome: 'sealed' | 'unchanged' | 'failed';
  readonly newVersionId?: string;
  readonly code?: ErrorCode;
}

export interface RewrapTools {
  readonly vault: Vault;
  readonly keptBackups: Pick<KeptBackups, 'manifest'>;
  readonly sealer: Sealer;
  readonly signer: Signer;
  /** Trusted signers of the present versions. */
  readonly trustedSigners: TrustedSigners;
  /** Opens the present versions. */
  readonly opener: Opener;
  /** ARNs of the keys for the new seals; no aliases. */
  readonly keys: KeysByPurpose;
  readonly escrowPublicKey?: EscrowPublicKey | undefined;
  /** Whether to seal bytes that were stored before, as old as their export. */
  readonly allowOldBytes?: boolean | undefined;
}

interface RewrapOptions {
  readonly tier?: Tier;
  readonly versionId?: string;
  readonly escrowPublicKey?: string;
  readonly escrow?: string;
  readonly passphraseFile?: string;
  readonly allowOldBytes?: boolean;
}

/** `rewrap`: seals old backups again under the present keys and recipients. */
export function registerRewrap(program: Command): void {
  program
    .command('rewrap')
    .description(
      "seal old backups again under the tenant's present keys, each as a new version; nothing is overwritten",
    )
    .argument('<tenant>', 'tenant of the backups')
    .addOption(tierOption('only this tier'))
    .option('--version-id <id>', 'only this backup, by the beginning of its version id')
    .option('--escrow-public-key <file>', 'add this escrow key as a recipient')
    .option('--escrow <file>', 'open old backups with this escrow private key, if their KMS keys are lost')
    .option(
      '--passphrase-file <file>',
      'file with the passphrase of that key, - for standard input (default: ask)',
    )
    .option('--allow-old-bytes', 'allow versions whose bytes were stored before, as in a copied vault')
    .action(async (tenant: string, options: RewrapOptions, command: Command) => {
      vaultKey('daily', tenant);
      const tiers = options.tier === undefined ? TIERS : [options.tier];
      const tools = await openTools(tenant, options, globalOptions(command).stack);
      const only = await resolveVersionId(tenant, options.tier, options.versionId, tools.vault);
      const results: RewrapResult[] = [];
      for (const tier of tiers) results.push(...(await rewrap(tenant, tier, only, tools)));
      if (results.length === 0) {
        throw new TenantBackupError('NO_BACKUP', `tenant "${tenant}" has no backup`, { tenant });
      }
      print(command, results, rewrapText(results));
      if (results.some(({ outcome }) => outcome === 'failed')) process.exitCode = ExitCode.failed;
    });
}

/** Resolves the beginning of a version id.
 * @throws VERSION_NOT_FOUND, ID_AMBIGUOUS */
async function resolveVersionId(
  tenant: string,
  tier: Tier | undefined,
  beginning: string | undefined,
  vault: Vault,
): Promise<string | undefined> {
  if (beginning === undefined) return undefined;
  const found = findByPrefix(
    beginning,
    await listBackups({ tenant, tier }, vault),
    ({ versionId }) => versionId,
    ({ versionId, tier }) => `${versionId} (${tier})`,
  );
  if (found) return found.versionId;
  throw new TenantBackupError('VERSION_NOT_FOUND', `tenant "${tenant}" has no version ${beginning}`, {
    tenant,
  });
}

/** Seals the backups of one vault key again, oldest first, so that they keep their order. A failure does not stop the
 * others.
 * @param versionId only this one
 * @returns the results, oldest first */
export async function rewrap(
  tenant: string,
  tier: Tier,
  versionId: string | undefined,
  {
    vault,
    keptBackups,
    sealer,
    signer,
    trustedSigners,
    opener,
    keys,
    escrowPublicKey,
    allowOldBytes,
  }: RewrapTools,
): Promise<RewrapResult[]> {
  // Backups in other tiers tell old bytes from new ones as well.
  const listed = await listBackups({ tenant }, vault);
  const newestFirst = listed.filter((version) => version.tier === tier);
  let [newest] = newestFirst;
  // Newest first, to learn which versions already have a new seal; only their ids stay in memory.
  const done = new Set<string>();
  const pending: VaultVersion[] = [];
  const results: RewrapResult[] = [];
  for (const version of newestFirst) {
    const wanted = versionId === undefined || version.versionId === versionId;
    try {
      const bytes = await vault.get(version, { maxBytes: version.sizeBytes });
      const { manifest } = await verifyArchive(bytes, trustedSigners);
      const asWanted = hasRecipients(manifest, keys, escrowPublicKey);
      if (asWanted && manifest.resealed) done.add(manifest.resealed.versionId);
      if (!wanted) continue;
      if (asWanted || done.has(version.versionId)) {
        results.push({ tier, versionId: version.versionId, outcome: 'unchanged' });
      } else pending.push(version);
    } catch (error) {
      if (wanted) results.push(failed(version, error));
    }
  }
  for (const version of pending.toReversed()) {
    try {
      const opened = await openVersion(version, opener, {
        vault,
        trustedSigners,
        maxExportBytes: MAX_EXPORT_BYTES,
      });
      const isUploaded = allowOldBytes || (await vault.uploadedBy(version)) !== null;
      // A new seal would vouch for the time of old bytes.
      if (!isUploaded) await refuseReplay(version, opened.manifest, listed, { vault, keptBackups });
      const newOpener = sealer.opener({
        configuration: [keys.configuration],
        credentials: [keys.credentials],
      });
      const sealed = await resealBackup(opened, {
        version,
        isUploaded,
        newest: newest ?? version,
        keys,
        sealing: { sealer, signer },
        newOpener,
        softwareVersion: SOFTWARE_VERSION,
      });
      newest = {
        ...version,
        ...(await vault.put(
          tier,
          tenant,
          sealed.bytes,
          sealed.manifest.scheduledTime,
          extentOf(sealed.manifest),
        )),
      };
      results.push({ tier, versionId: version.versionId, outcome: 'sealed', newVersionId: newest.versionId });
    } catch (error) {
      results.push(failed(version, error));
    }
  }
  const order = newestFirst.map((version) => version.versionId).reverse();
  return results.sort((a, b) => order.indexOf(a.versionId) - order.indexOf(b.versionId));
}

/** Returns whether every part has exactly the recipients of a new seal. */
function hasRecipients(
  { parts }: Manifest,
  keys: KeysByPurpose,
  escrowPublicKey: EscrowPublicKey | undefined,
): boolean {
  return parts.every(({ name, recipients }) => {
    const [kms, escrow, ...more] = recipients;
    return (
      kms?.type === 'kms' &&
      kms.keyArn === keys[purposeOf(name)] &&
      more.length === 0 &&
      (escrow?.type === 'escrow' ? escrow.fingerprint : undefined) === escrowPublicKey?.fingerprint
    );
  });
}

function failed({ tier, versionId }: VaultVersion, error: unknown): RewrapResult {
  if (!isTenantBackupError(error)) throw error;
  return { tier, versionId, outcome: 'failed', code: error.code };
}

async function openTools(tenant: string, options: RewrapOptions, stack: string): Promise<RewrapTools> {
  const { deployment, registry, signer, trustedSigners } = await openKeyTools(stack);
  const registered = await registry.list();
  const enrolled = await enrolledKeysOf(await openEnrolments(deployment), tenant);
  const escrowPublicKey =
    options.escrowPublicKey === undefined ? undefined : await readEscrowKey(options.escrowPublicKey);
  const sealer = createSealer(deployment.kms, { escrowPublicKey });
  const policy = parseRetentionPolicy(await deployment.output('retention'), 'output Retention');
  const bucket = await deployment.output('vaultBucket');
  return {
    vault: createVault(
      deployment.s3,
      bucket,
      versionLocks(policy.objectLock, () => new Date()),
    ),
    keptBackups: createKeptBackups(deployment.s3, bucket),
    sealer,
    signer,
    trustedSigners,
    opener:
      options.escrow === undefined
        ? sealer.opener(trustedKeysOf(registered, tenant, enrolled))
        : await readEscrowOpener(options.escrow, options.passphraseFile),
    keys: sealingKeysOf(registered, enrolled),
    escrowPublicKey,
    allowOldBytes: options.allowOldBytes,
  };
}

/** Returns the keys of the tenant's enrolment; undefined for the default keys, also without an enrolment.
 * @throws INVALID_ENROLMENT */
async function enrolledKeysOf(
  enrolments: Pick<Enrolments, 'resolve'>,
  tenant: string,
): Promise<EnrolledKeys | undefined> {
  const parsed = parseRootTenantName(tenant);
  try {
    const enrolment = await enrolments.resolve(parsed?.enrolment ?? tenant);
    if (!isShared(enrolment)) return enrolment.keys;
    return enrolmentOfShared(enrolment, parsed?.tenantId ?? tenant).keys;
  } catch (error) {
    if (isTenantBackupError(error) && error.code === 'NOT_ENROLLED') return undefined;
    throw error;
  }
}

function rewrapText(results: readonly RewrapResult[]): string[] {
  const count = (outcome: RewrapResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  const rows = results.map(({ tier, versionId, outcome, newVersionId, code }) => [
    tier,
    versionId,
    outcome,
    newVersionId ?? code ?? '',
  ]);
  return [
    ...(rows.length > 0 ? table(['TIER', 'VERSION', 'OUTCOME', 'NEW VERSION'], rows) : []),
    `${count('sealed')} sealed again, ${count('unchanged')} unchanged, ${count('failed')} failed`,
  ];
}
