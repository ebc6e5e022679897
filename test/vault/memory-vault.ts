import { createHash } from 'node:crypto';
import { TenantBackupError } from '../../functions/errors.ts';
import type { Tier } from '../../functions/runtime/names.ts';
import { unpackArchive } from '../../functions/vault/format/archive.ts';
import type { Extent } from '../../functions/vault/format/extent.ts';
import type { Manifest } from '../../functions/vault/format/manifest.ts';
import type { Vault, VaultVersion, VersionMark } from '../../functions/vault/storage/vault.client.ts';

/** A vault in memory, where what is proved is not the vault. Its clock moves one second with every version. */
export class MemoryVault implements Vault {
  readonly #stored: {
    version: VaultVersion;
    bytes: Buffer;
    scheduledTime: string;
    mark: VersionMark;
  }[] = [];
  #time: number;

  /** @param from when the first version is stored, less a second */
  constructor(from = '2026-02-01T00:00:00Z') {
    this.#time = new Date(from).getTime();
  }

  async listVersions(tier: Tier, tenant: string): Promise<VaultVersion[]> {
    return this.#stored
      .map(({ version }) => version)
      .filter((version) => version.tier === tier && version.tenant === tenant)
      .reverse();
  }

  async findScheduled(
    tier: Tier,
    tenant: string,
    scheduledTime: string,
    extent?: Extent,
  ): Promise<VaultVersion | null> {
    const extents: readonly Extent[] = extent === undefined ? ['whole', 'limited'] : [extent];
    return this.#find(tier, tenant, extents, (time) => time === scheduledTime);
  }

  async findWithin(
    tier: Tier,
    tenant: string,
    period: Parameters<Vault['findWithin']>[2],
    extent: Extent = 'whole',
  ): Promise<VaultVersion | null> {
    const isIn = (time: string) => new Date(time) >= period.from && new Date(time) < period.to;
    return this.#find(tier, tenant, [extent], isIn);
  }

  async put(
    tier: Tier,
    tenant: string,
    bytes: Uint8Array,
    scheduledTime: string,
    mark: VersionMark = 'whole',
  ) {
    this.#time += 1000;
    const version: VaultVersion = {
      tier,
      tenant,
      versionId: `version-${this.#stored.length + 1}`,
      etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
      sizeBytes: bytes.byteLength,
      storedAt: new Date(this.#time),
    };
    this.#stored.push({ version, bytes: Buffer.from(bytes), scheduledTime, mark });
    return version;
  }

  async uploadedBy({ versionId }: Pick<VaultVersion, 'versionId'>): Promise<string | null> {
    const mark = this.#stored.find(({ version }) => version.versionId === versionId)?.mark;
    return typeof mark === 'object' ? mark.uploadedBy : null;
  }

  /** As `KeptBackups.manifest`. */
  async manifest(version: Pick<VaultVersion, 'versionId'>): Promise<Manifest> {
    return unpackArchive(await this.get(version)).manifest;
  }

  async get({ versionId }: Pick<VaultVersion, 'versionId'>): Promise<Buffer> {
    const found = this.#stored.find(({ version }) => version.versionId === versionId);
    if (!found) throw new TenantBackupError('VERSION_NOT_FOUND', `no version ${versionId}`);
    return found.bytes;
  }

  #find(
    tier: Tier,
    tenant: string,
    extents: readonly Extent[],
    isWanted: (scheduledTime: string) => boolean,
  ): VaultVersion | null {
    const found = this.#stored.findLast(
      ({ version, scheduledTime, mark }) =>
        version.tier === tier &&
        version.tenant === tenant &&
        typeof mark === 'string' &&
        extents.includes(mark) &&
        isWanted(scheduledTime),
    );
    return found?.version ?? null;
  }
}
