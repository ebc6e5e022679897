import {
  DeleteSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../../functions/aws-errors.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { ENROLMENT_PREFIX, PAUSED_TAG, SCHEDULE_TAG } from '../../../functions/runtime/names.ts';
import { describeEnrolment } from '../../../functions/tenant/enrolment/enrolment-list.client.ts';

/** Changes enrolments without reading their secrets. */
export interface EnrolmentAdministration {
  /** Reads the tags of an enrolment; needs `secretsmanager:DescribeSecret`.
   * @throws NOT_ENROLLED */
  require(name: string): Promise<Tags>;
  /** Renames the schedule's tag, so that no schedule finds the tenant; needs `secretsmanager:DescribeSecret`,
   * `TagResource`, `UntagResource`.
   * @throws NOT_ENROLLED, INVALID_ENROLMENT if it has no schedule */
  pause(name: string): Promise<ScheduleChange>;
  /** Renames the tag back; needs the same permissions. */
  resume(name: string): Promise<ScheduleChange>;
  /** Schedules the secret for deletion; until then it can be restored. Needs `secretsmanager:DeleteSecret`. */
  remove(name: string, recoveryDays: number): Promise<{ deletionTime: Date }>;
}

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

  return {
    require: tagsOf,

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
