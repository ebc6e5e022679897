import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { awsError } from '../../../functions/aws-errors.ts';
import { isTenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import { KEY_PURPOSES, OutputName } from '../../../functions/runtime/names.ts';
import { compareBucket } from '../../../functions/vault/retention/retention-check.ts';
import { parseRetentionPolicy } from '../../../functions/vault/retention/retention-policy.ts';
import { createRetentionClient } from '../../../functions/vault/storage/retention.client.ts';
import { awsText, commandText, idWord } from '../ui/command-text.ts';
import { hintFor } from '../ui/hints.ts';
import { checkTenant } from './check-tenant.client.ts';
import type { Deployment } from './deployment.client.ts';
import { openKeyTools } from './key-tools.ts';
import { openEnrolments } from './open-enrolments.client.ts';
import { listSchedules } from './schedules.client.ts';

/** The result of one check. `unknown`: the caller has no permission to check, or no recent probe has observed it. */
export interface Finding {
  readonly area: 'caller' | 'stack' | 'keys' | 'vault' | 'schedules' | 'queues' | 'probes' | 'tenants';
  readonly subject: string;
  readonly verdict: 'ok' | 'failed' | 'unknown';
  readonly message: string;
  /** What to do next; null if no action is needed. */
  readonly next: string | null;
}

type Area = Finding['area'];

export const ok = (area: Area, subject: string, message: string): Finding => ({
  area,
  subject,
  verdict: 'ok',
  message,
  next: null,
});

export const failed = (area: Area, subject: string, message: string, next: string): Finding => ({
  area,
  subject,
  verdict: 'failed',
  message,
  next,
});

export const unknown = (area: Area, subject: string, message: string, next: string): Finding => ({
  area,
  subject,
  verdict: 'unknown',
  message,
  next,
});

/** Runs a check. A missing permission makes it `unknown`, any other error `failed`.
 * @throws AWS_NOT_CONFIGURED, AWS_UNAVAILABLE, which would fail every check */
export async function runCheck(
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
    if (code !== 'AWS_ACCESS_DENIED') return [failed(area, subject, `${code}: ${message}`, hintFor(error))];
    const next = 'attach the policy that allows it (docs/COMMAND.md, People), or ask an administrator';
    return [unknown(area, subject, `no permission to check: ${message}`, next)];
  }
}

const DEPLOY = 'npx cdk deploy';

/** Outputs of deployments with drills only. */
const OPTIONAL_OUTPUTS: ReadonlySet<string> = new Set([OutputName.drillFunction]);

/** Checks that the stack has every output that this release of the command reads. */
export async function checkStack(deployment: Deployment): Promise<Finding[]> {
  const missing: string[] = [];
  const needed = (Object.entries(OutputName) as [keyof typeof OutputName, string][]).filter(
    ([, output]) => !OPTIONAL_OUTPUTS.has(output),
  );
  for (const [name, output] of needed) {
    await deployment.output(name).catch((error: unknown) => {
      // A missing stack is an error; a missing output is a finding.
      if (!isTenantBackupError(error) || !error.message.includes('has no output')) throw error;
      missing.push(output);
    });
  }
  return missing.length === 0
    ? [ok('stack', 'outputs', `all ${needed.length} present`)]
    : [
        failed(
          'stack',
          'outputs',
          `missing ${missing.join(', ')}: the stack is older than this command`,
          DEPLOY,
        ),
      ];
}

/** Checks that each purpose has a default key, and that every key is enabled. */
export async function checkKeyStates(stack: string): Promise<Finding[]> {
  const { registry, administration, deployment } = await openKeyTools(stack);
  const keys = await registry.list();
  const findings = KEY_PURPOSES.filter(
    (purpose) => !keys.some((key) => key.purpose === purpose && key.isDefault),
  ).map((purpose) =>
    failed(
      'keys',
      purpose,
      'no default key',
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
        ? ok('keys', name, 'enabled')
        : failed(
            'keys',
            name,
            `must be Enabled, is ${state}${deletionTime ? `, deletion on ${deletionTime.toISOString().slice(0, 10)}` : ''}`,
            `${awsText('kms', state === 'PendingDeletion' ? 'cancel-key-deletion' : 'enable-key', '--key-id', keyArn)}; docs/KEYS.md`,
          ),
    );
  }
  return findings;
}

/** Compares the vault bucket with its deployment. */
export async function checkVault(deployment: Deployment): Promise<Finding[]> {
  const bucket = await deployment.output('vaultBucket');
  const policy = parseRetentionPolicy(await deployment.output('retention'), 'output Retention');
  const settings = await createRetentionClient(deployment.s3, bucket).readSettings();
  const differences = compareBucket(policy, bucket, settings);
  if (differences.length === 0) return [ok('vault', bucket, 'settings as deployed')];
  return differences.map(({ setting, expected, found }) =>
    failed(
      'vault',
      setting,
      `deployed as ${expected}, is ${found}`,
      `${DEPLOY}; ${commandText('retention', 'check')}`,
    ),
  );
}

/** Checks that there are schedules, and that each is enabled. */
export async function checkSchedules({ scheduler, output }: Deployment): Promise<Finding[]> {
  const schedules = await listSchedules({ scheduler, output });
  if (schedules.length === 0) {
    return [
      failed(
        'schedules',
        '-',
        'no schedules: no automatic backups',
        `set schedules in cdk.json, then: ${DEPLOY}`,
      ),
    ];
  }
  return schedules.map(({ Name = '', State }) =>
    State === 'ENABLED'
      ? ok('schedules', Name, 'enabled')
      : failed(
          'schedules',
          Name,
          `must be ENABLED, is ${State}`,
          `enable it in EventBridge Scheduler, or: ${DEPLOY}`,
        ),
  );
}

const FAILURE_QUEUES = {
  deadLetterQueueUrl:
    'backups that failed after all tries: read the attributes code and reason of the messages, then purge the queue',
  undeliveredQueueUrl:
    'schedule invocations that failed: read the log of the dispatch function, then purge the queue',
} as const;

/** Checks that the failure queues are empty. */
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
    ok('queues', 'requests', `${await depthOf(await output('queueUrl'))} waiting or in progress`),
  ];
  for (const [name, meaning] of Object.entries(FAILURE_QUEUES) as [keyof typeof FAILURE_QUEUES, string][]) {
    const url = await output(name);
    const depth = await depthOf(url);
    findings.push(
      depth === 0
        ? ok('queues', OutputName[name], 'empty')
        : failed('queues', OutputName[name], `${depth} messages`, `${meaning} (${url})`),
    );
  }
  return findings;
}

const TENANTS_AT_A_TIME = 4;

/** Checks that every tenant has a schedule, and the connection to each.
 * @param limit how many enrolments are read at most */
export async function checkTenants(deployment: Deployment, limit: number): Promise<Finding[]> {
  const enrolments = await openEnrolments(deployment);
  const entries = await enrolments.entries();
  const names = new Set((await listSchedules(deployment)).map(({ Name }) => Name));
  const unscheduled = entries.flatMap(({ name, schedule, paused }) => {
    if (schedule === undefined && paused !== undefined) return [];
    if (schedule !== undefined && names.has(schedule)) return [];
    const what =
      schedule === undefined ? 'has no schedule' : `has schedule ${schedule}, which does not exist`;
    return [
      failed(
        'tenants',
        name,
        `${what}: it is never backed up`,
        `${awsText('secretsmanager', 'tag-resource', '--secret-id', `tenant-backup/tenants/${name}`)} --tags Key=tenant-backup:schedule,Value=<schedule>`,
      ),
    ];
  });
  const examined = await mapLimited(entries.slice(0, limit), TENANTS_AT_A_TIME, ({ name }) =>
    runCheck('tenants', name, async () => {
      const checks = await checkTenant(name, enrolments, { withExport: false });
      const problems = checks.filter((check) => !check.ok);
      if (problems.length === 0)
        return [ok('tenants', name, [...new Set(checks.map(({ check }) => check))].join(', '))];
      return problems.map(({ check, code, message }) =>
        failed(
          'tenants',
          name,
          `${check}: ${code === null ? '' : `${code}: `}${message}`,
          commandText('tenants', 'test', idWord(name, 'tenant')),
        ),
      );
    }),
  );
  return [...unscheduled, ...examined.flat()];
}
