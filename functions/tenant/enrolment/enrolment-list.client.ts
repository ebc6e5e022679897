import {
  DescribeSecretCommand,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  type SecretsManagerClient,
  type Tag,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../aws-errors.ts';
import { ENROLMENT_PREFIX, LANE_TAG, PAUSED_TAG, SCHEDULE_TAG } from '../../runtime/names.ts';

/** An enrolment's name and tags, known without reading its secret. */
export interface ListedEnrolment {
  readonly name: string;
  /** Name of the schedule of its backups. */
  readonly schedule?: string;
  /** Schedule of its backups once it is resumed; only if it is paused. */
  readonly paused?: string;
  /** Lane of its backups; the default one if absent. */
  readonly lane?: string;
  /** When the secret was created. */
  readonly enrolledAt?: Date;
}

/** Finds one enrolment. It finds a new one at once, which a list may lack for minutes. Needs
 * `secretsmanager:DescribeSecret` and never reads a value.
 * @returns null if there is none, or its secret is scheduled for deletion
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html for what a list may lack */
export async function describeEnrolment(
  secrets: SecretsManagerClient,
  name: string,
  prefix = ENROLMENT_PREFIX,
): Promise<ListedEnrolment | null> {
  const described = await secrets
    .send(new DescribeSecretCommand({ SecretId: prefix + name }))
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
      return awsError('secretsmanager:DescribeSecret', { tenant: name })(error);
    });
  return described === null || described.DeletedDate ? null : listed(name, described);
}

/** Lists the enrolments; needs `secretsmanager:ListSecrets` and never reads a value.
 * @param schedule only tenants whose tag names this schedule; all tenants if absent
 * @returns sorted by name */
export async function listEnrolments(
  secrets: SecretsManagerClient,
  schedule: string | undefined,
  prefix: string,
): Promise<ListedEnrolment[]> {
  const enrolments: ListedEnrolment[] = [];
  let token: string | undefined;
  do {
    const page: ListSecretsCommandOutput = await secrets
      .send(
        new ListSecretsCommand({
          NextToken: token,
          MaxResults: 100,
          Filters: [
            { Key: 'name', Values: [prefix] },
            ...(schedule === undefined ? [] : [{ Key: 'tag-value' as const, Values: [schedule] }]),
          ],
        }),
      )
      .catch(awsError('secretsmanager:ListSecrets', {}));
    for (const secret of page.SecretList ?? []) {
      const { Name } = secret;
      if (!Name?.startsWith(prefix)) continue;
      const enrolment = listed(Name.slice(prefix.length), secret);
      // The filters of the service match prefixes of words in any tag: they only narrow the list.
      if (schedule === undefined || enrolment.schedule === schedule) enrolments.push(enrolment);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return enrolments.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listed(
  name: string,
  { Tags, CreatedDate }: { readonly Tags?: Tag[] | undefined; readonly CreatedDate?: Date | undefined },
): ListedEnrolment {
  const tag = (key: string) => Tags?.find((each) => each.Key === key)?.Value;
  const [schedule, paused, lane] = [tag(SCHEDULE_TAG), tag(PAUSED_TAG), tag(LANE_TAG)];
  return {
    name,
    ...(schedule !== undefined && { schedule }),
    ...(paused !== undefined && { paused }),
    ...(lane !== undefined && { lane }),
    ...(CreatedDate !== undefined && { enrolledAt: CreatedDate }),
  };
}
