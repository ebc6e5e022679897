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

/** Synthesize with the CDK's own command, without credentials, region or anything else of this machine. */
const synthesize = (...options: string[]) =>
  spawnSync(process.execPath, [CDK, 'synth', '--quiet', '--output', output, ...options], {
    cwd: PROJECT,
    env: {
      PATH: `${join(PROJECT, 'node_modules', '.bin')}:${process.env['PATH']}`,
      HOME: output,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    encoding: 'utf8',
  });

describe('cdk synth', () => {
  it('works without AWS credentials, and for any account and region', () => {
    const { status, stderr } = synthesize();
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const template = readFileSync(join(output, 'TenantBackup.template.json'), 'utf8');
    expect(template).toContain('AWS::AccountId');
    expect(
      JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')).artifacts.TenantBackup,
    ).toMatchObject({
      environment: 'aws://unknown-account/unknown-region',
    });
  });

  it('stops at wrong settings with one sentence that names them', () => {
    const { status, stderr } = synthesize('-c', 'tenantBackup={"schedules":[],"color":"red"}');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^INVALID_CONFIGURATION: tenantBackup/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(output)).not.toContain('TenantBackup.template.json');
  });

  it('takes settings from the command line in place of those shipped', () => {
    const settings = { stackName: 'Trial', schedules: [{ name: 'often', expression: 'rate(5 minutes)' }] };
    expect(synthesize('-c', `tenantBackup=${JSON.stringify(settings)}`)).toMatchObject({ status: 0 });
    const template = readFileSync(join(output, 'Trial.template.json'), 'utf8');
    expect(template).toContain('rate(5 minutes)');
    expect(template).not.toContain('cron(');
  });
});
