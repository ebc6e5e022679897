import { randomUUID } from 'node:crypto';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../../functions/aws-errors.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { ENROLMENT_PREFIX, PAUSED_TAG, SCHEDULE_TAG } from '../../../functions/runtime/names.ts';
import { readEnrolment } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import { describeEnrolment } from '../../../functions/tenant/enrolment/enrolment-list.client.ts';

/** Changes enrolments. Only `read` reads their secrets. */
export interface EnrolmentAdministration {
  /** Reads the tags of an enrolment; needs `secretsmanager:DescribeSecret`.
   * @throws NOT_ENROLLED */
  require(name: string): Promise<Tags>;
  /** Reads the secret; needs `secretsmanager:GetSecretValue`.
   * @returns its text, and the id of this version
   * @throws NOT_ENROLLED */
  read(name: string): Promise<{ readonly text: string; readonly versionId: string }>;
  /** Returns the id of the secret's current version; needs `secretsmanager:DescribeSecret`.
   * @throws NOT_ENROLLED */
  currentVersion(name: string): Promise<string>;
  /** Stores another value as the next version; the one before stays as `AWSPREVIOUS`. Needs
   * `secretsmanager:PutSecretValue`, `UpdateSecretVersionStage`.
   * @param versionId the version that this one replaces
   * @throws ENROLMENT_CHANGED if another version is current by now */
  replace(name: string, text: string, versionId: string): Promise<void>;
  /** Names another schedule. A paused tenant stays paused, and is resumed to the new one. Needs
   * `secretsmanager:DescribeSecret`, `TagResource`.
   * @returns the schedule before; null if there was none
   * @throws NOT_ENROLLED */
  reschedule(name: string, schedule: string): Promise<string | null>;
  /** Renames the schedule's tag, so that no schedule finds the tenant; needs `secretsmanager:DescribeSecret`,
   * `TagResource`, `UntagResource`.
   * @throws NOT_ENROLLED, INVALID_ENROLMENT if it has no schedule */
  pause(name: string): Promise<ScheduleChange>;
  /** Renames the tag back; needs the same permissions. */
  resume(name: string): Promise<ScheduleChange>;
  /** Schedules the secret for deletion; until then it can be restored. Needs `secretsmanager:DeleteSecret`. */
  remove(name: string, recoveryDays: number): Promise<{ deletionTime: Date }>;
}

/** The label of the version that readers get.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
const CURRENT = 'AWSCURRENT';

interface Tags {
  readonly schedule: string | null;
  readonly paused: string | null;
}

interface ScheduleChange {
  readonly schedule: string;
  readonly changed: boolean;
}

/** Connects to the enrolments in Secrets Manager. */
export function createEnrolmentAdministration(
  secrets: SecretsManagerClient,
  prefix = ENROLMENT_PREFIX,
): EnrolmentAdministration {
  const idOf = (name: string) => prefix + name;

  const tagsOf = async (name: string): Promise<Tags> => {
    const enrolment = await describeEnrolment(secrets, name, prefix);
    if (enrolment !== null) return { schedule: enrolment.schedule ?? null, paused: enrolment.paused ?? null };
    throw new TenantBackupError(
      'NOT_ENROLLED',
      `tenant "${name}" is not enrolled: no secret ${idOf(name)}, or it is deleted`,
      { tenant: name },
    );
  };

  /** Writes the new tag first, so that a failure in between does not lose the name of the schedule. */
  const move = async (name: string, from: string, to: string, schedule: string): Promise<void> => {
    await secrets
      .send(new TagResourceCommand({ SecretId: idOf(name), Tags: [{ Key: to, Value: schedule }] }))
      .catch(awsError('secretsmanager:TagResource', { tenant: name }));
    await secrets
      .send(new UntagResourceCommand({ SecretId: idOf(name), TagKeys: [from] }))
      .catch(awsError('secretsmanager:UntagResource', { tenant: name }));
  };

  const currentVersion = async (name: string): Promise<string> => {
    await tagsOf(name);
    const { VersionIdsToStages = {} } = await secrets
      .send(new DescribeSecretCommand({ SecretId: idOf(name) }))
      .catch(awsError('secretsmanager:DescribeSecret', { tenant: name }));
    const current = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(CURRENT));
    return current?.[0] ?? '';
  };

  return {
    require: tagsOf,
    currentVersion,
    read: (name) => readEnrolment(secrets, name, prefix),

    async replace(name, text, versionId) {
      const SecretId = idOf(name);
      // The next version is stored beside the current one, and becomes current only in its place: a change that
      // somebody else makes meanwhile is not lost.
      const label = `update-${randomUUID()}`;
      const { VersionId } = await secrets
        .send(new PutSecretValueCommand({ SecretId, SecretString: text, VersionStages: [label] }))
        .catch(awsError('secretsmanager:PutSecretValue', { tenant: name }));
      try {
        await secrets.send(
          new UpdateSecretVersionStageCommand({
            SecretId,
            VersionStage: CURRENT,
            MoveToVersionId: VersionId,
            RemoveFromVersionId: versionId,
          }),
        );
      } catch (error) {
        if ((await currentVersion(name)) === versionId) {
          return awsError('secretsmanager:UpdateSecretVersionStage', { tenant: name })(error);
        }
        throw new TenantBackupError(
          'ENROLMENT_CHANGED',
          `enrolment "${name}" has changed meanwhile; nothing was stored`,
          { tenant: name },
          { cause: error },
        );
      } finally {
        // A label that stays keeps an unused version, and does nothing else.
        await secrets
          .send(
            new UpdateSecretVersionStageCommand({
              SecretId,
              VersionStage: label,
              RemoveFromVersionId: VersionId,
            }),
          )
          .catch(() => {});
      }
    },

    async reschedule(name, schedule) {
      const { schedule: present, paused } = await tagsOf(name);
      const Key = present === null && paused !== null ? PAUSED_TAG : SCHEDULE_TAG;
      await secrets
        .send(new TagResourceCommand({ SecretId: idOf(name), Tags: [{ Key, Value: schedule }] }))
        .catch(awsError('secretsmanager:TagResource', { tenant: name }));
      return present ?? paused;
    },

    async pause(name) {
      const { schedule, paused } = await tagsOf(name);
      if (schedule !== null) {
        await move(name, SCHEDULE_TAG, PAUSED_TAG, schedule);
        return { schedule, changed: true };
      }
      if (paused !== null) return { schedule: paused, changed: false };
      throw new TenantBackupError(
        'INVALID_ENROLMENT',
        `tenant "${name}" has no tag ${SCHEDULE_TAG}: no schedule backs it up`,
        {
          tenant: name,
        },
      );
    },

    async resume(name) {
      const { schedule, paused } = await tagsOf(name);
      if (paused !== null) {
        await move(name, PAUSED_TAG, SCHEDULE_TAG, schedule ?? paused);
        return { schedule: schedule ?? paused, changed: true };
      }
      if (schedule !== null) return { schedule, changed: false };
      throw new TenantBackupError(
        'INVALID_ENROLMENT',
        `tenant "${name}" has neither tag ${SCHEDULE_TAG} nor ${PAUSED_TAG}`,
        { tenant: name },
      );
    },

    async remove(name, recoveryDays) {
      const { DeletionDate } = await secrets
        .send(new DeleteSecretCommand({ SecretId: idOf(name), RecoveryWindowInDays: recoveryDays }))
        .catch(awsError('secretsmanager:DeleteSecret', { tenant: name }));
      return { deletionTime: DeletionDate ?? new Date(Date.now() + recoveryDays * 86_400_000) };
    },
  };
}
