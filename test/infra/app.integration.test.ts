import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROJECT = join(import.meta.dirname, '..', '..');
const CDK = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'tenant-backup-synth-'));
});
afterEach(() => rmSync(output, { recursive: true }));

/** Runs a program without credentials, region or anything else of this machine. */
const run = (programArguments: readonly string[], environment: Record<string, string> = {}) =>
  spawnSync(process.execPath, programArguments, {
    cwd: PROJECT,
    env: {
      PATH: `${join(PROJECT, 'node_modules', '.bin')}:${process.env['PATH']}`,
      HOME: output,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...environment,
    },
    encoding: 'utf8',
  });

const cdk = (...options: string[]) => run([CDK, ...options, '--output', output]);

/** Runs an app as the CDK's command does, but without bundling the functions. */
const synthesize = (app: string, settings: object = {}) =>
  run([app], {
    CDK_OUTDIR: output,
    CDK_CONTEXT_JSON: JSON.stringify({
      ...context,
      'aws:cdk:bundling-stacks': [],
      tenantBackup: { ...context.tenantBackup, ...settings },
    }),
  });

describe('the app', () => {
  it('is synthesized without AWS credentials, and for any account and region', () => {
    const { status, stderr } = cdk('synth', '--quiet');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const template = readFileSync(join(output, 'TenantBackup.template.json'), 'utf8');
    expect(template).toContain('AWS::AccountId');
    expect(
      JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')).artifacts.TenantBackup,
    ).toMatchObject({
      environment: 'aws://unknown-account/unknown-region',
    });
  });

  it('stops at an unexplained finding of cdk-nag', () => {
    const { status, stdout, stderr } = synthesize('test/infra/unexplained-app.ts');
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('TenantBackup/Forgotten');
    expect(stdout + stderr).toContain('AwsSolutions-S10');
  });

  it('stops at wrong settings with one sentence that names them', () => {
    const { status, stderr } = cdk('list', '-c', 'tenantBackup={"schedules":[],"color":"red"}');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^INVALID_CONFIGURATION: tenantBackup/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(output)).not.toContain('TenantBackup.template.json');
  });

  it('has no unexplained finding of cdk-nag with drills', () => {
    const drill = { schedule: 'rate(7 days)', into: 'scratch' };
    const { status, stderr } = synthesize('infra/app.ts', { drill });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(readFileSync(join(output, 'TenantBackup.template.json'), 'utf8')).toContain('TenantBackup-drill');
  });

  it('takes settings from the command line in place of those shipped', () => {
    const settings = { stackName: 'Trial', schedules: [{ name: 'often', expression: 'rate(5 minutes)' }] };
    const { status, stdout } = cdk('list', '-c', `tenantBackup=${JSON.stringify(settings)}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Trial\n' });
    const template = readFileSync(join(output, 'Trial.template.json'), 'utf8');
    expect(template).toContain('rate(5 minutes)');
    // The audit has a schedule of its own.
    expect(template).not.toContain('cron(0 2 ');
  });
});
