import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  GetPublicAccessBlockCommand,
  PutObjectLegalHoldCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsError } from '../../aws-errors.ts';
import { TenantBackupError } from '../../errors.ts';
import { mapLimited } from '../../map-limited.ts';
import { TIERS, type Tier } from '../../runtime/names.ts';
import { vaultKey } from '../format/layout.ts';
import type { HistoryEntry } from '../retention/retention.ts';
import type { BucketSettings } from '../retention/retention-check.ts';
import { listVault } from './listing.client.ts';
import type { VaultVersion } from './vault.client.ts';

/** All versions of one key. */
export interface KeyHistory {
  readonly tier: Tier;
  readonly tenant: string;
  readonly entries: readonly Entry[];
}

type Entry = HistoryEntry & { readonly sizeBytes: number };

/** Protections that keep S3 from deleting one version. */
export interface Protection {
  readonly lockedUntil: Date | null;
  readonly held: boolean;
}

type VersionName = Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>;

/** What an operator reads and changes about retention. No function of the stack has these permissions. */
export interface RetentionClient {
  /** Lists all versions of keys.
   * @param tenant only this tenant; if absent, everything in the vault, enrolled or not
   * @returns versions and delete markers, with their locks and holds; needs `s3:ListBucketVersions`,
   * `s3:GetObjectRetention` and `s3:GetObjectLegalHold` */
  listHistories(tenant?: string): Promise<KeyHistory[]>;
  /** Places a legal hold on a version, or releases it; needs `s3:PutObjectLegalHold`.
   * @throws VERSION_NOT_FOUND */
  setHold(version: VersionName, held: boolean): Promise<void>;
  /** Reads the settings of the bucket. Needs permission to read its lifecycle, versioning, Object Lock, public access
   * block and policy. */
  readSettings(): Promise<BucketSettings>;
}

/** Most simultaneous calls for single versions. */
const CONCURRENCY = 16;

export function createRetentionClient(s3: S3Client, bucket: string): RetentionClient {
  const target = { Bucket: bucket };

  const objectLock = async (): Promise<BucketSettings['objectLock']> => {
    const found = await orNull(
      s3.send(new GetObjectLockConfigurationCommand(target)),
      ['ObjectLockConfigurationNotFoundError'],
      's3:GetBucketObjectLockConfiguration',
      { bucket },
    );
    const { ObjectLockEnabled, Rule } = found?.ObjectLockConfiguration ?? {};
    return { enabled: ObjectLockEnabled === 'Enabled', defaultRetention: Rule?.DefaultRetention ?? null };
  };

  const protectionOf = async (version: VersionName): Promise<Protection> => {
    const object = { ...target, Key: vaultKey(version.tier, version.tenant), VersionId: version.versionId };
    const [retention, hold] = await Promise.all([
      orNull(
        s3.send(new GetObjectRetentionCommand(object)),
        ['NoSuchObjectLockConfiguration'],
        's3:GetObjectRetention',
        { bucket, ...version },
      ),
      orNull(
        s3.send(new GetObjectLegalHoldCommand(object)),
        ['NoSuchObjectLockConfiguration'],
        's3:GetObjectLegalHold',
        { bucket, ...version },
      ),
    ]);
    return {
      lockedUntil: retention?.Retention?.RetainUntilDate ?? null,
      held: hold?.LegalHold?.Status === 'ON',
    };
  };

  return {
    async listHistories(tenant) {
      const histories = new Map<string, { tier: Tier; tenant: string; entries: Entry[] }>();
      for (const tier of TIERS) {
        const prefix = tenant === undefined ? `${tier}/` : vaultKey(tier, tenant);
        for await (const listed of listVault(s3, bucket, prefix)) {
          if (tenant !== undefined && listed.tenant !== tenant) continue;
          const { versionId, storedAt, sizeBytes, deleteMarker } = listed;
          const key = vaultKey(tier, listed.tenant);
          const history = histories.get(key) ?? { tier, tenant: listed.tenant, entries: [] };
          histories.set(key, history);
          history.entries.push({ versionId, storedAt, sizeBytes, deleteMarker });
        }
      }
      return Promise.all(
        [...histories.values()].map(async (history) => ({
          ...history,
          entries: await mapLimited(history.entries, CONCURRENCY, async (entry) =>
            entry.deleteMarker ? entry : { ...entry, ...(await protectionOf({ ...history, ...entry })) },
          ),
        })),
      );
    },

    async setHold({ tier, tenant, versionId }, held) {
      const key = vaultKey(tier, tenant);
      await s3
        .send(
          new PutObjectLegalHoldCommand({
            ...target,
            Key: key,
            VersionId: versionId,
            LegalHold: { Status: held ? 'ON' : 'OFF' },
          }),
        )
        .catch((error: unknown) => {
          if (error instanceof Error && (error.name === 'NoSuchVersion' || error.name === 'NoSuchKey')) {
            throw new TenantBackupError('VERSION_NOT_FOUND', `no version ${versionId} of ${key}`, {
              key,
              versionId,
            });
          }
          return awsError('s3:PutObjectLegalHold', { bucket, key, versionId })(error);
        });
    },

    async readSettings() {
      const facts = { bucket };
      const [versioning, lifecycle, lock, block, policy] = await Promise.all([
        s3.send(new GetBucketVersioningCommand(target)).catch(awsError('s3:GetBucketVersioning', facts)),
        orNull(
          s3.send(new GetBucketLifecycleConfigurationCommand(target)),
          ['NoSuchLifecycleConfiguration'],
          's3:GetLifecycleConfiguration',
          facts,
        ),
        objectLock(),
        orNull(
          s3.send(new GetPublicAccessBlockCommand(target)),
          ['NoSuchPublicAccessBlockConfiguration'],
          's3:GetBucketPublicAccessBlock',
          facts,
        ),
        orNull(
          s3.send(new GetBucketPolicyCommand(target)),
          ['NoSuchBucketPolicy'],
          's3:GetBucketPolicy',
          facts,
        ),
      ]);
      return {
        versioning: versioning.Status ?? null,
        lifecycleRules: lifecycle?.Rules ?? [],
        objectLock: lock,
        publicAccessBlock: { ...block?.PublicAccessBlockConfiguration },
        policy: policy?.Policy === undefined ? null : JSON.parse(policy.Policy),
      };
    },
  };
}

/** Maps errors of S3 for a setting that does not exist to null. */
const orNull = <Answer>(
  answer: Promise<Answer>,
  absence: readonly string[],
  action: string,
  facts: Parameters<typeof awsError>[1],
): Promise<Answer | null> =>
  answer.catch((error: unknown) =>
    error instanceof Error && absence.includes(error.name) ? null : awsError(action, facts)(error),
  );
