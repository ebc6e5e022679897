import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { bootstrap } from '../../scripts/local/deploy.ts';
import {
  childEnvironment,
  clientSettings,
  type LocalAws,
  startLocalAws,
} from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { PROJECT } from '../docs/pages.ts';
import { makePrograms } from '../docs/programs.ts';

const MAIN = fileURLToPath(new URL('../../scripts/check-account/main.ts', import.meta.url));
const ACCOUNT = '000000000000';

let localAws: LocalAws;
let sandbox: Sandbox;
let folder = '';
beforeAll(async () => {
  [localAws, sandbox, folder] = await Promise.all([
    startLocalAws(),
    startSandbox(),
    mkdtemp(join(tmpdir(), 'check-account-test-')),
  ]);
  await bootstrap(localAws);
});
afterAll(async () => {
  await sandbox.close();
  await localAws.stop();
  await rm(folder, { recursive: true, force: true });
});

const checkAccount = (...args: string[]) =>
  runProgram(process.execPath, [MAIN, ...args], { environment: childEnvironment(localAws) });

/** Names of stacks and buckets, to find what a check leaves. */
async function leftovers(): Promise<string[]> {
  const cloudFormation = new CloudFormationClient(clientSettings(localAws));
  const s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  const { StackSummaries = [] } = await cloudFormation.send(new ListStacksCommand({}));
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  cloudFormation.destroy();
  s3.destroy();
  const stacks = StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
  return [...stacks.map(({ StackName }) => StackName), ...Buckets.map(({ Name }) => Name)]
    .filter((name) => name !== undefined)
    .filter((name) => /check/i.test(name));
}

describe('the page about deploying in a company', () => {
  it('bootstraps with a policy of its own, and synthesizes an environment', async () => {
    const page = await readFile(join(PROJECT, 'docs/DEPLOYING.md'), 'utf8');
    const blocks = [...page.matchAll(/^```sh deploying\n([\s\S]*?)^```$/gm)].map(([, body = '']) => body);
    expect(blocks.length).toBe(2);
    await writeFile(
      join(folder, 'test.json'),
      JSON.stringify({
        stackName: 'TenantBackup-test',
        schedules: [{ name: 'nightly', expression: 'rate(1 day)' }],
      }),
    );
    // A deployment of this stack is what every other test does.
    const script = blocks
      .join('')
      .replace('cdk deploy', `cdk synth --quiet --output '${join(folder, 'cdk.out')}'`)
      .replace('test.json', join(folder, 'test.json'));
    const environment = childEnvironment(localAws);
    const { exitCode, output } = await runProgram('bash', ['-c', `set -euo pipefail\n${script}`], {
      folder: PROJECT,
      environment: {
        ...environment,
        ACCOUNT,
        PATH: [await makePrograms(folder), environment['PATH']].join(delimiter),
      },
    });
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining('bootstrapped') });
    const template = await readFile(join(folder, 'cdk.out/TenantBackup-test.template.json'), 'utf8');
    expect(template).toContain('TenantBackup-test-backup');
  });
});

describe('the check of an account', () => {
  it('does nothing on an account that the person does not name', async () => {
    const { exitCode, output } = await checkAccount('--account', '111111111111');
    expect({ exitCode, left: await leftovers() }).toEqual({ exitCode: 2, left: [] });
    expect(output).toContain(`you must type ${ACCOUNT} to continue, got "111111111111"; nothing was done`);
  });

  it('cleans up where nothing is left', async () => {
    const { exitCode, output } = await checkAccount('--account', ACCOUNT, '--clean-up');
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringContaining('there is no such stack'),
    });
  });

  it('deploys, backs up, restores, sees every alarm with data, and leaves nothing', async () => {
    const [tenant] = demoTenants();
    if (!tenant) throw new Error('the demonstration has no tenant');
    const { issuer, clients } = sandbox.addTenant(tenant);
    const [client] = clients;
    const enrolment = join(folder, 'scratch.json');
    await writeFile(
      enrolment,
      JSON.stringify({ issuer, clientId: client?.clientId, clientSecret: client?.clientSecret }),
    );
    const { exitCode, output } = await checkAccount(
      '--account',
      ACCOUNT,
      '--enrolment',
      enrolment,
      '--wait',
      '3',
    );
    const results = output.split('\n').filter((line) => /^(ok|failed|skipped) /.test(line));
    expect({ exitCode, results, left: await leftovers() }).toEqual({
      exitCode: 0,
      results: results.filter((line) => line.startsWith('ok')),
      left: [],
    });
    expect(output).toMatch(/\d+ alarms, all OK/);
    expect(output).toMatch(/versions of objects, and the stack/);
    expect(results.length).toBeGreaterThan(10);
  });
});
