import {
  CreateSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../aws-errors.ts';
import { TenantBackupError } from '../../errors.ts';
import { ENROLMENT_PREFIX, LANE_TAG, SCHEDULE_TAG } from '../../runtime/names.ts';
import { type Enrolment, parseEnrolmentValue, parseSecret } from './enrolment.ts';
import { describeEnrolment, type ListedEnrolment, listEnrolments } from './enrolment-list.client.ts';
import { parseRootTenantName } from './root-tenant-name.ts';
import {
  enrolmentOfShared,
  isShared,
  parseSharedEnrolment,
  type SharedEnrolment,
  tenantsOfShared,
} from './shared-enrolment.ts';

/** The enrolled tenants: one secret each, `tenant-backup/tenants/<name>`. */
export interface Enrolments {
  /** Lists the enrolments.
   * @param schedule only tenants whose tag names this schedule; all tenants if absent
   * @returns names, sorted; needs `secretsmanager:ListSecrets` and never reads a value */
  list(schedule?: string): Promise<string[]>;
  /** Lists the enrolments with their tags. */
  entries(schedule?: string): Promise<ListedEnrolment[]>;
  /** Finds one enrolment with its tags, even right after its creation; null if there is none. Needs
   * `secretsmanager:DescribeSecret`. */
  find(name: string): Promise<ListedEnrolment | null>;
  /** Reads an enrolment.
   * @throws NOT_ENROLLED, INVALID_ENROLMENT; needs `secretsmanager:GetSecretValue`
   * @throws INVALID_REQUEST if many tenants share it, and the name gives none of them */
  get(name: string): Promise<Enrolment>;
  /** Reads an enrolment that many tenants may share. */
  resolve(name: string): Promise<Enrolment | SharedEnrolment>;
  /** Enrols a tenant.
   * @param text the enrolment as JSON text; validated before it is stored
   * @param lane of the deployment; the default one if absent
   * @throws INVALID_ENROLMENT, ALREADY_ENROLLED; needs `secretsmanager:CreateSecret` */
  add(name: string, text: string, schedule: string, lane?: string): Promise<void>;
}

/** @param prefix beginning of the names of the secrets */
export function createEnrolments(secrets: SecretsManagerClient, prefix = ENROLMENT_PREFIX): Enrolments {
  const resolve: Enrolments['resolve'] = async (name) =>
    parseAnyEnrolment((await readEnrolment(secrets, name, prefix)).text, name);

  return {
    list: async (schedule) => (await listEnrolments(secrets, schedule, prefix)).map(({ name }) => name),

    entries: (schedule) => listEnrolments(secrets, schedule, prefix),

    find: (name) => describeEnrolment(secrets, name, prefix),

    resolve,

    async get(name) {
      const resolved = await resolve(name);
      if (!isShared(resolved)) return resolved;
      const tenants = tenantsOfShared(resolved);
      throw new TenantBackupError(
        'INVALID_REQUEST',
        `enrolment "${name}" is shared by ${tenants.length} tenants: name one, such as ${tenants[0]}`,
        { tenant: name, tenants: tenants.length },
      );
    },

    async add(name, text, schedule, lane) {
      parseNewEnrolment(text, name);
      await secrets
        .send(
          new CreateSecretCommand({
            Name: prefix + name,
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
              `tenant "${name}" is already enrolled${deleted ? ': restore its deleted secret instead' : ''}`,
              { tenant: name },
            );
          }
          return awsError('secretsmanager:CreateSecret', { tenant: name })(error);
        });
    },
  };
}

/** Reads the secret of an enrolment; needs `secretsmanager:GetSecretValue`.
 * @returns its text as it was written, and the id of this version. Holds secrets: never log it
 * @throws NOT_ENROLLED */
export async function readEnrolment(
  secrets: SecretsManagerClient,
  name: string,
  prefix: string,
): Promise<{ readonly text: string; readonly versionId: string }> {
  const { SecretString = '', VersionId = '' } = await secrets
    .send(new GetSecretValueCommand({ SecretId: prefix + name }))
    .catch((error: unknown) => {
      const reason = reasonMissing(error, prefix + name);
      if (reason !== null) {
        throw new TenantBackupError('NOT_ENROLLED', `tenant "${name}" is not enrolled: ${reason}`, {
          tenant: name,
        });
      }
      return awsError('secretsmanager:GetSecretValue', { tenant: name })(error);
    });
  return { text: SecretString, versionId: VersionId };
}

/** Parses an enrolment secret.
 * @param text of the secret
 * @throws INVALID_ENROLMENT */
function parseAnyEnrolment(text: string, name: string): Enrolment | SharedEnrolment {
  const value = parseSecret(text, name);
  return parseSharedEnrolment(value, name) ?? parseEnrolmentValue(value, name);
}

/** Validates an enrolment before it is stored.
 * @throws INVALID_ENROLMENT also for a mistake in one of many tenants, and for a name that enrolments must not have */
export function parseNewEnrolment(text: string, name: string): Enrolment | SharedEnrolment {
  const enrolment = parseAnyEnrolment(text, name);
  if (isShared(enrolment)) {
    for (const entry of Object.keys(enrolment.entries)) enrolmentOfShared(enrolment, entry);
  }
  if (parseRootTenantName(name) === null) return enrolment;
  throw new TenantBackupError(
    'INVALID_ENROLMENT',
    `enrolment "${name}": its name must not contain "--", as only the names of tenants that share an enrolment do`,
    { tenant: name },
  );
}

/** Secrets Manager keeps a deleted secret for 7 to 30 days, and refuses its value and its name until then. */
const isScheduledForDeletion = (error: unknown): boolean =>
  error instanceof Error && error.name === 'InvalidRequestException' && /delet/.test(error.message);

function reasonMissing(error: unknown, secret: string): string | null {
  if (isScheduledForDeletion(error)) return `secret ${secret} is deleted`;
  return error instanceof Error && error.name === 'ResourceNotFoundException' ? `no secret ${secret}` : null;
}
