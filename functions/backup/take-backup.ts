import type { FoundReference } from '../config/references/reference-check.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Tier } from '../runtime/names.ts';
import { SOFTWARE_VERSION } from '../runtime/version.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import { type Enrolment, issuerOf } from '../tenant/enrolment/enrolment.ts';
import { TENANT_PARTS } from '../tenant/enrolment/enrolment-schema.ts';
import { sealBackup } from '../vault/backup-archive.ts';
import { missingWarning } from '../vault/format/documents.ts';
import { purposeOf } from '../vault/format/key-purpose.ts';
import { type Manifest, type PartName, toInstant } from '../vault/format/manifest.ts';
import type { CalendarTier } from '../vault/retention/calendar.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import {
  type ExportedPart,
  type ExportedTenant,
  type ExportOptions,
  type ExportReaders,
  exportTenant,
  type MissingPart,
} from './export-tenant.ts';
import { dueTiers, promote } from './promote.ts';

/** What a backup needs to be taken. */
export type BackupTools = Pick<
  Clients,
  | 'vault'
  | 'retention'
  | 'sealer'
  | 'signer'
  | 'fingerprintKeys'
  | 'keys'
  | 'now'
  | 'randomHex'
  | 'retryTools'
>;

/** A backup that is in the vault, and the state that it holds. */
export interface TakenBackup {
  readonly versionId: string;
  readonly manifest: Manifest;
  readonly sizeBytes: number;
  /** Tiers that hold a copy, as it is their first backup of this week, month or year. */
  readonly promoted: readonly CalendarTier[];
  /** The first references to nothing, all of which the manifest's warnings count. */
  readonly references: readonly FoundReference[];
  /** Parts that it lacks, as its manifest's warnings say. */
  readonly missing: readonly MissingPart[];
}

/** What a backup is taken of. */
export interface BackupTarget {
  readonly tenant: string;
  readonly tier: Tier;
  /** RFC 3339 in UTC, to the second. */
  readonly scheduledTime: string;
  readonly enrolment: Enrolment;
  readonly apis: Tenant;
}

/** Everything that stores nothing, all at the same time: the exports of the parts that the enrolment names, and what the
 * vault holds.
 * @param mayLack whether the other parts are stored without one whose export failed so. @default - never
 * @throws everything that `exportTenant`, `Vault.listVersions` and `dueTiers` throw */
export function beginBackup(
  target: BackupTarget & { readonly tier: Exclude<Tier, 'safety'> },
  tools: BackupTools,
  mayLack: (missing: MissingPart) => boolean = () => false,
): Promise<BegunBackup> {
  const { parts, blankClientSecrets } = target.enrolment;
  return begin(target, { parts, blankClientSecrets, readers: NO_READERS, mayLack }, tools);
}

/** Seal and put what was exported: one backup as one new version in the vault.
 * @throws everything that `sealBackup` and `Vault.put` throw; then nothing was stored, but for copies in other tiers */
export const finishBackup = (begun: BegunBackup, tools: BackupTools): Promise<TakenBackup> =>
  store(begun, tools);

/** The backup that an operation makes before it writes: of what it writes to, and of all that the enrolment names.
 * @param restored parts that are about to be written, and what reads their exports
 * @throws as `beginBackup` and `finishBackup` */
export async function takeSafetyBackup(
  target: Omit<BackupTarget, 'tier'>,
  restored: ExportReaders,
  tools: BackupTools,
): Promise<TakenBackup> {
  const { parts, workspaces } = target.enrolment;
  const wanted = TENANT_PARTS.filter((part) => parts.includes(part) || restored.has(part));
  // An import of a dump reaches beyond the workspaces that an enrolment lists: all that it may overwrite is saved.
  const isWhole = workspaces !== undefined && restored.has('system');
  const begun = await begin(
    { ...target, tier: 'safety', ...(isWhole && { enrolment: withoutWorkspaces(target.enrolment) }) },
    // The state before a restore is saved as it is: a lost secret may be the very reason for the restore.
    {
      parts: wanted,
      blankClientSecrets: 'accept',
      readers: restored,
      // What is not written to need not be saved before.
      mayLack: ({ part }) => !restored.has(part),
    },
    tools,
  );
  return store(begun, tools);
}

function withoutWorkspaces({ workspaces: _, ...enrolment }: Enrolment): Enrolment {
  return enrolment;
}

/** A backup whose content is here and not yet stored. Holds secrets. */
export interface BegunBackup extends ExportedTenant {
  readonly target: BackupTarget;
  /** The newest version of this tier. */
  readonly previous: VaultVersion | undefined;
  /** Tiers that are to get a copy. */
  readonly due: readonly CalendarTier[];
  /** When the exports began. */
  readonly exportedAt: Date;
}

const hubOf = ({ exports }: BegunBackup): ExportedPart | undefined =>
  exports.find(({ shape }) => shape !== undefined);

/** A backup alone needs no more than what it stores. */
const NO_READERS: ExportReaders = new Map();

type StoreOptions = Pick<Enrolment, 'parts' | 'blankClientSecrets'> &
  Pick<ExportOptions, 'readers'> & { readonly mayLack: (missing: MissingPart) => boolean };

async function begin(
  target: BackupTarget,
  { parts, ...options }: StoreOptions,
  tools: BackupTools,
): Promise<BegunBackup> {
  const { tenant, tier, enrolment, apis } = target;
  const wanted = TENANT_PARTS.filter((part) => parts.includes(part));
  const fingerprintKey = await tools.fingerprintKeys.derive(tenant);
  const exportedAt = tools.now();
  const [exported, [previous], due] = await Promise.all([
    exportTenant(apis, wanted, { ...options, enrolment, fingerprintKey, retryTools: tools.retryTools }),
    tools.vault.listVersions(tier, tenant),
    dueTiers(target, tools.retention.promote, tools.vault),
  ]);
  return { target, ...exported, previous, due, exportedAt };
}

async function store(begun: BegunBackup, tools: BackupTools): Promise<TakenBackup> {
  const { target, exports, missing, previous, exportedAt } = begun;
  // Only whole backups fill a week, a month or a year.
  const due = missing.length === 0 ? begun.due : [];
  const { tenant, tier, scheduledTime, enrolment } = target;
  const keyOf = (part: PartName): string => {
    const purpose = purposeOf(part);
    return enrolment.keys?.[purpose] ?? tools.keys[purpose];
  };
  const { manifest, bytes } = await sealBackup(
    {
      tenant,
      backupId: `${scheduledTime.replaceAll(/[-:]/g, '')}-${tools.randomHex()}`,
      scheduledTime,
      exportedAt: toInstant(exportedAt),
      trigger: TRIGGERS[tier],
      tier,
      source: { issuer: new URL(issuerOf(enrolment)).href, shape: hubOf(begun)?.shape ?? 'tenant' },
      software: { name: 'tenant-backup', version: SOFTWARE_VERSION },
      previous: previous ? { versionId: previous.versionId, etag: previous.etag } : null,
      resealed: null,
      objects: together(exports.map(({ objects }) => objects)),
      credentials: together(exports.map(({ credentials }) => credentials)),
      warnings: together([
        ...exports.map(({ warnings }) => warnings),
        ...missing.map(({ part }) => ({ [missingWarning(part)]: 1 })),
      ]),
    },
    exports.flatMap(({ plain }) =>
      plain.map(({ name, bytes: pieces }) => ({ name, plain: pieces, keyArn: keyOf(name) })),
    ),
    tools,
  );
  await promote({ tenant, scheduledTime, bytes }, due, tools.vault);
  const { versionId } = await tools.vault.put(tier, tenant, bytes, scheduledTime, missing.length === 0);
  const references = exports.flatMap((each) => each.references);
  return { versionId, manifest, sizeBytes: bytes.byteLength, promoted: due, references, missing };
}

/** No two exports count under one name. */
const together = (counts: readonly Readonly<Record<string, number>>[]): Record<string, number> =>
  Object.assign({}, ...counts);

const TRIGGERS: Readonly<Record<Tier, Manifest['trigger']>> = {
  daily: 'schedule',
  weekly: 'schedule',
  monthly: 'schedule',
  yearly: 'schedule',
  manual: 'manual',
  safety: 'safety',
};
