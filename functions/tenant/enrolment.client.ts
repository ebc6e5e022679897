import {
  CreateSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';
import { ENROLMENT_PREFIX, LANE_TAG, SCHEDULE_TAG } from '../runtime/names.ts';
import { type Enrolment, parseEnrolment } from './enrolment.ts';
import { type ListedEnrolment, listEnrolments } from './enrolment-list.client.ts';
import { parseRootTenantName } from './root-tenant-name.ts';

/** The enrolled tenants: one secret each, `tenant-backup/tenants/<name>`. */
export interface Enrolments {
  /** @param schedule only tenants whose tag names this schedule; all tenants if absent
   * @returns names, sorted; needs `secretsmanager:ListSecrets` and never sees a value */
  list(schedule?: string): Promise<string[]>;
  /** The same with their tags. */
  entries(schedule?: string): Promise<ListedEnrolment[]>;
  /** @throws NOT_ENROLLED, INVALID_ENROLMENT; needs `secretsmanager:GetSecretValue` */
  get(name: string): Promise<Enrolment>;
  /** What `get` has answered last, if it has: it may have changed since. */
  remembered(name: string): Enrolment | undefined;
  /** Enrol a tenant.
   * @param text the enrolment as JSON text; judged before it is stored
   * @param lane of the deployment; the default one if absent
   * @throws INVALID_ENROLMENT, ALREADY_ENROLLED; needs `secretsmanager:CreateSecret` */
  add(name: string, text: string, schedule: string, lane?: string): Promise<void>;
}

/** Enrolments are small; a container that has seen more tenants begins anew. */
const MAX_REMEMBERED = 10_000;

export function createEnrolments(secrets: SecretsManagerClient): Enrolments {
  const memory = new Map<string, Enrolment>();
  return {
    list: async (schedule) => (await listEnrolments(secrets, schedule)).map(({ name }) => name),

    entries: (schedule) => listEnrolments(secrets, schedule),

    async get(name) {
      const { SecretString } = await secrets
        .send(new GetSecretValueCommand({ SecretId: ENROLMENT_PREFIX + name }))
        .catch((error: unknown) => {
          const reason = reasonMissing(error, ENROLMENT_PREFIX + name);
          if (reason !== null) {
            throw new TenantBackupError('NOT_ENROLLED', `tenant "${name}" is not enrolled: ${reason}`, {
              tenant: name,
            });
          }
          return awsError('secretsmanager:GetSecretValue', { tenant: name })(error);
        });
      const enrolment = parseEnrolment(SecretString ?? '', name);
      if (memory.size >= MAX_REMEMBERED) memory.clear();
      memory.set(name, enrolment);
      return enrolment;
    },

    remembered: (name) => memory.get(name),

    async add(name, text, schedule, lane) {
      parseEnrolment(text, name);
      if (parseRootTenantName(name) !== null) {
        throw new TenantBackupError(
          'INVALID_ENROLMENT',
          `enrolment "${name}": its name must not have "--", as those of the tenants of a whole deployment do`,
          { tenant: name },
        );
      }
      await secrets
        .send(
          new CreateSecretCommand({
            Name: ENROLMENT_PREFIX + name,
            Description: `Tenant Backup: how to reach the SecureAuth tenant ${name}`,
            SecretString: text,
            Tags: [
              { Key: SCHEDULE_TAG, Value: schedule },
              ...(lane === undefined ? [] : [{ Key: LANE_TAG, Value: lane }]),
            ],
          }),
        )
        .catch((error: unknown) => {
          const deleted = isScheduledForDeletion(error);
          if (deleted || (error instanceof Error && error.name === 'ResourceExistsException')) {
            throw new TenantBackupError(
              'ALREADY_ENROLLED',
              `tenant "${name}" is enrolled already${deleted ? ': restore its deleted secret instead' : ''}`,
              { tenant: name },
            );
          }
          return awsError('secretsmanager:CreateSecret', { tenant: name })(error);
        });
    },
  };
}

/** Secrets Manager keeps a deleted secret for 7 to 30 days, and refuses its value and its name meanwhile. */
const isScheduledForDeletion = (error: unknown): boolean =>
  error instanceof Error && error.name === 'InvalidRequestException' && /delet/.test(error.message);

function reasonMissing(error: unknown, secret: string): string | null {
  if (isScheduledForDeletion(error)) return `secret ${secret} is deleted`;
  return error instanceof Error && error.name === 'ResourceNotFoundException' ? `no secret ${secret}` : null;
}
