import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { OperatorPolicy } from '../../functions/runtime/names.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { readLambdaLogs } from '../../scripts/local/lambda-logs.ts';
import { childEnvironment } from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy, enrol } from '../deployed.ts';
import { askedMetrics } from '../infra/metrics-asked-for.ts';
import { publishedMetrics, unpublished } from '../infra/metrics-published.ts';
import { synthesize } from '../infra/synthesize.ts';
import { testStolen } from './stolen.ts';

/** The verbs that `docs/COMMAND.md` promises to each operator policy, run by a person with it and the viewer's alone. The local
 * AWS refuses what the policies do not allow. */

const MAIN_FILE = fileURLToPath(new URL('../../scripts/cli/main.ts', import.meta.url));
const SETTINGS = { drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' } };
const tree = demoTenants()[0]?.tree ?? {};

let deployed: Deployed;
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  folder = await mkdtemp(join(tmpdir(), 'tenant-backup-operators-'));
  [deployed, sandbox] = await Promise.all([deploy(SETTINGS), startSandbox()]);
  await enrol(deployed, sandbox, { id: 'acme', tree });
  await enrol(deployed, sandbox, { id: 'scratch', tree: {} }, { scratch: true });
  await writeFile(join(folder, 'patch.json'), '{}');
  await writeFile(
    join(folder, 'enrolment.json'),
    JSON.stringify({ issuer: 'https://sso.example/shop/system', clientId: 'backup', clientSecret: 'secret' }),
  );
  const { KeyMetadata } = await deployed.deployment.kms.send(
    new CreateKeyCommand({ Tags: [{ TagKey: 'application', TagValue: 'tenant-backup' }] }),
  );
  variables = { KEY: KeyMetadata?.Arn ?? '', FOLDER: folder };
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await sandbox?.close();
  await deployed?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

let variables: Record<string, string> = {};

const operator = async (policy: OperatorPolicy) => {
  const { credentials } = await deployed.asOperator(...new Set<OperatorPolicy>(['viewer', policy]));
  return {
    ...childEnvironment(deployed.localAws),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
  };
};

/** In an order in which each finds what it needs. */
describe.each<[OperatorPolicy, readonly string[]]>([
  ['operator', ['run acme', 'plan acme', 'diff acme', 'drill acme', 'report --now']],
  [
    'restorer',
    // The tenant is as in its backup: the first ends after the plan.
    ['restore acme', 'restore acme --yes', 'patch apply acme $FOLDER/patch.json --dry-run'],
  ],
  [
    'tenantAdministrator',
    [
      'tenants add shop --file $FOLDER/enrolment.json --no-test',
      'tenants update shop --file $FOLDER/enrolment.json --schedule nightly --no-test',
      'tenants pause shop',
      'tenants resume shop',
      'tenants remove shop --confirm shop',
    ],
  ],
  [
    'keyAdministrator',
    [
      'keys add $KEY --purpose configuration --label second',
      'keys default second --purpose configuration',
      'keys default first --purpose configuration',
      'keys rotate second --purpose configuration',
    ],
  ],
  [
    'viewer',
    [
      'list',
      'show acme',
      'download acme --out $FOLDER/acme.tar',
      'verify acme --no-open',
      'status acme',
      'report',
      'tenants list',
      'keys list',
      'keys inspect acme',
      'keys signing',
      'keys check --no-open',
      'retention preview acme',
      'retention check',
      'doctor --no-tenants',
    ],
  ],
])('%s', (policy, commands) => {
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    environment = await operator(policy);
  });

  test.each(commands)('%s', async (command) => {
    const words = command
      .split(' ')
      .map((word) => word.replaceAll(/\$([A-Z]+)/g, (_, name) => variables[name] ?? ''));
    const { output, exitCode } = await runProgram(process.execPath, [MAIN_FILE, ...words], { environment });
    expect(output).not.toMatch(/AWS_ACCESS_DENIED|no permission/);
    // 3: differences and findings. The local AWS rotates no key.
    expect(exitCode === 1 && output.startsWith('NOT_SUPPORTED') ? 0 : exitCode, output).toBeOneOf([0, 3]);
  });
});

testStolen(() => deployed);

test('the audit alone publishes metrics, and all that alarms and dashboard ask for', async () => {
  const lines = (await readLambdaLogs(deployed.localAws))
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const)
    .filter(([, message]) => message.startsWith('{"_aws"'));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.map(([group]) => group).filter((group) => !group.includes('AuditLog'))).toEqual([]);
  const asked = askedMetrics(synthesize(SETTINGS)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
  expect(unpublished(asked, publishedMetrics(lines.map(([, message]) => message)))).toEqual([]);
});
