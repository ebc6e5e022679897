import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import {
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { type DemoTenant, demoTenants } from '../../scripts/demo/tenants.ts';
import { AWKWARD_AWS } from '../../scripts/local/awkward.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { type ProgramResult, runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox, type TenantAccess } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy, enrol, untilPoliciesSeeAliases } from '../deployed.ts';
import { makePrograms } from '../docs/programs.ts';
import { BEFORE_DEPLOYMENT, type Preparation, REHEARSAL, type Step } from '../docs/rehearsal.ts';

/** The commands of the pages, typed as they stand there into a shell, with the operator's command and the AWS CLI. */

const DOCUMENTED_ISSUER = 'https://acme.eu.authz.cloudentity.io/acme/system';
/** An id in output that is shown; it is another one each time. */
const DOCUMENTED_PLAN = '9cba1dfe186e0397d28b14cb05277329f83eeba4579fffb4e113aaa64ba63944';
const SECRET = 'tenant-backup/tenants/acme';

let folder: string;
let programs: string;
let deployed: Deployed;
let sandbox: Sandbox;
let acme: TenantAccess;
let secrets: SecretsManagerClient;
let kms: KMSClient;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  folder = await mkdtemp(join(tmpdir(), 'tenant-backup-pages-'));
  programs = await makePrograms(folder);
  await writeFile(join(folder, 'variables'), '');
  for (const step of BEFORE_DEPLOYMENT) expectOf(step, await perform(step, process.env));
  const halves = await readdir(join(folder, 'escrow'));
  const half = (kind: string) => join(folder, 'escrow', halves.find((name) => name.includes(kind)) ?? '');
  await copyFile(half('private'), join(folder, 'escrow.private.pem'));
  [deployed, sandbox] = await Promise.all([
    deploy({
      maxReceiveCount: 1,
      retryDelaySeconds: 0,
      escrowPublicKey: await readFile(half('public'), 'utf8'),
      drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' },
    }),
    startSandbox(),
  ]);
  secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  kms = new KMSClient(clientSettings(deployed.localAws));
  const [first, second] = demoTenants() as [DemoTenant, DemoTenant];
  await enrol(deployed, sandbox, { id: 'globex', tree: second.tree });
  acme = sandbox.addTenant({ ...first, id: 'acme', clients: [{ clientId: 'backup' }] });
  await writeFile(join(folder, 'secret'), acme.clients[0]?.clientSecret ?? '');
  await remember({ SANDBOX: sandbox.url });
  await prepare('enrolment');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  secrets?.destroy();
  kms?.destroy();
  await sandbox?.close();
  await deployed?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Type a command. What it exports, later ones find. */
async function perform(
  { command, answers, isApart = false }: Step,
  environment: NodeJS.ProcessEnv,
): Promise<ProgramResult> {
  const [, exported] = /^export (\w+)=/.exec(command) ?? [];
  const known = command.replace(DOCUMENTED_ISSUER, acme?.issuer ?? '').replace(DOCUMENTED_PLAN, '$PLAN');
  const typed = [known, answers].filter(Boolean).join(' ');
  const keep = exported === undefined ? [] : [`echo "export ${exported}='$${exported}'" >> variables`];
  const script = [
    'set -euo pipefail',
    `. '${join(folder, 'variables')}'`,
    `{ ${[typed, ...keep].join('\n')}`,
    '} 2>&1 | cat',
  ];
  return runProgram('bash', ['-c', script.join('\n')], {
    folder: isApart ? join(folder, 'apart') : folder,
    environment: { ...environment, PATH: [programs, environment['PATH']].join(delimiter) },
  });
}

const type = (step: Step): Promise<ProgramResult> => perform(step, childEnvironment(deployed.localAws));

function expectOf({ exit = 0, prints = /^/ }: Step, { exitCode, output }: ProgramResult): void {
  expect({ exitCode, output }).toEqual({ exitCode: exit, output: expect.stringMatching(prints) });
}

async function json<Result>(command: string): Promise<Result> {
  const { output } = await type({ command: `${command} --json --quiet` });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Result;
}

async function remember(variables: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(join(folder, 'variables'), lines.join(''), { flag: 'a' });
}

let keyInDanger = '';

async function prepare(what: Preparation): Promise<unknown> {
  const { deployment } = deployed;
  switch (what) {
    case 'enrolment': {
      const [client] = acme.clients;
      const enrolment = {
        issuer: acme.issuer,
        clientId: client?.clientId,
        clientSecret: client?.clientSecret,
      };
      return writeFile(join(folder, 'enrolment.json'), JSON.stringify(enrolment));
    }
    case 'acme is not enrolled':
      return secrets.send(new DeleteSecretCommand({ SecretId: SECRET, ForceDeleteWithoutRecovery: true }));
    case 'the enrolment of acme is deleted':
      return secrets.send(new DeleteSecretCommand({ SecretId: SECRET }));
    case 'lists have acme':
      // Until then they have the enrolment from before its deletion, and then its deletion.
      return sleep(AWKWARD_AWS.secretsListLagSeconds * 1000 + 500);
    case 'acme is damaged':
      return sandbox.changeTenant('acme', (tree) => void damage(tree, 'backup'));
    case 'globex is damaged':
      return sandbox.changeTenant('globex', (tree) => void damage(tree, 'tenant-backup'));
    case 'the plan of globex is stale': {
      await prepare('globex is damaged');
      const { planId } = await json<PlanAnswer>('tenant-backup plan globex');
      sandbox.changeTenant('globex', (tree) => void damage(tree, 'tenant-backup'));
      return remember({ PLAN: planId });
    }
    case 'an archive is hidden': {
      const Bucket = deployment.output('vaultBucket');
      const { VersionId = '' } = await deployment.s3.send(
        new DeleteObjectCommand({ Bucket, Key: 'daily/acme.tar' }),
      );
      return remember({ MARKER: VersionId });
    }
    case 'a key is about to go': {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 }));
      keyInDanger = KeyMetadata?.Arn ?? '';
      return remember({ KEY: keyInDanger });
    }
    case 'a grant lets somebody in': {
      const { GrantId = '' } = await kms.send(
        new CreateGrantCommand({
          KeyId: keyInDanger,
          GranteePrincipal: 'arn:aws:iam::000000000000:user/mallory',
          Operations: ['Decrypt'],
        }),
      );
      return remember({ GRANT: GrantId });
    }
    case 'a scratch tenant is enrolled':
      return enrol(deployed, sandbox, { id: 'scratch', tree: {} }, { scratch: true });
    case 'a backup has failed':
      sandbox.setFault('acme', { kind: 'redacted', times: 1 });
      return type({ command: 'tenant-backup run acme' });
    case 'the signing key is at hand': {
      const files = await readdir(join(folder, 'escrow'));
      const file = files.find((name) => name.startsWith('signing-')) ?? '';
      return copyFile(join(folder, 'escrow', file), join(folder, 'signing.pem'));
    }
    case 'an export is saved':
      return writeFile(join(folder, 'tenant.json'), JSON.stringify(sandbox.tenant('acme')));
    case 'acme is gone': {
      const SecretString = await readFile(join(folder, 'enrolment.json'), 'utf8');
      const enrolment = JSON.stringify({ ...JSON.parse(SecretString), parts: PARTS });
      await secrets.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: enrolment }));
      expectOf({ command: '', prints: /stored/ }, await type({ command: 'tenant-backup run acme' }));
      await enrol(deployed, sandbox, { id: 'acme-two', tree: {} }, { parts: PARTS });
      sandbox.setFault('acme', { kind: 'fail', status: 404 });
      await mkdir(join(folder, 'apart'));
      return writeFile(join(folder, 'apart', 'new-tenant.yaml'), await transformOfPage());
    }
    case 'ids': {
      const [newest, ...older] = await json<{ versionId: string }[]>('tenant-backup list acme --tier daily');
      const { operation } = await json<StatusReport>('tenant-backup status acme');
      return remember({
        VERSION: newest?.versionId ?? '',
        BEFORE: older[0]?.versionId ?? '',
        SAFETY_BACKUP: operation?.safetyBackup ?? '',
        OPERATION: operation?.operationId ?? '',
      });
    }
  }
}

const PARTS = ['hub', 'system', 'identity'];

/** What the runbook says to write into `new-tenant.yaml`. */
async function transformOfPage(): Promise<string> {
  const text = await readFile(new URL('../../docs/RUNBOOK.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split('\n## The SecureAuth tenant is gone\n');
  return /^```yaml\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '';
}

/** Elements of a list that only dumps have, as they are in any tenant. */
const elementsOf = (tenant: string, list: string): string[] =>
  (
    (({ ...sandbox.dump(tenant, false), ...sandbox.identity(tenant) }) as Record<string, object[]>)[list] ??
    []
  )
    .map((each) => JSON.stringify(each).replaceAll('"tenant_id":"acme-two"', '"tenant_id":"acme"'))
    .toSorted();

describe('the pages, command by command', () => {
  test.each(REHEARSAL.map((step) => [step.command, step] as const))('%s', async (_, step) => {
    if (step.before !== undefined) await prepare(step.before);
    expectOf(step, await type(step));
    // As the pages tell their readers.
    if (/ keys (create|add) /.test(step.command)) await untilPoliciesSeeAliases();
  });

  test('end with a new tenant that has people, roles, ACRs and vanity domains of the one that is gone', () => {
    for (const list of [
      'users',
      'user_credentials',
      'group_members',
      'roles',
      'acrs',
      'vanity_domains',
      'secrets',
    ]) {
      const elements = elementsOf('acme', list);
      expect([list, elements.length > 0]).toEqual([list, true]);
      expect([list, elementsOf('acme-two', list)]).toEqual([list, elements]);
    }
    const workspaces = (tenant: string) => Object.keys(sandbox.tenant(tenant)['servers'] ?? {}).toSorted();
    expect(workspaces('acme-two')).toEqual(workspaces('acme'));
  });
});
