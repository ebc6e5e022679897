import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';
import { ENROLMENT_PREFIX, SCHEDULE_TAG } from '../runtime/names.ts';
import { type Enrolment, parseEnrolment } from './enrolment.ts';

/** The enrolled tenants: one secret each, `tenant-backup/tenants/<name>`. */
export interface Enrolments {
  /** @param schedule only tenants whose tag names this schedule; all tenants if absent
   * @returns names, sorted; needs `secretsmanager:ListSecrets` and never sees a value */
  list(schedule?: string): Promise<string[]>;
  /** @throws NOT_ENROLLED, INVALID_ENROLMENT; needs `secretsmanager:GetSecretValue` */
  get(name: string): Promise<Enrolment>;
  /** Enrol a tenant.
   * @param text the enrolment as JSON text; judged before it is stored
   * @throws INVALID_ENROLMENT, ALREADY_ENROLLED; needs `secretsmanager:CreateSecret` */
  add(name: string, text: string, schedule: string): Promise<void>;
}

export function createEnrolments(secrets: SecretsManagerClient): Enrolments {
  return {
    async list(schedule) {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page: ListSecretsCommandOutput = await secrets
          .send(
            new ListSecretsCommand({
              NextToken: token,
              MaxResults: 100,
              Filters: [
                { Key: 'name', Values: [ENROLMENT_PREFIX] },
                ...(schedule === undefined ? [] : [{ Key: 'tag-value' as const, Values: [schedule] }]),
              ],
            }),
          )
          .catch(awsError('secretsmanager:ListSecrets', {}));
        for (const { Name, Tags } of page.SecretList ?? []) {
          // The service's filters match prefixes of words, and any tag's value: they narrow, this decides.
          const scheduled = Tags?.find((tag) => tag.Key === SCHEDULE_TAG)?.Value;
          if (Name?.startsWith(ENROLMENT_PREFIX) && (schedule === undefined || scheduled === schedule)) {
            names.push(Name.slice(ENROLMENT_PREFIX.length));
          }
        }
        token = page.NextToken;
      } while (token !== undefined);
      return names.sort();
    },

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
      return parseEnrolment(SecretString ?? '', name);
    },

    async add(name, text, schedule) {
      parseEnrolment(text, name);
      await secrets
        .send(
          new CreateSecretCommand({
            Name: ENROLMENT_PREFIX + name,
            Description: `Tenant Backup: how to reach the SecureAuth tenant ${name}`,
            SecretString: text,
            Tags: [{ Key: SCHEDULE_TAG, Value: schedule }],
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
