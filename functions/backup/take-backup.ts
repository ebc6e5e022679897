import { writeConfigPart, writeCredentialsPart } from '../config/parts.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Tier } from '../runtime/names.ts';
import { SOFTWARE_VERSION } from '../runtime/version.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { Hub } from '../tenant/hub.client.ts';
import { sealBackup } from '../vault/backup-archive.ts';
import type { CalendarTier } from '../vault/calendar.ts';
import type { Manifest } from '../vault/manifest.ts';
import { exportAndKeep, exportAndSplit, type SplitExport } from './export.ts';
import { promote } from './promote.ts';

/** What a backup needs to be taken. */
export type BackupTools = Pick<
  Clients,
  'vault' | 'retention' | 'sealer' | 'fingerprintKeys' | 'keys' | 'randomHex' | 'retryTools'
>;

/** A backup that is in the vault. */
export interface TakenBackup {
  readonly versionId: string;
  readonly manifest: Manifest;
  readonly sizeBytes: number;
  /** Tiers that hold a copy, as it is their first backup of this week, month or year. */
  readonly promoted: readonly CalendarTier[];
}

/** Whose backup, and where it is kept. */
interface Target {
  readonly tenant: string;
  readonly tier: Tier;
  /** RFC 3339 in UTC, to the second. */
  readonly scheduledTime: string;
  readonly enrolment: Enrolment;
  readonly hub: Hub;
}

/** Export, split, seal, put: one backup as one new version in the vault.
 * @throws everything that `exportAndSplit`, `sealBackup` and `Vault.put` throw; then nothing was stored */
export const takeBackup = (
  target: Target & { readonly tier: Exclude<Tier, 'safety'> },
  tools: BackupTools,
): Promise<TakenBackup> =>
  store(target, exportAndSplit(target.hub, tools.retryTools, target.enrolment.blankClientSecrets), tools);

/** The backup that a restore makes before it writes.
 * @returns also the bytes of the exported document, see `parseExport`. Holds secrets
 * @throws as `takeBackup` */
export async function takeSafetyBackup(
  target: Omit<Target, 'tier'>,
  tools: BackupTools,
): Promise<TakenBackup & { readonly exported: Buffer }> {
  // The state before a restore is saved as it is: a lost secret may be the very reason for the restore.
  const kept = exportAndKeep(target.hub, tools.retryTools, 'accept');
  const taken = await store({ ...target, tier: 'safety' }, kept, tools);
  return { ...taken, exported: (await kept).exported };
}

async function store(
  { tenant, tier, scheduledTime, enrolment }: Target,
  exporting: Promise<SplitExport>,
  tools: BackupTools,
): Promise<TakenBackup> {
  const [split, versions, fingerprintKey] = await Promise.all([
    exporting,
    tools.vault.listVersions(tier, tenant),
    tools.fingerprintKeys.derive(tenant),
  ]);
  const previous = versions[0];
  const { manifest, bytes } = await sealBackup(
    {
      backupId: `${scheduledTime.replaceAll(/[-:]/g, '')}-${tools.randomHex()}`,
      tenant,
      scheduledTime,
      trigger: TRIGGERS[tier],
      tier,
      source: { issuer: enrolment.issuer, shape: split.shape },
      software: { name: 'tenant-backup', version: SOFTWARE_VERSION },
      previous: previous ? { versionId: previous.versionId, etag: previous.etag } : null,
      resealed: null,
      objects: { ...split.objects },
      credentials: { ...split.credentialCounts },
      warnings: { ...split.warnings },
    },
    [
      {
        name: 'hub.config',
        plain: writeConfigPart(split.config, split.credentials, fingerprintKey),
        keyArn: enrolment.keys?.configuration ?? tools.keys.configuration,
      },
      {
        name: 'hub.credentials',
        plain: writeCredentialsPart(split.credentials),
        keyArn: enrolment.keys?.credentials ?? tools.keys.credentials,
      },
    ],
    tools.sealer,
  );
  const promoted = await promote(
    { tenant, tier, scheduledTime, bytes },
    tools.retention.promote,
    tools.vault,
  );
  const { versionId } = await tools.vault.put(tier, tenant, bytes, scheduledTime);
  return { versionId, manifest, sizeBytes: bytes.byteLength, promoted };
}

const TRIGGERS: Readonly<Record<Tier, Manifest['trigger']>> = {
  daily: 'schedule',
  weekly: 'schedule',
  monthly: 'schedule',
  yearly: 'schedule',
  manual: 'manual',
  safety: 'safety',
};
