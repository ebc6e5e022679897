import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { awsError } from '../../../functions/aws-errors.ts';
import { isTenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import { KEY_PURPOSES, OutputName } from '../../../functions/runtime/names.ts';
import { createEnrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import { compareBucket } from '../../../functions/vault/retention/retention-check.ts';
import { parseRetentionPolicy } from '../../../functions/vault/retention/retention-policy.ts';
import { createRetentionClient } from '../../../functions/vault/storage/retention.client.ts';
import { awsText, commandText } from '../ui/command-text.ts';
import { hintFor } from '../ui/hints.ts';
import { checkTenant } from './check-tenant.client.ts';
import type { Deployment } from './deployment.ts';
import { openKeyTools } from './keys-tools.ts';
import { listSchedules } from './schedules.client.ts';

/** What one check came to. `unknown`: the caller may not look. */
export interface Finding {
  readonly area: 'caller' | 'stack' | 'keys' | 'vault' | 'schedules' | 'queues' | 'tenants';
  readonly subject: string;
  readonly verdict: 'fine' | 'wrong' | 'unknown';
  readonly message: string;
  /** What to do about it. */
  readonly next: string | null;
}

type Area = Finding['area'];

export const fine = (area: Area, subject: string, message: string): Finding => ({
  area,
  subject,
  verdict: 'fine',
  message,
  next: null,
});

export const wrong = (area: Area, subject: string, message: string, next: string): Finding => ({
  area,
  subject,
  verdict: 'wrong',
  message,
  next,
});

/** Run a check; what it is refused for want of a permission is unknown, what it fails at otherwise is wrong.
 * @throws AWS_NOT_CONFIGURED, AWS_UNAVAILABLE: then every check would fail alike */
export async function examine(
  area: Area,
  subject: string,
  check: () => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (!isTenantBackupError(error) || ['AWS_NOT_CONFIGURED', 'AWS_UNAVAILABLE'].includes(error.code))
      throw error;
    const { code, message } = error;
    if (code !== 'AWS_ACCESS_DENIED') return [wrong(area, subject, `${code}: ${message}`, hintFor(error))];
    const next = 'attach the policy that allows it (docs/COMMAND.md, People), or ask somebody who has it';
    return [{ area, subject, verdict: 'unknown', message: `you may not look: ${message}`, next }];
  }
}

const DEPLOY = 'npx cdk deploy';

/** There where the deployment has drills, and only there. */
const OPTIONAL_OUTPUTS: ReadonlySet<string> = new Set([OutputName.drillFunction]);

/** Whether the stack has all that this release of the command asks it for. */
export async function checkStack(deployment: Deployment): Promise<Finding[]> {
  const missing: string[] = [];
  const needed = (Object.entries(OutputName) as [keyof typeof OutputName, string][]).filter(
    ([, output]) => !OPTIONAL_OUTPUTS.has(output),
  );
  for (const [name, output] of needed) {
    await deployment.output(name).catch((error: unknown) => {
      // Without any outputs there is no stack to examine.
      if (!isTenantBackupError(error) || !error.message.includes('has no output')) throw error;
      missing.push(output);
    });
  }
  return missing.length === 0
    ? [fine('stack', 'outputs', `all ${needed.length} are there`)]
    : [wrong('stack', 'outputs', `lacks ${missing.join(', ')}: it is older than this command`, DEPLOY)];
}

export async function checkKeyStates(stack: string): Promise<Finding[]> {
  const { registry, administration, deployment } = await openKeyTools(stack);
  const keys = await registry.list();
  const findings = KEY_PURPOSES.filter(
    (purpose) => !keys.some((key) => key.purpose === purpose && key.isDefault),
  ).map((purpose) =>
    wrong(
      'keys',
      purpose,
      'no key is the default',
      `${commandText('keys', 'list')}; ${commandText('keys', 'default')}`,
    ),
  );
  const named = [
    ...keys.map(({ keyArn, purpose, labels }) => ({ keyArn, name: `${purpose} ${labels.join(', ')}` })),
    { keyArn: await deployment.output('fingerprintKeyArn'), name: 'fingerprint' },
    { keyArn: await deployment.output('signingKeyArn'), name: 'signing' },
  ];
  for (const { keyArn, name } of named) {
    const { state, deletionTime } = await administration.describe(keyArn);
    findings.push(
      state === 'Enabled'
        ? fine('keys', name, 'enabled')
        : wrong(
            'keys',
            name,
            `must be Enabled, is ${state}${deletionTime ? `, gone for ever on ${deletionTime.toISOString().slice(0, 10)}` : ''}`,
            `${awsText('kms', state === 'PendingDeletion' ? 'cancel-key-deletion' : 'enable-key', '--key-id', keyArn)}; docs/KEYS.md`,
          ),
    );
  }
  return findings;
}

export async function checkVault(deployment: Deployment): Promise<Finding[]> {
  const bucket = await deployment.output('vaultBucket');
  const policy = parseRetentionPolicy(await deployment.output('retention'), 'output Retention');
  const settings = await createRetentionClient(deployment.s3, bucket).readSettings();
  const differences = compareBucket(policy, bucket, settings);
  if (differences.length === 0) return [fine('vault', bucket, 'keeps backups as deployed')];
  return differences.map(({ setting, expected, found }) =>
    wrong(
      'vault',
      setting,
      `deployed as ${expected}, is ${found}`,
      `${DEPLOY}; ${commandText('retention', 'check')}`,
    ),
  );
}

/** @returns the findings, and the names of the schedules that fire */
export async function checkSchedules({ scheduler, output }: Deployment): Promise<Finding[]> {
  const schedules = await listSchedules({ scheduler, output });
  if (schedules.length === 0) {
    return [
      wrong(
        'schedules',
        '-',
        'there is none: nothing is backed up by itself',
        `set schedules in cdk.json, then: ${DEPLOY}`,
      ),
    ];
  }
  return schedules.map(({ Name = '', State }) =>
    State === 'ENABLED'
      ? fine('schedules', Name, 'enabled')
      : wrong(
          'schedules',
          Name,
          `must be ENABLED, is ${State}`,
          `enable it in EventBridge Scheduler, or: ${DEPLOY}`,
        ),
  );
}

const SET_ASIDE = {
  deadLetterQueueUrl:
    'backups that failed for good: look at the attributes code and reason of the messages, then purge',
  undeliveredQueueUrl:
    'calls of schedules that nobody answered: look at the log of the dispatch function, then purge',
} as const;

export async function checkQueues({ sqs, output }: Deployment): Promise<Finding[]> {
  const depthOf = async (url: string): Promise<number> => {
    const { Attributes = {} } = await sqs
      .send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      )
      .catch(awsError('sqs:GetQueueAttributes', {}));
    return Object.values(Attributes).reduce((sum, text) => sum + Number(text), 0);
  };
  const findings = [
    fine('queues', 'requests', `${await depthOf(await output('queueUrl'))} waiting or at work`),
  ];
  for (const [name, meaning] of Object.entries(SET_ASIDE) as [keyof typeof SET_ASIDE, string][]) {
    const url = await output(name);
    const depth = await depthOf(url);
    findings.push(
      depth === 0
        ? fine('queues', OutputName[name], 'empty')
        : wrong('queues', OutputName[name], `${depth} messages`, `${meaning} (${url})`),
    );
  }
  return findings;
}

const TENANTS_AT_A_TIME = 4;

/** @param limit how many enrolments are read at most */
export async function checkTenants(deployment: Deployment, limit: number): Promise<Finding[]> {
  const enrolments = createEnrolments(deployment.secrets);
  const entries = await enrolments.entries();
  const names = new Set((await listSchedules(deployment)).map(({ Name }) => Name));
  const unscheduled = entries.flatMap(({ name, schedule, paused }) => {
    if (schedule === undefined && paused !== undefined) return [];
    if (schedule !== undefined && names.has(schedule)) return [];
    const what =
      schedule === undefined ? 'has no schedule' : `has the schedule ${schedule}, which does not exist`;
    return [
      wrong(
        'tenants',
        name,
        `${what}: it is never backed up`,
        `${awsText('secretsmanager', 'tag-resource', '--secret-id', `tenant-backup/tenants/${name}`)} --tags Key=tenant-backup:schedule,Value=<schedule>`,
      ),
    ];
  });
  const examined = await mapLimited(entries.slice(0, limit), TENANTS_AT_A_TIME, ({ name }) =>
    examine('tenants', name, async () => {
      const checks = await checkTenant(name, enrolments, { withExport: false });
      const failed = checks.filter((check) => !check.fine);
      if (failed.length === 0)
        return [fine('tenants', name, [...new Set(checks.map(({ check }) => check))].join(', '))];
      return failed.map(({ check, code, message }) =>
        wrong(
          'tenants',
          name,
          `${check}: ${code === null ? '' : `${code}: `}${message}`,
          commandText('tenants', 'test', name),
        ),
      );
    }),
  );
  return [...unscheduled, ...examined.flat()];
}
