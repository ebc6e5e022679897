import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { KeyPurpose } from '../../functions/runtime/names.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { deployStack } from '../../scripts/local/deploy.ts';
import { awaitDeadLetter } from '../dead-letters.ts';
import { forgeArchive } from './forged-archive.ts';
import { describeKeyAdministrator, describeUnexpectedPrincipals } from './key-principals.ts';
import { type KeysStage, openKeysStage } from './keys-stage.ts';

/** Backup keys on the deployed stack: the operator's command beside the real functions with their real roles. */

const stage = {} as KeysStage;
beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  await openKeysStage(stage);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stage.close?.();
});

describe('a fresh deployment', () => {
  let version: VaultVersion;

  beforeAll(async () => {
    await stage.enrolTenant('acme');
    version = await stage.backUp('acme');
  });

  test('has a default key for each purpose, rotated every year, which seal its backups', async () => {
    expect(await stage.listed()).toMatchObject(
      (['configuration', 'credentials'] as const).map((purpose) => ({
        purpose,
        labels: ['first'],
        tenant: null,
        isDefault: true,
        isBackupKey: true,
        state: 'Enabled',
        rotation: { enabled: true, periodDays: 365 },
        backups: 1,
        keyArn: stage.first[purpose],
      })),
    );
    expect(await stage.inspect(version)).toEqual({
      'hub.config': [stage.first.configuration],
      'hub.credentials': [stage.first.credentials],
    });
  });

  test('lists its keys as a table as well', async () => {
    const { output } = await stage.run(['keys', 'list']);
    const [header, row] = output.split('\n');
    expect(header).toMatch(/^PURPOSE +LABEL +TENANT +DEFAULT +STATE +ROTATION +BACKUPS +KEY$/);
    expect(row).toMatch(/^configuration +first +- +yes +Enabled +every 365 days.* 1 +arn:aws:kms:/);
  });

  test('has archives that are inspected without AWS', async () => {
    const file = join(stage.folder, 'acme.tar');
    await writeFile(
      file,
      await stage.deployed.deployment.vault.get(version, { maxBytes: version.sizeBytes }),
    );
    const { output, exitCode } = await stage.run(['keys', 'inspect', file], { PATH: process.env['PATH'] });
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^backup \S+ of acme; each recipient/);
    expect(output).toContain(`hub.credentials  kms        ${stage.first.credentials}`);
  });

  test('passes the check', async () => {
    expect(await stage.keys('check')).toEqual({ backups: 1, keys: 2, opened: 2, problems: [] });
  });
});

describe('another default', () => {
  let before: VaultVersion;
  let after: VaultVersion;
  let second: string;

  beforeAll(async () => {
    before = await stage.backUp('acme');
    const made = await stage.keys<{ keyArn: string }>(
      'create',
      '--purpose',
      'configuration',
      '--label',
      'second',
    );
    second = made.keyArn;
    await stage.keys('default', 'second', '--purpose', 'configuration');
    after = await stage.backUp('acme');
  });

  test('seals new backups', async () => {
    expect(await stage.inspect(after)).toEqual({
      'hub.config': [second],
      'hub.credentials': [stage.first.credentials],
    });
    expect(await stage.listed()).toMatchObject([
      { labels: ['first'], purpose: 'configuration', isDefault: false, backups: 2 },
      { labels: ['second'], purpose: 'configuration', isDefault: true, backups: 1 },
      { labels: ['first'], purpose: 'credentials', isDefault: true, backups: 3 },
    ]);
  });

  test('leaves old backups to be opened by the restore function, beside new ones', async () => {
    for (const version of [before, after]) {
      await expect(stage.dryRun(version)).resolves.toMatchObject({ verdict: 'planned' });
    }
  });

  test('is not moved back by a deployment', async () => {
    await deployStack({
      localAws: stage.deployed.localAws,
      context: { tenantBackup: { removal: 'destroy', maxReceiveCount: 1, logRetentionDays: 30 } },
    });
    expect((await stage.listed()).find(({ isDefault }) => isDefault)?.keyArn).toBe(second);
  });

  test('is refused to be a key that is disabled, or unknown, or has the label of another', async () => {
    await stage.deployed.deployment.kms.send(new DisableKeyCommand({ KeyId: stage.first.configuration }));
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
      const ended = await stage.run(['keys', ...commandArguments]);
      expect(ended.output).toMatch(new RegExp(`^${code}: `));
      expect(ended.exitCode).toBe(exitCode);
    }
    await stage.deployed.deployment.kms.send(new EnableKeyCommand({ KeyId: stage.first.configuration }));
  });

  test('says so where keys cannot be rotated on demand', async () => {
    const { output, exitCode } = await stage.run(['keys', 'rotate', 'second']);
    expect(output).toMatch(/^NOT_SUPPORTED: this endpoint does not support kms:RotateKeyOnDemand/);
    expect(exitCode).toBe(1);
  });
});

describe('a key that is no longer usable', () => {
  const check = async () => {
    const { output, exitCode } = await stage.run(['keys', 'check', '--json']);
    return { exitCode, ...JSON.parse(output) };
  };

  test('is found by the check and refused by the restore while it is disabled', async () => {
    const { kms } = stage.deployed.deployment;
    await kms.send(new DisableKeyCommand({ KeyId: stage.first.credentials }));
    expect(await check()).toMatchObject({
      exitCode: 1,
      opened: 2,
      problems: [
        {
          code: 'KEY_UNAVAILABLE',
          purpose: 'credentials',
          keyArn: stage.first.credentials,
          backups: 3,
          message: 'must be Enabled, is Disabled',
        },
      ],
    });
    const [version] = await stage.deployed.deployment.versionsOf('acme');
    if (!version) throw new Error('acme has backups');
    await expect(stage.dryRun(version)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    await kms.send(new EnableKeyCommand({ KeyId: stage.first.credentials }));
    await expect(stage.dryRun(version)).resolves.toMatchObject({ verdict: 'planned' });
  });

  test('is found by the check while it waits for its deletion', async () => {
    const { kms } = stage.deployed.deployment;
    const key = { KeyId: stage.first.configuration };
    await kms.send(new ScheduleKeyDeletionCommand({ ...key, PendingWindowInDays: 7 }));
    const { exitCode, problems } = await check();
    expect(exitCode).toBe(1);
    expect(problems).toMatchObject([{ keyArn: stage.first.configuration, code: 'KEY_UNAVAILABLE' }]);
    expect(problems[0].message).toMatch(/^must be Enabled, is PendingDeletion, deletion on \d{4}-\d\d-\d\d$/);
    const { output } = await stage.run(['keys', 'check']);
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
    await stage.enrolTenant('globex');
    shared = await stage.backUp('globex');
    for (const purpose of ['configuration', 'credentials'] as const) {
      const { keyArn } = await stage.keys<{ keyArn: string }>(
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
    await stage.setKeys('globex', own);
    sealed = await stage.backUp('globex');
  });

  test('seal its new backups', async () => {
    expect(await stage.inspect(sealed)).toEqual({
      'hub.config': [own.configuration],
      'hub.credentials': [own.credentials],
    });
    expect((await stage.listed()).filter(({ tenant }) => tenant === 'globex')).toMatchObject([
      { purpose: 'configuration', labels: ['own'], isDefault: false, backups: 1 },
      { purpose: 'credentials', labels: ['own'], isDefault: false, backups: 1 },
    ]);
  });

  test('leave its backups from before to be restored as well', async () => {
    for (const version of [shared, sealed]) {
      await expect(stage.dryRun(version)).resolves.toMatchObject({ verdict: 'planned' });
    }
  });

  test('seal its backups from before anew, which then open from a file', async () => {
    const { output, exitCode } = await stage.run([
      'rewrap',
      'globex',
      '--version-id',
      shared.versionId,
      '--json',
    ]);
    expect(exitCode, output).toBe(0);
    const [{ newVersionId }] = JSON.parse(output);
    const { deployment } = stage.deployed;
    const version = (await deployment.versionsOf('globex')).find((each) => each.versionId === newVersionId);
    if (!version) throw new Error(output);
    expect(await stage.inspect(version)).toEqual({
      'hub.config': [own.configuration],
      'hub.credentials': [own.credentials],
    });
    const file = join(stage.folder, 'globex.tar');
    await writeFile(file, await deployment.vault.get(version, { maxBytes: version.sizeBytes }));
    const out = join(stage.folder, 'globex.json');
    const opened = await stage.run(['open', file, '--tenant', 'globex', '--out', out]);
    expect(opened.exitCode, opened.output).toBe(0);
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(stage.sandbox.tenant('globex'));
    const refused = await stage.run([
      'open',
      file,
      '--tenant',
      'acme',
      '--out',
      join(stage.folder, 'acme.json'),
    ]);
    expect(refused.output).toMatch(/^CONTEXT_MISMATCH: /);
  });

  test('are not trusted with a backup of another tenant', async () => {
    const version = await forgeArchive(stage.deployed, shared, 'acme', {
      config: own.configuration,
      credentials: own.credentials,
    });
    await expect(stage.dryRun(version)).rejects.toMatchObject({ code: 'KEY_MISMATCH' });
    const { output, exitCode } = await stage.run(['keys', 'check']);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/KEY_MISMATCH +configuration .* is not a configuration key for acme/);
  });

  test('cannot be the default', async () => {
    const { output } = await stage.run(['keys', 'default', own.configuration, '--purpose', 'configuration']);
    expect(output).toMatch(/^INVALID_REQUEST: key must be for all tenants/);
  });
});

describeUnexpectedPrincipals(stage);

describeKeyAdministrator(stage);

describe('the functions', () => {
  test('refuse to seal under a key that is not a backup key', async () => {
    const { kms } = stage.deployed.deployment;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await stage.enrolTenant('initech');
    await stage.setKeys('initech', { credentials: KeyMetadata?.Arn ?? '' });
    await stage.deployed.deployment.invoke('dispatchFunction', { tenants: ['initech'] });
    const { attributes } = await awaitDeadLetter(stage.deployed.deployment, ({ body }) =>
      body.includes('initech'),
    );
    expect(attributes).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      reason: expect.stringContaining('AccessDeniedException'),
    });
    expect(await stage.deployed.deployment.versionsOf('initech')).toEqual([]);
  });

  test('seal under it once it is added', async () => {
    const { keyArn } = await addKeyOf('initech');
    expect(await stage.inspect(await stage.backUp('initech'))).toMatchObject({ 'hub.credentials': [keyArn] });
  });

  async function addKeyOf(tenant: string): Promise<{ keyArn: string }> {
    const { kms } = stage.deployed.deployment;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const keyArn = KeyMetadata?.Arn ?? '';
    await stage.keys('add', keyArn, '--purpose', 'credentials', '--label', 'own', '--tenant', tenant);
    await stage.setKeys(tenant, { credentials: keyArn });
    return { keyArn };
  }
});
