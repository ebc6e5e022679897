import { spawn } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import type { StatusReport } from '../../functions/status/status.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { runCommand } from '../scripts/cli/run-command.ts';
import type { CommandStage } from './command-stage.ts';

const MAIN = fileURLToPath(new URL('../../scripts/cli/main.ts', import.meta.url));

/** Lists of secrets lag. */
const UNTIL_LISTED = { timeout: 30_000, interval: 200 };

interface Stored {
  readonly versionId: string;
  readonly backupId: string;
}

/** Tenants and their backups, each line in a process of its own. */
export function describeBackups(stage: CommandStage): void {
  describe('tenants', () => {
    test('are enrolled, tested and listed', async () => {
      const access = stage.sandbox.addTenant({ id: 'acme', tree: demoTenants()[0]?.tree ?? {} });
      const [client] = access.clients;
      const clientSecret = client?.clientSecret ?? '';
      const added = await stage.run(
        [
          'tenants',
          'add',
          'acme',
          '--issuer',
          access.issuer,
          '--client-id',
          client?.clientId ?? '',
          '--client-secret-file',
          '-',
        ],
        clientSecret,
      );
      expect(added).toMatchObject({
        code: 0,
        stderr:
          'testing acme …\npeople are not backed up; to add them: tenant-backup tenants update acme --parts hub,system,identity\n',
      });
      const { checks } = await stage.json<{ checks: { check: string; ok: boolean }[] }>([
        'tenants',
        'test',
        'acme',
      ]);
      expect(checks.map(({ check, ok }) => [check, ok])).toEqual(
        ['enrolment', 'token', 'clock', 'scopes', 'export', 'export'].map((check) => [check, true]),
      );
      await expect
        .poll(() => stage.json(['tenants', 'list']), UNTIL_LISTED)
        .toEqual([{ tenant: 'acme', schedule: 'nightly', paused: false, lane: null }]);
    });

    test('are found wrong by the test, by name of the error and without the secret', async () => {
      const access = stage.sandbox.addTenant({ id: 'globex', tree: demoTenants()[1]?.tree ?? {} });
      const [first] = access.clients;
      stage.globex = {
        issuer: access.issuer,
        clientId: first?.clientId,
        clientSecret: first?.clientSecret,
        parts: ['hub'],
      };
      const add = ['tenants', 'add', 'globex', '--issuer', access.issuer, '--client-id', 'nobody'];
      const input = 'canary-of-a-wrong-secret';
      const refused = await stage.run([...add, '--client-secret-file', '-'], input);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was stored') });
      expect(await stage.json(['tenants', 'list'])).toMatchObject([{ tenant: 'acme' }]);
      expect(await stage.run([...add, '--client-secret-file', '-', '--no-test'], input)).toMatchObject({
        code: 0,
      });
      const { code, stdout, stderr } = await stage.run(['tenants', 'test', 'globex']);
      expect(code).toBe(3);
      expect(stdout).toMatch(/token +failed +AUTHENTICATION_REFUSED/);
      expect(stdout + stderr).not.toContain('canary-of-a-wrong-secret');
    });

    test('are left out by their schedule while they are paused', async () => {
      expect(await stage.json(['tenants', 'pause', 'globex'])).toEqual({
        tenant: 'globex',
        schedule: 'nightly',
        paused: true,
        changed: true,
      });
      const { enrolments } = stage.deployed.deployment;
      await expect.poll(() => enrolments.list(), UNTIL_LISTED).toEqual(['acme', 'globex']);
      await expect.poll(() => enrolments.list('nightly'), UNTIL_LISTED).toEqual(['acme']);
      expect(await stage.json(['tenants', 'list', '--schedule', 'nightly'])).toMatchObject([
        { tenant: 'acme' },
      ]);
      expect(await stage.json(['tenants', 'pause', 'globex'])).toMatchObject({ changed: false });
      expect(await stage.json(['tenants', 'resume', 'globex'])).toMatchObject({
        schedule: 'nightly',
        changed: true,
      });
      await expect.poll(() => enrolments.list('nightly'), UNTIL_LISTED).toEqual(['acme', 'globex']);
    });
  });

  describe('backups', () => {
    let first: Stored;

    test('are taken now, and waited for', async () => {
      const [result] = await stage.json<{ outcome: string; versionId: string }[]>(['run', 'acme']);
      expect(result).toMatchObject({ outcome: 'stored', tier: 'manual', tenant: 'acme' });
      const [listed] = await stage.json<(Stored & { objects: number })[]>([
        'list',
        'acme',
        '--since',
        '1 h ago',
      ]);
      expect(listed).toMatchObject({ versionId: result?.versionId, tier: 'manual', warnings: 0 });
      expect(listed?.objects).toBeGreaterThan(5);
      first = listed as Stored;
    });

    test('that fail are said to have failed, and why', async () => {
      const { code, stdout, stderr } = await stage.run(['run', 'globex']);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^globex: failed, AUTHENTICATION_REFUSED: /);
      expect(stderr).toMatch(/^AUTHENTICATION_REFUSED: .*\n {2}next: tenant-backup tenants test globex/m);
    });

    test('go on when the waiting is interrupted, which says so', async () => {
      const child = spawn(process.execPath, [MAIN, 'run', 'acme', '--tier', 'weekly'], {
        env: childEnvironment(stage.deployed.localAws),
        stdio: 'pipe',
      });
      const code = new Promise<number | null>((resolve) => child.on('close', resolve));
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk;
        // It has asked for the backup, and waits.
        if (stderr === 'backing up acme …\n') child.kill('SIGINT');
      });
      expect(await code).toBe(130);
      expect(stderr).toMatch(
        /INTERRUPTED: the backup still runs in AWS; follow it with: tenant-backup status acme/,
      );
      await expect
        .poll(() => stage.json<object[]>(['list', 'acme', '--tier', 'weekly']), {
          timeout: 60_000,
          interval: 1_000,
        })
        .toHaveLength(1);
    });

    test('that are not waited for are only asked for', async () => {
      expect(await stage.json(['run', 'acme', '--no-wait'])).toMatchObject([
        { outcome: 'waiting', versionId: null },
      ]);
      await expect
        .poll(() => stage.json<StatusReport>(['status', 'acme']), { timeout: 60_000, interval: 1_000 })
        .toMatchObject({ operation: null, backup: { state: 'stored', request: { tier: 'manual' } } });
    });

    test('are shown, and saved as a file that needs no AWS to be looked at', async () => {
      const id = first.versionId.slice(0, 12);
      const shown = await stage.json<{ manifest: object }>(['show', `acme@${id}`]);
      expect(shown).toMatchObject({ versionId: first.versionId, manifest: { tenant: 'acme' } });
      const byBackupId = await stage.json(['show', `acme@${first.backupId}`]);
      expect(byBackupId).toEqual(shown);
      const file = join(stage.folder, 'acme.tar');
      expect(await stage.json(['download', `acme@${id}`, '--out', file])).toMatchObject({
        backupId: first.backupId,
        file,
      });
      const inspected = await runCommand(['inspect', file, '--json'], { environment: {} });
      expect(JSON.parse(inspected.stdout)).toMatchObject({ manifest: shown.manifest });
    });

    test('are verified, with a count of what was checked', async () => {
      const { code, stdout } = await stage.run(['verify', '--tier', 'manual']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^acme +manual +\S+ +ok +4 +\d+/m);
      expect(stdout).toMatch(/^1 backups opened, \d+ objects counted; 0 failed$/m);
    });

    test('come back from a file, into a tier that no restore takes unasked, and only whole', async () => {
      const file = join(stage.folder, 'acme.tar');
      const uploaded = await stage.json<Stored>(['upload', file]);
      expect(uploaded).toMatchObject({
        tier: 'safety',
        tenant: 'acme',
        backupId: first.backupId,
        untrustedParts: [],
      });
      expect(await stage.failure(['upload', file, '--tier', 'daily'])).toMatchObject({
        code: 'INVALID_REQUEST',
        exit: 2,
      });
      const broken = join(stage.folder, 'broken.tar');
      await copyFile(file, broken);
      const bytes = await readFile(broken);
      bytes[bytes.length - 2048] = (bytes[bytes.length - 2048] ?? 0) ^ 1;
      await writeFile(broken, bytes);
      expect((await stage.failure(['upload', broken])).code).toMatch(/^(DIGEST_MISMATCH|ARCHIVE_MALFORMED)$/);
    });

    test('are deleted only by their whole id', async () => {
      const [safety] = await stage.json<Stored[]>(['list', 'acme', '--tier', 'safety']);
      const name = `acme@${safety?.versionId}`;
      expect(await stage.failure(['delete', 'acme'])).toMatchObject({ code: 'INVALID_REQUEST', exit: 2 });
      expect(await stage.failure(['delete', name])).toMatchObject({ code: 'INVALID_REQUEST', exit: 2 });
      expect(await stage.failure(['delete', name, '--confirm', 'yes'])).toMatchObject({ exit: 2 });
      expect(await stage.json(['list', 'acme', '--tier', 'safety'])).toHaveLength(1);
      expect(await stage.json(['delete', name, '--confirm', safety?.versionId ?? ''])).toMatchObject({
        deleted: true,
      });
      expect(await stage.json(['list', 'acme', '--tier', 'safety'])).toEqual([]);
    });

    test('that are damaged are found', async () => {
      const { vault } = stage.deployed.deployment;
      const bytes = await readFile(join(stage.folder, 'acme.tar'));
      bytes[bytes.length - 2048] = (bytes[bytes.length - 2048] ?? 0) ^ 1;
      await vault.put('yearly', 'acme', bytes, '2026-01-01T00:00:00Z');
      const { code, stdout } = await stage.run(['verify', 'acme', '--tier', 'yearly']);
      expect(code).toBe(3);
      expect(stdout).toMatch(/failed.*(DIGEST_MISMATCH|ARCHIVE_MALFORMED)/);
    });

    test('stay when their tenant is removed, whose secret can be restored', async () => {
      expect(await stage.failure(['tenants', 'remove', 'acme'])).toMatchObject({
        code: 'INVALID_REQUEST',
        exit: 2,
      });
      const removed = await stage.run(['tenants', 'remove', 'acme', '--confirm', 'acme']);
      expect(removed).toMatchObject({ code: 0 });
      expect(removed.stderr).toContain('its backups stay');
      expect(await stage.failure(['run', 'acme'])).toMatchObject({ code: 'NOT_ENROLLED', exit: 1 });
      expect((await stage.json<object[]>(['list', 'acme'])).length).toBeGreaterThan(1);
      const secrets = new SecretsManagerClient(clientSettings(stage.deployed.localAws));
      await expect(
        secrets.send(new GetSecretValueCommand({ SecretId: 'tenant-backup/tenants/acme' })),
      ).rejects.toThrow(/delet/);
    });
  });
}
