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
  /** Creates a key with yearly rotation; needs `kms:CreateKey`, `kms:TagResource`, `kms:EnableKeyRotation`.
   * @returns its ARN */
  create(description: string): Promise<string>;
  /** Creates an alias for a key; needs `kms:CreateAlias`.
   * @throws KEY_EXISTS */
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

/** Connects to KMS. */
export function createKeyAdministration(kms: KMSClient): KeyAdministration {
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
