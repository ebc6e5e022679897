import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient, TagResourceCommand } from '@aws-sdk/client-secrets-manager';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildProgram } from '../../scripts/cli/program.ts';
import { clientSettings } from '../../scripts/local/local-aws.ts';
import { commandLine, verbsOf } from '../scripts/cli/command-tree.ts';
import { describeBackups } from './command-backups.ts';
import { describeLimited } from './command-limited.ts';
import { describeRestores } from './command-restores.ts';
import { type CommandStage, openCommandStage } from './command-stage.ts';

/** The operator's command on the deployed stack, a process for each line that a person would type. */

const stage = {} as CommandStage;
beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  await openCommandStage(stage);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stage.close?.();
});

describeBackups(stage);

describeRestores(stage);

describeLimited(stage);

describe('the report', () => {
  test('is not there before the first audit, which can be asked for', async () => {
    expect(await stage.failure(['report'])).toMatchObject({ code: 'REPORT_NOT_FOUND', exit: 1 });
    const page = join(stage.folder, 'report.html');
    const { code, stdout } = await stage.run(['report', '--now', '--html', page]);
    // A failed backup, and an archive that was damaged on purpose.
    expect(code).toBe(3);
    expect(stdout).toMatch(/^audited .* tenants have a fresh backup/);
    expect(stdout).toMatch(/^[0-9a-f]{12} +alarm .*BACKUP_BROKEN/m);
    expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>/i);
  });
});

describe('the doctor', () => {
  interface Found {
    readonly area: string;
    readonly subject: string;
    readonly verdict: string;
    readonly message: string;
  }

  async function doctor(): Promise<{ code: number | null; findings: Found[] }> {
    const { code, stdout } = await stage.run(['doctor', '--json']);
    return { code, findings: JSON.parse(stdout) };
  }

  test('finds what is wrong: a failed backup, a schedule that is not there, a key that is disabled', async () => {
    const kms = new KMSClient(clientSettings(stage.deployed.localAws));
    const secrets = new SecretsManagerClient(clientSettings(stage.deployed.localAws));
    const KeyId = stage.deployed.deployment.output('credentialsAliasArn');
    await kms.send(new DisableKeyCommand({ KeyId: await keyIdOf(kms, KeyId) }));
    await secrets.send(
      new TagResourceCommand({
        SecretId: 'tenant-backup/tenants/globex',
        Tags: [{ Key: 'tenant-backup:schedule', Value: 'hourly' }],
      }),
    );
    await untilScheduled('hourly', ['globex']);
    const { code, findings } = await doctor();
    expect(code).toBe(3);
    const wrong = findings
      .filter(({ verdict }) => verdict === 'failed')
      .map(({ area, message }) => `${area}: ${message}`);
    expect(wrong).toEqual(
      expect.arrayContaining([
        'keys: must be Enabled, is Disabled',
        expect.stringMatching(/^queues: \d+ messages/),
        'tenants: has schedule hourly, which does not exist: it is never backed up',
      ]),
    );
    await kms.send(new EnableKeyCommand({ KeyId: await keyIdOf(kms, KeyId) }));
    await stage.run(['tenants', 'pause', 'globex']);
    await untilScheduled('hourly', []);
    await stage.deployed.deployment.sqs.send(
      new PurgeQueueCommand({ QueueUrl: stage.deployed.deployment.output('deadLetterQueueUrl') }),
    );
  });

  test('is content with what is right, and says who asks', async () => {
    const { code, findings } = await doctor();
    expect(new Set(findings.map(({ area }) => area))).toEqual(
      new Set(['caller', 'stack', 'keys', 'vault', 'schedules', 'queues', 'tenants']),
    );
    const others = findings.filter(({ verdict }) => verdict !== 'ok');
    // The local AWS has one user, root, and leaves out lifecycles.
    expect(others.filter(({ subject }) => !/^policies$|^lifecycle of /.test(subject))).toEqual([]);
    expect(code).toBe(3);
    expect(findings[0]?.message).toMatch(/^arn:aws:/);
  });

  /** Lists of secrets lag. */
  const untilScheduled = (schedule: string, tenants: string[]) =>
    expect
      .poll(() => stage.deployed.deployment.enrolments.list(schedule), { timeout: 30_000, interval: 200 })
      .toEqual(tenants);

  const keyIdOf = async (kms: KMSClient, alias: string) =>
    (await kms.send(new DescribeKeyCommand({ KeyId: alias }))).KeyMetadata?.Arn ?? '';
});

describe('every verb', () => {
  const verbs = verbsOf(buildProgram()).map((verb) => [verb.path, verb] as const);
  /** Verbs that are about no tenant, or make one, or that this deployment does not have. */
  const others =
    /^(escrow|completion|keys|tenants (add|list|probe)|retention check|inspect|open|upload|doctor|report|drill|acknowledge)/;

  test.each(verbs.filter(([path]) => !others.test(path)))(
    '%s says that there is no such tenant',
    async (_, verb) => {
      const failed = await stage.failure(commandLine(verb, 'nobody'));
      expect(failed.code).toMatch(/^(NOT_ENROLLED|NO_BACKUP|OPERATION_NOT_FOUND|PLAN_NOT_FOUND)$/);
      expect(failed.message).toContain('nobody');
      expect(failed.exit).toBe(1);
    },
  );

  test('says that the stack is not there', async () => {
    expect(await stage.failure(['list', '--stack', 'Nowhere'])).toMatchObject({
      code: 'NOT_DEPLOYED',
      exit: 1,
    });
  });
});
