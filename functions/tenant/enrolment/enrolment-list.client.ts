import {
  DescribeSecretCommand,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  type SecretsManagerClient,
  type Tag,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../aws-errors.ts';
import { ENROLMENT_PREFIX, LANE_TAG, PAUSED_TAG, SCHEDULE_TAG } from '../../runtime/names.ts';

/** What is known of an enrolment without reading it: its name and tags. */
export interface ListedEnrolment {
  readonly name: string;
  /** Name of the schedule that backs it up. */
  readonly schedule?: string;
  /** Schedule that will back it up again once it is resumed, if it is paused. */
  readonly paused?: string;
  /** Lane that its backups wait in; the default one if absent. */
  readonly lane?: string;
  /** When the secret was made. */
  readonly enrolledAt?: Date;
}

/** Finds one enrolment, also one that was made just now: the list may lack it for minutes. Needs `secretsmanager:DescribeSecret`
 * and never sees a value.
 * @returns null if there is none, or its secret is being deleted
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html for what a list may lack */
export async function describeEnrolment(
  secrets: SecretsManagerClient,
  name: string,
): Promise<ListedEnrolment | null> {
  const described = await secrets
    .send(new DescribeSecretCommand({ SecretId: ENROLMENT_PREFIX + name }))
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
      return awsError('secretsmanager:DescribeSecret', { tenant: name })(error);
    });
  return described === null || described.DeletedDate ? null : listed(name, described);
}

/** Lists the enrolments; needs `secretsmanager:ListSecrets` and never sees a value.
 * @param schedule only tenants whose tag names this schedule; all tenants if absent
 * @returns sorted by name */
export async function listEnrolments(
  secrets: SecretsManagerClient,
  schedule?: string,
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
            { Key: 'name', Values: [ENROLMENT_PREFIX] },
            ...(schedule === undefined ? [] : [{ Key: 'tag-value' as const, Values: [schedule] }]),
          ],
        }),
      )
      .catch(awsError('secretsmanager:ListSecrets', {}));
    for (const secret of page.SecretList ?? []) {
      const { Name } = secret;
      if (!Name?.startsWith(ENROLMENT_PREFIX)) continue;
      const enrolment = listed(Name.slice(ENROLMENT_PREFIX.length), secret);
      // The service's filters match prefixes of words, and any tag's value: they narrow, this decides.
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
