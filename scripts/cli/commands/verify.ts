import type { Command } from 'commander';
import type { Json } from '../../../functions/config/json/json-value.ts';
import { countObjects } from '../../../functions/config/model/objects.ts';
import { type ErrorCode, isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import { assessBlanks, blanksOf } from '../../../functions/state/assess-blanks.ts';
import { chooseAmong, hasOnlyLimited } from '../../../functions/state/choose-backup.ts';
import { openVersion } from '../../../functions/state/open-backup.ts';
import { openDocument } from '../../../functions/state/open-document.ts';
import { showBytes } from '../../../functions/units.ts';
import type { OpenedBackup } from '../../../functions/vault/backup-archive.ts';
import { verifyArchive } from '../../../functions/vault/format/archive.ts';
import type { Manifest } from '../../../functions/vault/format/manifest.ts';
import type { Opener } from '../../../functions/vault/format/opener.ts';
import type { TrustedSigners } from '../../../functions/vault/format/signature.ts';
import { trustedKeysOf } from '../../../functions/vault/keys/key-registry.ts';
import { createSealer } from '../../../functions/vault/keys/sealer.client.ts';
import type { KeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import type { VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { findBackup } from '../aws/find-backup.ts';
import { type KeyTools, openKeyTools } from '../aws/key-tools.ts';
import { MAX_EXPORT_BYTES } from '../aws/open-as-caller.client.ts';
import { openVault, type VaultTools } from '../aws/vault-tools.ts';
import { type BackupOptions, parseBackupChoice, tierOption } from '../ui/backup-options.ts';
import { ExitCode } from '../ui/exit-code.ts';
import { readEscrowOpener } from '../ui/key-files.ts';
import { globalOptions, green, print, red, table } from '../ui/output.ts';
import { withProgress } from '../ui/progress.ts';

/** The result of verifying one backup. */
export interface VerifiedBackup {
  readonly tenant: string;
  readonly tier: VaultVersion['tier'];
  readonly versionId: string;
  readonly verdict: 'ok' | 'failed';
  /** Parts opened, or checked by digest with `--no-open`. */
  readonly parts: number;
  /** Objects counted; null with `--no-open`. */
  readonly objects: number | null;
  /** Credentials that the backup does not show; null with `--no-open`. */
  readonly blank: number | null;
  readonly bytes: number;
  readonly code: ErrorCode | null;
  readonly message: string | null;
}

interface VerifyOptions extends BackupOptions {
  readonly open: boolean;
  readonly escrow?: string;
  readonly passphraseFile?: string;
}

const TENANTS_AT_A_TIME = 16;

/** `verify`: opens backups, checks them, and says how much it checked. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'open backups, and check digests, seals, object counts and credentials; exit code 3 if a check failed',
    )
    .argument('[backup]', '<tenant>, or <tenant>@<id> (default: the newest of every tenant)')
    .option('--as-of <time>', 'the newest backup at this time, such as yesterday or "2 h ago"')
    .addOption(tierOption('only this tier (default: all but safety)'))
    .option('--no-open', 'check format, signatures and digests only; needs no kms:Decrypt')
    .option('--escrow <file>', 'open with this escrow private key instead of KMS')
    .option(
      '--passphrase-file <file>',
      'file with the passphrase of that key, - for standard input (default: ask)',
    )
    .action(async (name: string | undefined, options: VerifyOptions, command: Command) => {
      const reference = name === undefined ? null : parseBackupChoice(name, options, command);
      if (reference === null && options.asOf !== undefined) {
        throw new TenantBackupError('INVALID_REQUEST', '--as-of needs a tenant');
      }
      const { stack } = globalOptions(command);
      const tools = await openVault(stack);
      const versions = reference
        ? [await findBackup(reference, tools)]
        : await newestOfEach(tools.kept, options);
      if (versions.length === 0)
        throw new TenantBackupError('NO_BACKUP', 'the vault has no backup to verify');
      const keyTools = await openKeyTools(stack);
      const openerFor = options.open ? await createOpeners(keyTools, options) : null;
      const verified = await withProgress(command, 'verifying', async (phase) => {
        const results: VerifiedBackup[] = [];
        for (const [index, version] of versions.entries()) {
          phase(
            `verifying ${index + 1} of ${versions.length}: ${version.tenant}, ${showBytes(version.sizeBytes)}`,
          );
          results.push(await verifyOne(version, tools, keyTools.trustedSigners, openerFor));
        }
        return results;
      });
      print(command, verified, verifyText(verified, options.open));
      if (verified.some(({ verdict }) => verdict === 'failed')) process.exitCode = ExitCode.differences;
    });
}

/** Finds the newest backup of every tenant: a whole one, if there is any. */
async function newestOfEach(kept: KeptBackups, { tier }: VerifyOptions): Promise<VaultVersion[]> {
  const wanted = (await kept.list()).filter((version) =>
    tier === undefined ? version.tier !== 'safety' : version.tier === tier,
  );
  return mapLimited(
    [...Map.groupBy(wanted, ({ tenant }) => tenant)],
    TENANTS_AT_A_TIME,
    ([tenant, versions]) =>
      chooseAmong(versions, { tenant, tier }, kept).catch((error: unknown) => {
        const [first] = versions;
        if (first !== undefined && hasOnlyLimited(error)) return first;
        throw error;
      }),
  );
}

async function createOpeners(
  { deployment, registry }: KeyTools,
  { escrow, passphraseFile }: VerifyOptions,
): Promise<(tenant: string) => Opener> {
  if (escrow !== undefined) {
    const opener = await readEscrowOpener(escrow, passphraseFile);
    return () => opener;
  }
  const [keys, sealer] = [await registry.list(), createSealer(deployment.kms)];
  return (tenant) => sealer.opener(trustedKeysOf(keys, tenant));
}

async function verifyOne(
  version: VaultVersion,
  { vault }: VaultTools,
  signers: TrustedSigners,
  openerFor: ((tenant: string) => Opener) | null,
): Promise<VerifiedBackup> {
  const { tenant, tier, versionId, sizeBytes: bytes } = version;
  const about = { tenant, tier, versionId, bytes };
  try {
    const counted = openerFor
      ? await openAndCount(
          await openVersion(version, openerFor(tenant), {
            vault,
            trustedSigners: signers,
            maxExportBytes: MAX_EXPORT_BYTES,
          }),
        )
      : await countUnopened(await vault.get(version, { maxBytes: bytes }), signers);
    return { ...about, verdict: 'ok', ...counted, code: null, message: null };
  } catch (error) {
    // Without AWS there is no result.
    if (!isTenantBackupError(error) || ['AWS_NOT_CONFIGURED', 'AWS_UNAVAILABLE'].includes(error.code))
      throw error;
    const { code, message } = error;
    return { ...about, verdict: 'failed', parts: 0, objects: null, blank: null, code, message };
  }
}

/** Checks format, signature and digests only.
 * @throws the errors of `verifyArchive` */
async function countUnopened(archive: Uint8Array, signers: TrustedSigners) {
  const { manifest } = await verifyArchive(archive, signers);
  return { parts: manifest.parts.length, objects: null, blank: null };
}

/** Opens every part, counts the objects of the tree, and looks for credentials that are not there.
 * @throws the errors of opening, MANIFEST_MALFORMED if the counts differ from the manifest, CREDENTIALS_BLANK if an export was
 *   redacted */
async function openAndCount(
  backup: OpenedBackup,
): Promise<{ parts: number; objects: number; blank: number }> {
  const { manifest } = backup;
  for (const { name } of manifest.parts) (await backup.open(name)).fill(0);
  let [objects, blank] = [0, 0];
  for (const part of ['hub', 'system'] as const) {
    if (!manifest.parts.some(({ name }) => name === `${part}.config`)) continue;
    const { document } = await openDocument(backup, part);
    if (part === 'hub') objects = countTree(document, manifest);
    // Without credentials, all are blank.
    if (manifest.limits?.credentials === false) continue;
    blank += sumOf(assessBlanks(blanksOf(part, document), 'accept'));
  }
  return { parts: manifest.parts.length, objects, blank };
}

function countTree(tree: Json, { source, objects }: Manifest): number {
  const counts = countObjects(tree, { shape: source.shape });
  const differing = Object.entries(counts).find(([type, count]) => objects[type] !== count);
  if (!differing) return sumOf(counts);
  const [type, count] = differing;
  throw new TenantBackupError(
    'MANIFEST_MALFORMED',
    `manifest.json counts ${objects[type] ?? 0} objects of type ${type}, found ${count}`,
    { type },
  );
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function verifyText(verified: readonly VerifiedBackup[], opened: boolean): string[] {
  const rows = verified.map(({ tenant, tier, versionId, verdict, parts, objects, blank, code, message }) => [
    tenant,
    tier,
    versionId,
    verdict === 'ok' ? green('ok') : red('failed'),
    String(parts),
    String(objects ?? '-'),
    String(blank ?? '-'),
    code === null ? '' : `${code}: ${message}`,
  ]);
  const failed = verified.filter(({ verdict }) => verdict === 'failed').length;
  const objects = verified.reduce((sum, each) => sum + (each.objects ?? 0), 0);
  const what = opened ? `opened, ${objects} objects counted` : 'checked by digest, none opened';
  return [
    ...table(['TENANT', 'TIER', 'VERSION', 'VERDICT', 'PARTS', 'OBJECTS', 'BLANK', 'REASON'], rows),
    `${verified.length} backups ${what}; ${failed} failed`,
  ];
}
