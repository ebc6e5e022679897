import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DrillReport } from '../../functions/drill/drill-report.ts';
import { PROBE_PREFIX } from '../../functions/probe/experiment.ts';
import type { ProbeRecord } from '../../functions/probe/probe-record.ts';
import { ENROLMENT_PREFIX } from '../../functions/runtime/names.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy, enrol } from '../deployed.ts';
import { runCommand } from '../scripts/cli/run-command.ts';

/** A drill as an operator asks for it: the deployed function, with no more rights than its role has. */

let deployed: Deployed;
let sandbox: Sandbox;
beforeAll(async () => {
  [deployed, sandbox] = await Promise.all([
    deploy({ drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch', tenants: ['acme'] } }),
    startSandbox(),
  ]);
});
afterAll(async () => {
  await sandbox?.close();
  await deployed?.close();
});

const run = (...args: readonly string[]) =>
  runCommand(args, { environment: childEnvironment(deployed.localAws) });

test('a drill is refused, then proved, and reported, by a function that reads one enrolment', async () => {
  await enrol(deployed, sandbox, { id: 'acme', tree: demoTenants()[0]?.tree ?? {} });
  await enrol(deployed, sandbox, { id: 'scratch', tree: { name: 'Scratch', servers: {} } });
  expect((await run('run', 'acme', '--quiet')).code).toBe(0);

  const refused = await run('drill', 'acme', '--json');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(JSON.parse(refused.stderr).error).toMatchObject({
    code: 'NOT_SCRATCH',
    next: expect.stringContaining('docs/DRILLS.md'),
  });

  const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  const SecretId = `${ENROLMENT_PREFIX}scratch`;
  const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const marked = JSON.stringify({ ...JSON.parse(SecretString), scratch: true });
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: marked }));
  const asDrill = new SecretsManagerClient(await deployed.asFunction('drillFunction'));
  await expect(
    asDrill.send(new GetSecretValueCommand({ SecretId: `${ENROLMENT_PREFIX}acme` })),
  ).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
  secrets.destroy();
  asDrill.destroy();

  // Nobody says whose turn it is.
  const drilled = await run('drill', '--json');
  expect(drilled).toMatchObject({ code: 0, stderr: '' });
  const report: DrillReport = JSON.parse(drilled.stdout);
  expect(report).toMatchObject({ tenant: 'acme', into: 'scratch', verdict: 'verified' });
  expect(report.equal).toBe(report.compared);
  expect(Object.keys(sandbox.tenant('scratch')['servers'] ?? {})).toContain('customers');

  // The drill probed, as no probe of the deployment was known.
  const probes = () => sandbox.requests.filter(({ path }) => path.includes(PROBE_PREFIX)).length;
  const before = probes();
  expect(before).toBeGreaterThan(20);
  await run('drill', '--quiet');
  expect(probes()).toBe(before);

  const probed = await run('tenants', 'probe', 'scratch', '--json');
  expect(probed).toMatchObject({ code: 0, stderr: '' });
  const record: ProbeRecord = JSON.parse(probed.stdout);
  expect(record).toMatchObject({ deployment: new URL(sandbox.url).host, scratch: 'scratch', leftBehind: [] });
  expect(record.compared).toBeGreaterThan(report.compared);
  expect(record.equal).toBe(record.compared);
  expect(record.findings.filter(({ answer }) => answer === 'unknown')).toEqual([]);
  expect(probes()).toBeGreaterThan(before);
  expect(probed.stdout).not.toContain('canary-');
  const findings = JSON.parse((await run('doctor', '--no-tenants', '--json')).stdout);
  expect(findings).toContainEqual(
    expect.objectContaining({ area: 'probes', subject: record.deployment, verdict: 'ok' }),
  );

  const told = await run('report', '--now');
  expect(told.stdout).toMatch(/DRILLED +WHEN +VERDICT/);
  expect(told.stdout).toMatch(/acme .*verified +\d+ of \d+ .*scratch/);
  expect(told.stdout).not.toMatch(/DRILL_FAILED|DRILLS_SILENT/);
  const { drills } = JSON.parse((await run('report', '--json')).stdout);
  expect(drills).toMatchObject([{ tenant: 'acme', verdict: 'verified', compared: report.compared }]);
  expect(told.stdout + drilled.stdout).not.toContain('canary-');
});
