import {
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { awsError } from '../aws-errors.ts';
import { ENROLMENT_PREFIX, LANE_TAG, PAUSED_TAG, SCHEDULE_TAG } from '../runtime/names.ts';

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

/** List the enrolments; needs `secretsmanager:ListSecrets` and never sees a value.
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
    for (const { Name, Tags, CreatedDate } of page.SecretList ?? []) {
      const tag = (key: string) => Tags?.find((each) => each.Key === key)?.Value;
      const [scheduled, paused, lane] = [tag(SCHEDULE_TAG), tag(PAUSED_TAG), tag(LANE_TAG)];
      // The service's filters match prefixes of words, and any tag's value: they narrow, this decides.
      if (!Name?.startsWith(ENROLMENT_PREFIX) || (schedule !== undefined && scheduled !== schedule)) continue;
      enrolments.push({
        name: Name.slice(ENROLMENT_PREFIX.length),
        ...(scheduled !== undefined && { schedule: scheduled }),
        ...(paused !== undefined && { paused }),
        ...(lane !== undefined && { lane }),
        ...(CreatedDate !== undefined && { enrolledAt: CreatedDate }),
      });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return enrolments.sort((a, b) => (a.name < b.name ? -1 : 1));
}
