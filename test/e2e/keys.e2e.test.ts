import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CancelKeyDeletionCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import { ENROLMENT_PREFIX, type KeyPurpose } from '../../functions/runtime/names.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import type { KeyCheck } from '../../scripts/cli/commands/keys/check.ts';
import type { InspectedArchive } from '../../scripts/cli/commands/keys/inspect.ts';
import type { ListedKey } from '../../scripts/cli/commands/keys/list.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { deployStack } from '../../scripts/local/deploy.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy } from '../deployed.ts';
import { forgeArchive } from './forged-archive.ts';

/** Backup keys on the deployed stack: the operator's command beside the real functions with their real roles. */

const MAIN_FILE = fileURLToPath(new URL('../../scripts/cli/main.ts', import.meta.url));
const PATIENCE_MILLISECONDS = 60_000;
const tree = demoTenants()[0]?.tree ?? {};

let deployed: Deployed;
let sandbox: Sandbox;
let secrets: SecretsManagerClient;
let folder: string;
const enrolments = new Map<string, object>();
/** The key that the stack has made for each purpose. */
const first = {} as Record<KeyPurpose, string>;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  [deployed, sandbox, folder] = await Promise.all([
    deploy({ maxReceiveCount: 1 }),
    startSandbox(),
    mkdtemp(join(tmpdir(), 'tenant-backup-keys-')),
  ]);
  secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  for (const { purpose, keyArn } of await listed()) first[purpose] = keyArn;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
  await sandbox?.close();
  await deployed?.close();
});

const run = (commandArguments: readonly string[], environment = childEnvironment(deployed.localAws)) =>
  runProgram(process.execPath, [MAIN_FILE, ...commandArguments], { environment });

/** Run `keys …` with `--json`, which must succeed. */
async function keys<Result>(...commandArguments: string[]): Promise<Result> {
  const { exitCode, output } = await run(['keys', ...commandArguments, '--json']);
  expect(output, output).toMatch(/^[[{]/);
  expect(exitCode, output).toBe(0);
  return JSON.parse(output);
}

const listed = () => keys<ListedKey[]>('list');

async function enrolTenant(id: string): Promise<void> {
  const { issuer, clients } = sandbox.addTenant({ id, tree });
  const { clientId, clientSecret } = clients[0] ?? {};
  enrolments.set(id, { issuer, clientId, clientSecret });
  await deployed.deployment.enrolments.add(id, JSON.stringify(enrolments.get(id)), 'nightly');
}

const setKeys = (id: string, named: Partial<Record<KeyPurpose, string>>) =>
  secrets.send(
    new PutSecretValueCommand({
      SecretId: ENROLMENT_PREFIX + id,
      SecretString: JSON.stringify({ ...enrolments.get(id), keys: named }),
    }),
  );

/** Ask the deployed functions for a backup, and wait for it. */
async function backUp(tenant: string): Promise<VaultVersion> {
  const versionsOf = async () =>
    (await deployed.deployment.versionsOf(tenant)).filter(({ tier }) => tier === 'manual');
  const before = (await versionsOf()).map(({ versionId }) => versionId);
  await deployed.deployment.invoke('dispatchFunction', { tenants: [tenant] });
  const added = async () => (await versionsOf()).filter(({ versionId }) => !before.includes(versionId));
  const version = await vi.waitUntil(async () => (await added())[0], {
    timeout: PATIENCE_MILLISECONDS,
    interval: 200,
  });
  return version;
}

const inspect = async ({ tenant, versionId }: VaultVersion): Promise<Record<string, string[]>> => {
  const { parts } = await keys<InspectedArchive>('inspect', `${tenant}@${versionId}`);
  return Object.fromEntries(
    parts.map(({ name, recipients }) => [
      name,
      recipients.map((recipient) => (recipient.type === 'kms' ? recipient.keyArn : recipient.type)),
    ]),
  );
};

const dryRun = ({ tenant, versionId }: VaultVersion) =>
  deployed.deployment.restore({ tenant, versionId, dryRun: true });

describe('a fresh deployment', () => {
  let version: VaultVersion;

  beforeAll(async () => {
    await enrolTenant('acme');
    version = await backUp('acme');
  });

  test('has a default key for each purpose, rotated every year, which seal its backups', async () => {
    expect(await listed()).toMatchObject(
      (['configuration', 'credentials'] as const).map((purpose) => ({
        purpose,
        labels: ['first'],
        tenant: null,
        isDefault: true,
        isBackupKey: true,
        state: 'Enabled',
        rotation: { enabled: true, periodDays: 365 },
        backups: 1,
        keyArn: first[purpose],
      })),
    );
    expect(await inspect(version)).toEqual({
      'hub.config': [first.configuration],
      'hub.credentials': [first.credentials],
    });
  });

  test('lists its keys as a table as well', async () => {
    const { output } = await run(['keys', 'list']);
    const [header, row] = output.split('\n');
    expect(header).toMatch(/^PURPOSE +LABEL +TENANT +DEFAULT +STATE +ROTATION +BACKUPS +KEY$/);
    expect(row).toMatch(/^configuration +first +- +yes +Enabled +every 365 days.* 1 +arn:aws:kms:/);
  });

  test('has archives that are inspected without AWS', async () => {
    const file = join(folder, 'acme.tar');
    await writeFile(file, await deployed.deployment.vault.get(version, { maxBytes: version.sizeBytes }));
    const { output, exitCode } = await run(['keys', 'inspect', file], { PATH: process.env['PATH'] });
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^backup \S+ of acme; each recipient/);
    expect(output).toContain(`hub.credentials  kms        ${first.credentials}`);
  });

  test('passes the check', async () => {
    expect(await keys('check')).toEqual({ backups: 1, keys: 2, opened: 2, problems: [] });
  });
});

describe('another default', () => {
  let before: VaultVersion;
  let after: VaultVersion;
  let second: string;

  beforeAll(async () => {
    before = await backUp('acme');
    const made = await keys<{ keyArn: string }>('create', '--purpose', 'configuration', '--label', 'second');
    second = made.keyArn;
    await keys('default', 'second', '--purpose', 'configuration');
    after = await backUp('acme');
  });

  test('seals new backups', async () => {
    expect(await inspect(after)).toEqual({
      'hub.config': [second],
      'hub.credentials': [first.credentials],
    });
    expect(await listed()).toMatchObject([
      { labels: ['first'], purpose: 'configuration', isDefault: false, backups: 2 },
      { labels: ['second'], purpose: 'configuration', isDefault: true, backups: 1 },
      { labels: ['first'], purpose: 'credentials', isDefault: true, backups: 3 },
    ]);
  });

  test('leaves old backups to be opened by the restore function, beside new ones', async () => {
    for (const version of [before, after]) {
      await expect(dryRun(version)).resolves.toMatchObject({ verdict: 'planned' });
    }
  });

  test('is not moved back by a deployment', async () => {
    await deployStack({
      localAws: deployed.localAws,
      context: { tenantBackup: { removal: 'destroy', maxReceiveCount: 1, logRetentionDays: 30 } },
    });
    expect((await listed()).find(({ isDefault }) => isDefault)?.keyArn).toBe(second);
  });

  test('is refused to be a key that is disabled, or unknown, or has the label of another', async () => {
    await deployed.deployment.kms.send(new DisableKeyCommand({ KeyId: first.configuration }));
    const wrong: [string[], number, string][] = [
      [['default', 'first', '--purpose', 'configuration'], 1, 'KEY_UNAVAILABLE'],
      [['default', 'third', '--purpose', 'configuration'], 1, 'KEY_UNKNOWN'],
      [['rotate', 'first'], 1, 'KEY_UNKNOWN'],
      [['create', '--purpose', 'configuration', '--label', 'second'], 1, 'KEY_EXISTS'],
      [['create', '--purpose', 'secrets', '--label', 'third'], 2, 'INVALID_REQUEST'],
      [['create', '--purpose', 'configuration', '--label', 'tenants'], 2, 'INVALID_REQUEST'],
      [['inspect', '/nowhere.tar'], 2, 'INVALID_REQUEST'],
    ];
    for (const [commandArguments, exitCode, code] of wrong) {
      const ended = await run(['keys', ...commandArguments]);
      expect(ended.output).toMatch(new RegExp(`^${code}: `));
      expect(ended.exitCode).toBe(exitCode);
    }
    await deployed.deployment.kms.send(new EnableKeyCommand({ KeyId: first.configuration }));
  });

  test('says so where keys cannot be rotated on demand', async () => {
    const { output, exitCode } = await run(['keys', 'rotate', 'second']);
    expect(output).toMatch(/^NOT_SUPPORTED: this endpoint does not support kms:RotateKeyOnDemand/);
    expect(exitCode).toBe(1);
  });
});

describe('a key that is no longer usable', () => {
  const check = async () => {
    const { output, exitCode } = await run(['keys', 'check', '--json']);
    return { exitCode, ...JSON.parse(output) };
  };

  test('is found by the check and refused by the restore while it is disabled', async () => {
    const { kms } = deployed.deployment;
    await kms.send(new DisableKeyCommand({ KeyId: first.credentials }));
    expect(await check()).toMatchObject({
      exitCode: 1,
      opened: 2,
      problems: [
        {
          code: 'KEY_UNAVAILABLE',
          purpose: 'credentials',
          keyArn: first.credentials,
          backups: 3,
          message: 'must be Enabled, is Disabled',
        },
      ],
    });
    const [version] = await deployed.deployment.versionsOf('acme');
    if (!version) throw new Error('acme has backups');
    await expect(dryRun(version)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    await kms.send(new EnableKeyCommand({ KeyId: first.credentials }));
    await expect(dryRun(version)).resolves.toMatchObject({ verdict: 'planned' });
  });

  test('is found by the check while it waits for its deletion', async () => {
    const { kms } = deployed.deployment;
    const key = { KeyId: first.configuration };
    await kms.send(new ScheduleKeyDeletionCommand({ ...key, PendingWindowInDays: 7 }));
    const { exitCode, problems } = await check();
    expect(exitCode).toBe(1);
    expect(problems).toMatchObject([{ keyArn: first.configuration, code: 'KEY_UNAVAILABLE' }]);
    expect(problems[0].message).toMatch(/^must be Enabled, is PendingDeletion, deletion on \d{4}-\d\d-\d\d$/);
    const { output } = await run(['keys', 'check']);
    expect(output).toMatch(/^PROBLEM +PURPOSE +BACKUPS +KEY +REASON\nKEY_UNAVAILABLE +configuration +2 /);
    await kms.send(new CancelKeyDeletionCommand(key));
    await kms.send(new EnableKeyCommand(key));
    expect(await check()).toMatchObject({ exitCode: 0, problems: [] });
  });
});

describe("a tenant's own keys", () => {
  const own = {} as Record<KeyPurpose, string>;
  let shared: VaultVersion;
  let sealed: VaultVersion;

  beforeAll(async () => {
    await enrolTenant('globex');
    shared = await backUp('globex');
    for (const purpose of ['configuration', 'credentials'] as const) {
      const { keyArn } = await keys<{ keyArn: string }>(
        'create',
        '--purpose',
        purpose,
        '--label',
        'own',
        '--tenant',
        'globex',
      );
      own[purpose] = keyArn;
    }
    await setKeys('globex', own);
    sealed = await backUp('globex');
  });

  test('seal its new backups', async () => {
    expect(await inspect(sealed)).toEqual({
      'hub.config': [own.configuration],
      'hub.credentials': [own.credentials],
    });
    expect((await listed()).filter(({ tenant }) => tenant === 'globex')).toMatchObject([
      { purpose: 'configuration', labels: ['own'], isDefault: false, backups: 1 },
      { purpose: 'credentials', labels: ['own'], isDefault: false, backups: 1 },
    ]);
  });

  test('leave its backups from before to be restored as well', async () => {
    for (const version of [shared, sealed]) {
      await expect(dryRun(version)).resolves.toMatchObject({ verdict: 'planned' });
    }
  });

  test('seal its backups from before anew, which then open from a file', async () => {
    const { output, exitCode } = await run(['rewrap', 'globex', '--version-id', shared.versionId, '--json']);
    expect(exitCode, output).toBe(0);
    const [{ newVersionId }] = JSON.parse(output);
    const { deployment } = deployed;
    const version = (await deployment.versionsOf('globex')).find((each) => each.versionId === newVersionId);
    if (!version) throw new Error(output);
    expect(await inspect(version)).toEqual({
      'hub.config': [own.configuration],
      'hub.credentials': [own.credentials],
    });
    const file = join(folder, 'globex.tar');
    await writeFile(file, await deployment.vault.get(version, { maxBytes: version.sizeBytes }));
    const out = join(folder, 'globex.json');
    const opened = await run(['open', file, '--tenant', 'globex', '--out', out]);
    expect(opened.exitCode, opened.output).toBe(0);
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(sandbox.tenant('globex'));
    const refused = await run(['open', file, '--tenant', 'acme', '--out', join(folder, 'acme.json')]);
    expect(refused.output).toMatch(/^CONTEXT_MISMATCH: /);
  });

  test('are not trusted with a backup of another tenant', async () => {
    const version = await forgeArchive(deployed, shared, 'acme', {
      config: own.configuration,
      credentials: own.credentials,
    });
    await expect(dryRun(version)).rejects.toMatchObject({ code: 'KEY_MISMATCH' });
    const { output, exitCode } = await run(['keys', 'check']);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/KEY_MISMATCH +configuration .* is not a configuration key for acme/);
  });

  test('cannot be the default', async () => {
    const { output } = await run(['keys', 'default', own.configuration, '--purpose', 'configuration']);
    expect(output).toMatch(/^INVALID_REQUEST: key must be for all tenants/);
  });
});

describe('a key that lets somebody in', () => {
  const MALLORY = 'arn:aws:iam::000000000000:role/mallory';
  /** A policy that keeps everything as it is, and lets in one more. */
  const withMallory = (keyArn: string): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${keyArn.split(':')[4]}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
        { Effect: 'Allow', Principal: { AWS: MALLORY }, Action: 'kms:Decrypt', Resource: '*' },
      ],
    });
  const unexpected = async () => {
    await deployed.deployment.invoke('auditFunction', {});
    const { findings } = JSON.parse(await readLatest()) as AuditReport;
    const found = findings.filter(({ code }) => code === 'KEY_PRINCIPAL_UNEXPECTED');
    const { problems } = JSON.parse((await run(['keys', 'check', '--no-open', '--json'])).output) as KeyCheck;
    const listed = problems.filter(({ code }) => code === 'KEY_PRINCIPAL_UNEXPECTED');
    return { found, problems: listed.map(({ purpose, keyArn, message }) => [purpose, keyArn, message]) };
  };
  const readLatest = async (): Promise<string> => {
    const { s3, output } = deployed.deployment;
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: output('ledgerBucket'), Key: 'reports/latest.json' }),
    );
    return (await Body?.transformToString()) ?? '';
  };

  test('is none of those that the stack and the command make', async () => {
    expect(await unexpected()).toEqual({ found: [], problems: [] });
  });

  test('is told of by audit and check if it becomes the default, with who it is', async () => {
    const { kms } = deployed.deployment;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const keyArn = KeyMetadata?.Arn ?? '';
    await kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy: withMallory(keyArn) }));
    const added = await run(['keys', 'add', keyArn, '--purpose', 'credentials', '--label', 'theirs']);
    expect(added.output).toContain(`the key allows ${MALLORY}, by the key's policy`);
    const moved = await run(['keys', 'default', 'theirs', '--purpose', 'credentials']);
    expect(moved.output).toContain(MALLORY);
    const { found, problems } = await unexpected();
    expect(found).toMatchObject([{ severity: 'alarm', section: 'a-key-lets-somebody-in' }]);
    expect(found[0]?.message).toContain(`it lets in ${MALLORY}, by the key's policy`);
    expect(problems).toEqual([['credentials', keyArn, `allows ${MALLORY}, by the key's policy`]]);
    await keys('default', 'first', '--purpose', 'credentials');
    await kms.send(new DeleteAliasCommand({ AliasName: 'alias/TenantBackup/credentials/theirs' }));
    expect(await unexpected()).toEqual({ found: [], problems: [] });
  });

  test('is told of where it fingerprints, and where a grant lets them in, until the grant ends', async () => {
    const { kms, output } = deployed.deployment;
    const KeyId = output('fingerprintKeyArn');
    const { GrantId } = await kms.send(
      new CreateGrantCommand({ KeyId, GranteePrincipal: MALLORY, Operations: ['GenerateMac'] }),
    );
    const { found, problems } = await unexpected();
    expect(found).toHaveLength(1);
    expect(problems).toEqual([['fingerprint', KeyId, `allows ${MALLORY}, by grant ${GrantId}`]]);
    await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
    expect(await unexpected()).toEqual({ found: [], problems: [] });
  });
});

describe('a person with the policies of a viewer and of a key administrator', () => {
  const TAGS = [{ TagKey: 'application', TagValue: 'tenant-backup' }];
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    const { credentials } = await deployed.asOperator('viewer', 'keyAdministrator');
    environment = {
      ...childEnvironment(deployed.localAws),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    };
  });
  const add = (keyArn: string, label: string) =>
    run(['keys', 'add', keyArn, '--purpose', 'configuration', '--label', label], environment);
  const createKey = async (Tags?: typeof TAGS): Promise<string> => {
    const { KeyMetadata } = await deployed.deployment.kms.send(new CreateKeyCommand({ Tags }));
    return KeyMetadata?.Arn ?? '';
  };

  test('makes no key, whose policy would be theirs', async () => {
    const { output, exitCode } = await run(
      ['keys', 'create', '--purpose', 'configuration', '--label', 'mine'],
      environment,
    );
    expect(output).toMatch(/^AWS_ACCESS_DENIED: .*kms:CreateKey/);
    expect(exitCode).not.toBe(0);
  });

  test('adds a key that has the deployment’s tag, and lets it be the default', async () => {
    const added = await add(await createKey(TAGS), 'tagged');
    expect(added.exitCode, added.output).toBe(0);
    for (const label of ['tagged', 'first']) {
      const moved = await run(['keys', 'default', label, '--purpose', 'configuration'], environment);
      expect(moved.exitCode, moved.output).toBe(0);
    }
  });

  test('sees whom every key lets in', async () => {
    const { output } = await run(['keys', 'check', '--no-open', '--json'], environment);
    const codes = (JSON.parse(output) as KeyCheck).problems.map(({ code }) => code);
    expect(codes).not.toContain('KEY_PRINCIPAL_UNEXPECTED');
    expect(codes).not.toContain('AWS_ACCESS_DENIED');
  });

  test('adds no other key', async () => {
    const { output, exitCode } = await add(await createKey(), 'untagged');
    expect(output).toMatch(/^AWS_ACCESS_DENIED: /);
    expect(exitCode).not.toBe(0);
  });
});

describe('the functions', () => {
  test('refuse to seal under a key that is not a backup key', async () => {
    const { kms, sqs, output } = deployed.deployment;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await enrolTenant('initech');
    await setKeys('initech', { credentials: KeyMetadata?.Arn ?? '' });
    await deployed.deployment.invoke('dispatchFunction', { tenants: ['initech'] });
    const receive = async () => {
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: output('deadLetterQueueUrl'),
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages?.[0]?.MessageAttributes;
    };
    await expect.poll(receive, { timeout: PATIENCE_MILLISECONDS }).toMatchObject({
      code: { StringValue: 'KEY_UNAVAILABLE' },
      reason: { StringValue: expect.stringContaining('AccessDeniedException') },
    });
    expect(await deployed.deployment.versionsOf('initech')).toEqual([]);
  });

  test('seal under it once it is added', async () => {
    const { keyArn } = await addKeyOf('initech');
    expect(await inspect(await backUp('initech'))).toMatchObject({ 'hub.credentials': [keyArn] });
  });

  async function addKeyOf(tenant: string): Promise<{ keyArn: string }> {
    const { kms } = deployed.deployment;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const keyArn = KeyMetadata?.Arn ?? '';
    await keys('add', keyArn, '--purpose', 'credentials', '--label', 'own', '--tenant', tenant);
    await setKeys(tenant, { credentials: keyArn });
    return { keyArn };
  }
});
