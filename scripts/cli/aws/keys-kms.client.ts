import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { awsError } from '../../../functions/aws-errors.ts';
import { TenantBackupError } from '../../../functions/errors.ts';

/** What KMS says of a key. */
export interface KeyCondition {
  readonly keyArn: string;
  /** KMS's word: `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `Unavailable`; `NotFound` if it is gone. */
  readonly state: string;
  /** When it will be deleted, if that is planned. */
  readonly deletionTime: Date | null;
  /** `SYMMETRIC_DEFAULT` for a key that can seal backups. */
  readonly keySpec: string | null;
}

/** How a key is rotated by KMS. */
export interface KeyRotation {
  readonly enabled: boolean;
  readonly periodDays: number | null;
  readonly nextTime: Date | null;
  readonly lastTime: Date | null;
}

/** What an operator does with KMS keys. */
export interface KeyAdministration {
  /** Needs `kms:DescribeKey`. */
  describe(key: string): Promise<KeyCondition>;
  /** @returns null for a key that KMS does not rotate, or does not tell about; needs `kms:GetKeyRotationStatus`, and
   * `kms:ListKeyRotations` for the last time */
  rotation(keyArn: string): Promise<KeyRotation | null>;
  /** Make a key that is rotated every year; needs `kms:CreateKey`, `kms:TagResource`, `kms:EnableKeyRotation`.
   * @returns its ARN */
  create(description: string): Promise<string>;
  /** @throws KEY_EXISTS if the alias exists; needs `kms:CreateAlias` */
  nameKey(alias: string, keyArn: string): Promise<void>;
  /** Let an alias name another key; needs `kms:UpdateAlias`. */
  moveAlias(alias: string, keyArn: string): Promise<void>;
  /** Give a key new material now; what the old material sealed still opens; needs `kms:RotateKeyOnDemand`.
   * @throws NOT_SUPPORTED, KEY_UNAVAILABLE */
  rotate(keyArn: string): Promise<void>;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Answers of an endpoint that does not know an action. AWS has all of them. */
const UNKNOWN_ACTION = new Set(['InvalidAction', 'UnknownOperationException', 'NotImplemented']);

/** Answers for keys that are never rotated by KMS, or not in their present state. */
const NO_ROTATION = new Set([
  'UnsupportedOperationException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

export function createKeyAdministration(kms: KMSClient): KeyAdministration {
  const lastRotation = async (keyArn: string): Promise<Date | null> => {
    try {
      const { Rotations = [] } = await kms.send(new ListKeyRotationsCommand({ KeyId: keyArn, Limit: 1000 }));
      const times = Rotations.flatMap(({ RotationDate }) => RotationDate ?? []);
      return times.sort((a, b) => b.getTime() - a.getTime())[0] ?? null;
    } catch (error) {
      // One date less to show is no reason to show nothing.
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
      const { KeyMetadata } = await kms
        .send(
          new CreateKeyCommand({
            Description: description,
            Tags: [{ TagKey: 'application', TagValue: 'tenant-backup' }],
          }),
        )
        .catch(awsError('kms:CreateKey', {}));
      const keyArn = KeyMetadata?.Arn ?? '';
      await kms
        .send(new EnableKeyRotationCommand({ KeyId: keyArn }))
        .catch(awsError('kms:EnableKeyRotation', { keyArn }));
      return keyArn;
    },

    async nameKey(alias, keyArn) {
      await kms
        .send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyArn }))
        .catch((error: unknown) => {
          if (nameOf(error) !== 'AlreadyExistsException')
            awsError('kms:CreateAlias', { alias, keyArn })(error);
          throw new TenantBackupError('KEY_EXISTS', `alias ${alias} exists already`, { alias });
        });
    },

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

/** @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html errors */
function rotationRefusal(keyArn: string, error: unknown): TenantBackupError | undefined {
  const reason = nameOf(error);
  const facts = { keyArn, reason };
  if (UNKNOWN_ACTION.has(reason)) {
    return new TenantBackupError(
      'NOT_SUPPORTED',
      `this endpoint has no kms:RotateKeyOnDemand (${reason}); its keys may still be rotated every year`,
      facts,
    );
  }
  if (reason === 'UnsupportedOperationException') {
    return new TenantBackupError(
      'NOT_SUPPORTED',
      `key ${keyArn} cannot be rotated by KMS; make another key and let it be the default`,
      facts,
    );
  }
  if (reason === 'LimitExceededException') {
    return new TenantBackupError(
      'NOT_SUPPORTED',
      `key ${keyArn} was rotated on demand as often as KMS allows; make another key and let it be the default`,
      facts,
    );
  }
  if (['DisabledException', 'KMSInvalidStateException', 'ConflictException'].includes(reason)) {
    return new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} cannot be rotated now: ${reason}`, facts);
  }
  return undefined;
}
