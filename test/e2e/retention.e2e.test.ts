import { fileURLToPath } from 'node:url';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ENROLMENT_PREFIX, type Tier } from '../../functions/runtime/names.ts';
import { vaultKey } from '../../functions/vault/format/layout.ts';
import { parseRetentionPolicy } from '../../functions/vault/retention/retention-policy.ts';
import { tierRules } from '../../functions/vault/retention/retention-rules.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy, enrol } from '../deployed.ts';

/** Backups that the deployed functions store with locks, and the operator's commands on them. */

const MAIN_FILE = fileURLToPath(new URL('../../scripts/cli/main.ts', import.meta.url));
const tree = demoTenants()[0]?.tree ?? {};
const day = 86_400_000;

let deployed: Deployed;
let sandbox: Sandbox;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  deployed = await deploy({ objectLock: { mode: 'governance', days: 3, tiers: { safety: 2, manual: 0 } } });
  sandbox = await startSandbox();
  await enrol(deployed, sandbox, { id: 'acme', tree });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await sandbox?.close();
  await deployed?.close();
});

const bucket = () => deployed.deployment.output('vaultBucket');

const command = async (...commandArguments: string[]) =>
  runProgram(process.execPath, [MAIN_FILE, ...commandArguments], {
    environment: childEnvironment(deployed.localAws),
  });

const versions = (tier: Tier, tenant = 'acme') => deployed.deployment.vault.listVersions(tier, tenant);

const newest = async (tier: Tier): Promise<VaultVersion> => {
  const [version] = await versions(tier);
  if (!version) throw new Error(`no ${tier} backup`);
  return version;
};

const backUp = async (tier: Tier, scheduledTime: string): Promise<void> => {
  const before = (await versions(tier)).length;
  // Straight to the queue: dispatch refuses times that are long past.
  await deployed.deployment.sqs.send(
    new SendMessageCommand({
      QueueUrl: deployed.deployment.output('queueUrl'),
      MessageBody: JSON.stringify({ tenant: 'acme', tier, scheduledTime }),
    }),
  );
  await vi.waitFor(async () => expect(await versions(tier)).toHaveLength(before + 1), {
    timeout: 60_000,
    interval: 250,
  });
};

const nameOf = ({ tier, tenant, versionId }: VaultVersion) => ({
  Bucket: bucket(),
  Key: vaultKey(tier, tenant),
  VersionId: versionId,
});

const remove = (version: VaultVersion) =>
  deployed.deployment.s3.send(new DeleteObjectCommand(nameOf(version)));

/** Days from the storing of a version to the end of its lock. */
const lockedDays = async (version: VaultVersion) => {
  const { Retention } = await deployed.deployment.s3.send(new GetObjectRetentionCommand(nameOf(version)));
  const days = ((Retention?.RetainUntilDate?.getTime() ?? 0) - version.storedAt.getTime()) / day;
  return { mode: Retention?.Mode, days: Math.round(days * 100) / 100 };
};

const bytesOf = async (version: VaultVersion) => {
  const { Body } = await deployed.deployment.s3.send(new GetObjectCommand(nameOf(version)));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe('tiers', () => {
  test('get the first backup of a week, month and year byte for byte, and nothing from the next night', async () => {
    await backUp('daily', '2026-03-03T02:00:00Z');
    const daily = await bytesOf(await newest('daily'));
    for (const tier of ['weekly', 'monthly', 'yearly'] as const) {
      expect(await versions(tier)).toHaveLength(1);
      expect((await bytesOf(await newest(tier))).equals(daily)).toBe(true);
    }
    await backUp('daily', '2026-03-04T02:00:00Z');
    for (const tier of ['weekly', 'monthly', 'yearly'] as const) expect(await versions(tier)).toHaveLength(1);
    await backUp('daily', '2026-03-09T02:00:00Z');
    expect(await versions('weekly')).toHaveLength(2);
    expect(await versions('monthly')).toHaveLength(1);
  });

  test('restore from a copy as from any backup', async () => {
    const { versionId } = await newest('monthly');
    const report = await deployed.deployment.restore({ tenant: 'acme', versionId });
    expect(report).toMatchObject({ verdict: 'verified', backup: { tier: 'monthly', versionId } });
  });
});

describe('Object Lock', () => {
  test('daily and safety backups carry the retention asked for, and copies theirs', async () => {
    expect(await lockedDays(await newest('daily'))).toEqual({ mode: 'GOVERNANCE', days: 3 });
    expect(await lockedDays(await newest('yearly'))).toEqual({ mode: 'GOVERNANCE', days: 3 });
    expect(await lockedDays(await newest('safety'))).toEqual({ mode: 'GOVERNANCE', days: 2 });
  });

  test.each(['daily', 'safety'] as const)(
    'deleting a locked %s backup is refused, even to root',
    async (tier) => {
      const version = await newest(tier);
      await expect(remove(version)).rejects.toMatchObject({ name: 'AccessDenied' });
      expect(await versions(tier)).toContainEqual(version);
    },
  );

  test('leaves a tier alone whose days are none', async () => {
    await backUp('manual', '2026-03-10T12:00:00Z');
    const version = await newest('manual');
    await expect(lockedDays(version)).rejects.toMatchObject({ name: 'NoSuchObjectLockConfiguration' });
  });
});

describe('hold and release', () => {
  test('a held backup cannot be deleted until it is released', async () => {
    const version = await newest('manual');
    expect(await command('hold', 'acme', '--version-id', version.versionId)).toMatchObject({ exitCode: 0 });
    await expect(remove(version)).rejects.toMatchObject({ name: 'AccessDenied' });

    const preview = await command('retention', 'preview', 'acme');
    expect(preview.output).toMatch(
      new RegExp(`manual +${version.versionId.slice(0, 12)}.*current, legal hold`),
    );

    expect(await command('release', 'acme')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(`released ${version.versionId} of manual/acme.tar`),
    });
    await remove(version);
    expect(await versions('manual')).toEqual([]);
  });

  test('says what is wrong', async () => {
    expect(await command('hold', 'nobody')).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^NO_BACKUP: tenant "nobody" has no backup/),
    });
    expect(await command('hold', 'acme', '--version-id', 'no-such-version')).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^VERSION_NOT_FOUND/),
    });
    expect(await command('release', 'acme')).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^VERSION_NOT_FOUND: tenant "acme" has no held backup/),
    });
    expect(await command('hold', 'A B')).toMatchObject({ exitCode: 2 });
  });
});

describe('retention', () => {
  test('preview names locks, and at a later time what has gone', async () => {
    const now = await command('retention', 'preview', 'acme', '--json');
    const listed: { tier: Tier; versionId: string; kept: boolean; reasons: { kind: string }[] }[] =
      JSON.parse(now.output);
    expect(listed.every(({ kept }) => kept)).toBe(true);
    const daily = listed.filter(({ tier }) => tier === 'daily');
    expect(daily.map(({ reasons }) => reasons.map(({ kind }) => kind))).toEqual([
      ['current', 'locked'],
      ['newest', 'young', 'locked'],
      ['newest', 'young', 'locked'],
    ]);
    const later = await command('retention', 'preview', 'acme', '--at', '2199-01-01T00:00:00Z', '--json');
    const kinds = JSON.parse(later.output).flatMap((one: { reasons: { kind: string }[] }) =>
      one.reasons.map(({ kind }) => kind),
    );
    expect(new Set(kinds)).toEqual(new Set(['current', 'newest']));
  });

  test('preview refuses what is no time', async () => {
    expect(await command('retention', 'preview', '--at', 'someday')).toMatchObject({
      exitCode: 2,
      output: expect.stringMatching(/^INVALID_REQUEST: --at must be a time such as .*got "someday"/),
    });
  });

  test('check finds nothing in what was deployed, and what differs from it', async () => {
    const asDeployed = { exitCode: 0, output: `vault bucket ${bucket()}: settings as deployed\n` };
    expect(await command('retention', 'check')).toMatchObject(asDeployed);

    const { s3, outputs } = deployed.deployment;
    const policy = parseRetentionPolicy(outputs['Retention'] ?? '', 'Retention');
    const put = (days: number) =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: bucket(),
          LifecycleConfiguration: {
            Rules: tierRules(policy).map((rule) => ({
              ID: rule.id,
              Status: 'Enabled',
              Filter: { Prefix: rule.prefix },
              Expiration: { ExpiredObjectDeleteMarker: true },
              NoncurrentVersionExpiration: {
                NoncurrentDays: rule.id === 'safety' ? days : rule.noncurrentDays,
                NewerNoncurrentVersions: rule.newerNoncurrentVersions,
              },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortUploadsAfterDays },
            })),
          },
        }),
      );
    await put(30);
    expect(await command('retention', 'check')).toMatchObject(asDeployed);
    await put(29);
    const changed = await command('retention', 'check', '--json');
    expect(changed.exitCode).toBe(3);
    expect(JSON.parse(changed.output)).toEqual([
      {
        setting: 'lifecycle of safety/',
        expected: expect.stringContaining('after 30 days'),
        found: expect.stringContaining('after 29 days'),
      },
    ]);
  });
});

describe('a tenant whose enrolment is deleted', () => {
  test('is not backed up any more, and its backups stay as long as any', async () => {
    const before = await deployed.deployment.versionsOf('acme');
    const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
    await secrets.send(
      new DeleteSecretCommand({ SecretId: `${ENROLMENT_PREFIX}acme`, ForceDeleteWithoutRecovery: true }),
    );
    secrets.destroy();

    const asked = deployed.deployment.invoke('dispatchFunction', { tenants: ['acme'] });
    await expect(asked).rejects.toMatchObject({ code: 'NOT_ENROLLED' });
    expect(await deployed.deployment.versionsOf('acme')).toEqual(before);
    await expect(remove(await newest('daily'))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await command('retention', 'preview')).output).toMatch(
      new RegExp(`^acme at .*: ${before.length} of ${before.length} versions kept`),
    );
  });
});
