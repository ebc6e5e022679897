import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import type { Tier } from '../../../functions/runtime/names.ts';
import { showBytes, showDuration } from '../../../functions/units.ts';
import { type Extent, extentOf } from '../../../functions/vault/format/extent.ts';
import { isTenantName } from '../../../functions/vault/format/layout.ts';
import type { Manifest } from '../../../functions/vault/format/manifest.ts';
import { createLedger } from '../../../functions/vault/storage/ledger.client.ts';
import type { VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { lastCheckOf } from '../aws/last-check.ts';
import { openVault } from '../aws/vault-tools.ts';
import { tierOption } from '../ui/backup-options.ts';
import { commandText } from '../ui/command-text.ts';
import { sumOf } from '../ui/manifest-text.ts';
import { globalOptions, note, print, table, yellow } from '../ui/output.ts';
import { readPastTime } from '../ui/past-time.ts';
import { idShortener } from '../ui/short-ids.ts';
import { showTime } from '../ui/times.ts';

interface ListOptions {
  readonly tier?: Tier;
  readonly since?: string;
  readonly before?: string;
  readonly limit: string;
  readonly manifests: boolean;
}

/** A backup, as `list` shows it. */
export interface ListedBackup extends VaultVersion {
  /** Null if the backup was not read. */
  readonly backupId: string | null;
  readonly scheduledTime: string | null;
  readonly trigger: Manifest['trigger'] | null;
  readonly objects: number | null;
  readonly warnings: number | null;
  readonly description: string | null;
  /** How much it holds, see `extentOf`. */
  readonly extent: Extent | null;
  /** When a check last found the tenant equal to it; null for all but the newest of each tenant and tier. */
  readonly checkedAt: string | null;
}

const READS_AT_A_TIME = 16;

/** `list`: lists the backups in the vault. */
export function registerList(program: Command): void {
  program
    .command('list')
    .description('list the backups in the vault, newest first')
    .argument('[tenant]', 'only this tenant, enrolled or not')
    .addOption(tierOption('only this tier'))
    .option('--since <time>', 'stored at or after this time, such as yesterday or "2 h ago"')
    .option('--before <time>', 'stored before this time')
    .option('--limit <count>', 'at most this many, 0 for all', '100')
    .option('--no-manifests', 'read no manifests: fast, but without objects, warnings and backup ids')
    .action(async (tenant: string | undefined, options: ListOptions, command: Command) => {
      const now = new Date();
      const isWanted = filterOf(tenant, options, now, command);
      const limit = parseLimit(options.limit);
      const { deployment, kept } = await openVault(globalOptions(command).stack);
      const ledger = createLedger(deployment.s3, await deployment.output('ledgerBucket'));
      const all = await kept.list();
      const newest = new Set(newestOfEach(all));
      const found = all.filter(isWanted);
      if (tenant !== undefined && !all.some((version) => version.tenant === tenant)) {
        throw new TenantBackupError('NO_BACKUP', `tenant "${tenant}" has no backup`, { tenant });
      }
      const shown = limit === 0 ? found : found.slice(0, limit);
      const backups = await mapLimited(shown, READS_AT_A_TIME, async (version) =>
        listed(
          version,
          options.manifests ? await readManifest(version, kept.manifest) : null,
          newest.has(version) ? await lastCheckOf(version, ledger) : null,
        ),
      );
      print(command, backups, listText(backups, all, now));
      if (shown.length < found.length) {
        note(command, `showing the newest ${shown.length} of ${found.length}; --limit 0 shows all`);
      }
      const unread = backups.filter(({ backupId }) => backupId === null).length;
      if (options.manifests && unread > 0) {
        note(
          command,
          yellow(`${unread} could not be read: archived, damaged, or no permission (${commandText('show')})`),
        );
      }
    });
}

function filterOf(
  tenant: string | undefined,
  { tier, since, before }: ListOptions,
  now: Date,
  command: Command,
): (version: VaultVersion) => boolean {
  if (tenant !== undefined && !isTenantName(tenant)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `tenant must be 1 to 63 lower-case letters, digits and inner hyphens, got "${tenant.slice(0, 80)}"`,
    );
  }
  const from = since === undefined ? null : readPastTime(since, '--since', 'beginning', command, now);
  const to = before === undefined ? null : readPastTime(before, '--before', 'beginning', command, now);
  return (version) =>
    (tenant === undefined || version.tenant === tenant) &&
    (tier === undefined || version.tier === tier) &&
    (from === null || version.storedAt >= from) &&
    (to === null || version.storedAt < to);
}

function parseLimit(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--limit must be a whole number, got "${text.slice(0, 80)}"`,
  );
}

/** Reads a manifest; null if it cannot be read, so that the backup is still listed. */
const readManifest = (
  version: VaultVersion,
  read: (version: VaultVersion) => Promise<Manifest>,
): Promise<Manifest | null> =>
  read(version).catch((error: unknown) => {
    if (isTenantBackupError(error) && error.code !== 'AWS_NOT_CONFIGURED') return null;
    throw error;
  });

/** Returns the newest version of each tenant and tier.
 * @param versions newest first */
const newestOfEach = (versions: readonly VaultVersion[]): VaultVersion[] =>
  [...Map.groupBy(versions, ({ tenant, tier }) => `${tier}/${tenant}`).values()].flatMap(
    ([first]) => first ?? [],
  );

const listed = (
  version: VaultVersion,
  manifest: Manifest | null,
  checkedAt: string | null,
): ListedBackup => ({
  ...version,
  backupId: manifest?.backupId ?? null,
  scheduledTime: manifest?.scheduledTime ?? null,
  trigger: manifest?.trigger ?? null,
  objects: manifest && sumOf(manifest.objects),
  warnings: manifest && sumOf(manifest.warnings),
  description: manifest?.description ?? null,
  extent: manifest && extentOf(manifest),
  checkedAt,
});

function listText(backups: readonly ListedBackup[], all: readonly VaultVersion[], now: Date): string[] {
  if (backups.length === 0) return ['no backups'];
  const shorten = idShortener(all.map(({ versionId }) => versionId));
  const isChecked = backups.some(({ checkedAt }) => checkedAt !== null);
  const isDescribed = backups.some(({ description }) => description !== null);
  return table(
    [
      ...['TENANT', 'TIER', 'AGE', 'STORED', 'SIZE', 'OBJECTS', 'WARNINGS', 'ID'],
      ...(isChecked ? ['CHECKED UNCHANGED'] : []),
      ...(isDescribed ? ['DESCRIPTION'] : []),
    ],
    backups.map((backup) => [
      backup.tenant,
      tierText(backup),
      showDuration(now.getTime() - backup.storedAt.getTime()),
      showTime(backup.storedAt),
      showBytes(backup.sizeBytes),
      String(backup.objects ?? '?'),
      String(backup.warnings ?? '?'),
      shorten(backup.versionId),
      ...(isChecked ? [backup.checkedAt === null ? '-' : showTime(new Date(backup.checkedAt))] : []),
      ...(isDescribed ? [backup.description ?? '-'] : []),
    ]),
  );
}

/** Returns the tier, and what sets the backup apart from the others. */
function tierText({ tier, trigger, extent }: ListedBackup): string {
  const marks = [
    ...(trigger === 'adopted' ? [trigger] : []),
    ...(extent === null || extent === 'whole' ? [] : [extent]),
  ];
  return marks.length === 0 ? tier : `${tier} (${marks.join(', ')})`;
}
