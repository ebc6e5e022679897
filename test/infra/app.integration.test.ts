import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROJECT = join(import.meta.dirname, '..', '..');
const CDK = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'tenant-backup-synth-'));
});
afterEach(() => rmSync(output, { recursive: true }));

/** Run the CDK's own command, without credentials, region or anything else of this machine. */
const cdk = (...options: string[]) =>
  spawnSync(process.execPath, [CDK, ...options, '--output', output], {
    cwd: PROJECT,
    env: {
      PATH: `${join(PROJECT, 'node_modules', '.bin')}:${process.env['PATH']}`,
      HOME: output,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    encoding: 'utf8',
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

  it('stops at what cdk-nag finds and nobody has explained', () => {
    const { status, stderr } = cdk('synth', '--quiet', '--app', 'node test/infra/unexplained-app.ts');
    expect(status).toBe(1);
    expect(stderr).toContain('TenantBackup/Forgotten');
    expect(stderr).toContain('AwsSolutions-S10');
  });

  it('stops at wrong settings with one sentence that names them', () => {
    const { status, stderr } = cdk('list', '-c', 'tenantBackup={"schedules":[],"color":"red"}');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^INVALID_CONFIGURATION: tenantBackup/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(output)).not.toContain('TenantBackup.template.json');
  });

  it('leaves nothing of the drill unexplained to cdk-nag', () => {
    const settings = {
      schedules: [{ name: 'nightly', expression: 'rate(1 day)' }],
      drill: { schedule: 'rate(7 days)', into: 'scratch' },
    };
    const { status, stderr } = cdk('synth', '--quiet', '-c', `tenantBackup=${JSON.stringify(settings)}`);
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
