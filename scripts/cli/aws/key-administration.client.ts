import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  paginateListAliases,
  paginateListKeys,
  RotateKeyOnDemandCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { awsError, awsFailure } from '../../../functions/aws-errors.ts';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';

/** The state of a key in KMS. */
export interface KeyCondition {
  readonly keyArn: string;
  /** As in KMS: `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `Unavailable`; `NotFound` if there is no such key. */
  readonly state: string;
  /** Time of a scheduled deletion. */
  readonly deletionTime: Date | null;
  /** `SYMMETRIC_DEFAULT` for a key that can seal backups. */
  readonly keySpec: string | null;
}

/** The rotation settings of a key. */
export interface KeyRotation {
  readonly enabled: boolean;
  readonly periodDays: number | null;
  readonly nextTime: Date | null;
  readonly lastTime: Date | null;
}

/** Manages KMS keys. */
export interface KeyAdministration {
  /** Reads the state of a key; needs `kms:DescribeKey`. */
  describe(key: string): Promise<KeyCondition>;
  /** Reads the rotation settings; needs `kms:GetKeyRotationStatus`, and `kms:ListKeyRotations` for the last time.
   * @returns null for a key that KMS cannot rotate */
  rotation(keyArn: string): Promise<KeyRotation | null>;
  /** Creates a key; needs `kms:CreateKey`, `kms:TagResource`. If the answer is lost, it looks for the key before it creates
   * another, which also needs `kms:ListKeys` and `kms:DescribeKey`.
   * @returns its ARN */
  create(description: string): Promise<string>;
  /** Turns yearly rotation on for a key that may be seconds old; needs `kms:EnableKeyRotation`. */
  enableRotation(keyArn: string): Promise<void>;
  /** Creates an alias for a key that may be seconds old; needs `kms:CreateAlias`, and `kms:ListAliases` if the alias exists.
   * @throws KEY_EXISTS if another key has the alias */
  nameKey(alias: string, keyArn: string): Promise<void>;
  /** Points an alias at another key; needs `kms:UpdateAlias`. */
  moveAlias(alias: string, keyArn: string): Promise<void>;
  /** Rotates a key now; old backups still open. Needs `kms:RotateKeyOnDemand`.
   * @throws NOT_SUPPORTED, KEY_UNAVAILABLE */
  rotate(keyArn: string): Promise<void>;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Errors of an endpoint that lacks an action, such as an emulator. */
const UNKNOWN_ACTION = new Set(['InvalidAction', 'UnknownOperationException', 'NotImplemented']);

/** Errors for keys that KMS cannot rotate, or not in their present state. */
const NO_ROTATION = new Set([
  'UnsupportedOperationException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/** Number of tries to create a key. */
const TRIES = 3;
const PAUSE_MILLISECONDS = 2_000;

/** A policy may allow calls on tagged keys only, and a tag counts after up to five minutes.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html */
const TAG_TRIES = 24;
const TAG_PAUSE_MILLISECONDS = 15_000;

/** Connects to KMS.
 * @param once the same connection with a single attempt, since a repeated creation makes a second key */
export function createKeyAdministration(
  kms: KMSClient,
  once: KMSClient,
  sleep: (milliseconds: number) => Promise<unknown> = (milliseconds) => setTimeout(milliseconds),
): KeyAdministration {
  /** Repeats a call on a new key while KMS denies it. */
  const whenTagCounts = async (call: () => Promise<void>): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await call();
      } catch (error) {
        const isDenied = isTenantBackupError(error) && error.code === 'AWS_ACCESS_DENIED';
        if (!isDenied || tries === TAG_TRIES) throw error;
        await sleep(TAG_PAUSE_MILLISECONDS);
      }
    }
  };

  const findByDescription = async (description: string): Promise<string | null> => {
    for await (const { Keys = [] } of paginateListKeys({ client: kms }, {})) {
      for (const { KeyId } of Keys) {
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
        if (KeyMetadata?.Description === description) return KeyMetadata.Arn ?? null;
      }
    }
    return null;
  };

  const hasAlias = async (keyArn: string, alias: string): Promise<boolean> => {
    for await (const { Aliases = [] } of paginateListAliases({ client: kms }, { KeyId: keyArn })) {
      if (Aliases.some(({ AliasName }) => AliasName === alias)) return true;
    }
    return false;
  };

  const lastRotation = async (keyArn: string): Promise<Date | null> => {
    try {
      const { Rotations = [] } = await kms.send(new ListKeyRotationsCommand({ KeyId: keyArn, Limit: 1000 }));
      const times = Rotations.flatMap(({ RotationDate }) => RotationDate ?? []);
      return times.sort((a, b) => b.getTime() - a.getTime())[0] ?? null;
    } catch (error) {
      // Without this permission, show everything but the date.
      const tolerable = [...UNKNOWN_ACTION, ...NO_ROTATION, 'AccessDeniedException'];
      return tolerable.includes(nameOf(error)) ? null : awsError('kms:ListKeyRotations', { keyArn })(error);
    }
  };

  return {
    async describe(key) {
      try {
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: key }));
        return {
          keyArn: KeyMetadata?.Arn ?? key,
          state: KeyMetadata?.KeyState ?? 'Unknown',
          deletionTime: KeyMetadata?.DeletionDate ?? null,
          keySpec: KeyMetadata?.KeySpec ?? null,
        };
      } catch (error) {
        if (nameOf(error) !== 'NotFoundException') awsError('kms:DescribeKey', { key })(error);
        return { keyArn: key, state: 'NotFound', deletionTime: null, keySpec: null };
      }
    },

    async rotation(keyArn) {
      try {
        const status = await kms.send(new GetKeyRotationStatusCommand({ KeyId: keyArn }));
        return {
          enabled: status.KeyRotationEnabled ?? false,
          periodDays: status.KeyRotationEnabled ? (status.RotationPeriodInDays ?? null) : null,
          nextTime: status.NextRotationDate ?? null,
          lastTime: await lastRotation(keyArn),
        };
      } catch (error) {
        if (NO_ROTATION.has(nameOf(error))) return null;
        return awsError('kms:GetKeyRotationStatus', { keyArn })(error);
      }
    },

    async create(description) {
      const marked = `${description} (request ${randomUUID()})`;
      const command = new CreateKeyCommand({
        Description: marked,
        Tags: [{ TagKey: 'application', TagValue: 'tenant-backup' }],
      });
      for (let tries = 1; ; tries++) {
        try {
          return (await once.send(command)).KeyMetadata?.Arn ?? '';
        } catch (error) {
          const failure = awsFailure('kms:CreateKey', {}, error);
          if (failure.code !== 'AWS_UNAVAILABLE') throw failure;
          await sleep(PAUSE_MILLISECONDS);
          const found = await findByDescription(marked).catch((cause: unknown) => {
            const { message } = awsFailure('kms:ListKeys', {}, cause);
            throw new TenantBackupError(
              'AWS_UNAVAILABLE',
              `${failure.message}, and ${message}: there may be a new key with the description "${marked}"`,
              failure.facts,
            );
          });
          if (found !== null) return found;
          if (tries === TRIES) throw failure;
        }
      }
    },

    enableRotation: (keyArn) =>
      whenTagCounts(async () => {
        await kms
          .send(new EnableKeyRotationCommand({ KeyId: keyArn }))
          .catch(awsError('kms:EnableKeyRotation', { keyArn }));
      }),

    nameKey: (alias, keyArn) =>
      whenTagCounts(async () => {
        try {
          await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyArn }));
        } catch (error) {
          if (nameOf(error) !== 'AlreadyExistsException')
            awsError('kms:CreateAlias', { alias, keyArn })(error);
          // The answer of an earlier attempt may be lost.
          if (await hasAlias(keyArn, alias).catch(awsError('kms:ListAliases', { keyArn }))) return;
          throw new TenantBackupError('KEY_EXISTS', `alias ${alias} exists already`, { alias });
        }
      }),

    async moveAlias(alias, keyArn) {
      await kms
        .send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: keyArn }))
        .catch(awsError('kms:UpdateAlias', { alias, keyArn }));
    },

    async rotate(keyArn) {
      await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyArn })).catch((error: unknown) => {
        throw rotationRefusal(keyArn, error) ?? awsError('kms:RotateKeyOnDemand', { keyArn })(error);
      });
    },
  };
}

/** Translates an error of RotateKeyOnDemand; undefined for any other error.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html */
function rotationRefusal(keyArn: string, error: unknown): TenantBackupError | undefined {
  const reason = nameOf(error);
  const facts = { keyArn, reason };
  if (UNKNOWN_ACTION.has(reason)) {
    return new TenantBackupError(
      'NOT_SUPPORTED',
      `this endpoint does not support kms:RotateKeyOnDemand (${reason}); yearly rotation may still be on`,
      facts,
    );
  }
  if (reason === 'UnsupportedOperationException') {
    return new TenantBackupError(
      'NOT_SUPPORTED',
      `key ${keyArn} cannot be rotated by KMS; create another key and make it the default`,
      facts,
    );
  }
  if (reason === 'LimitExceededException') {
    return new TenantBackupError(
      'NOT_SUPPORTED',
      `key ${keyArn} reached the limit of on-demand rotations; create another key and make it the default`,
      facts,
    );
  }
  if (['DisabledException', 'KMSInvalidStateException', 'ConflictException'].includes(reason)) {
    return new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} cannot be rotated now: ${reason}`, facts);
  }
  return undefined;
}
