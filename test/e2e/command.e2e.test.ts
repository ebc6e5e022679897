import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import type { RestoreReport } from '../../functions/restore/restore-report.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { AUTOMATION_CLIENT_ID, credentialValues, demoTenants } from '../../scripts/demo/tenants.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { buildProgram } from '../../scripts/tenant-backup/program.ts';
import { type Deployed, deploy } from '../deployed.ts';
import { commandLine, verbsOf } from '../scripts/tenant-backup/command-tree.ts';
import { runCommand } from '../scripts/tenant-backup/run-command.ts';
import { type Answer, ENTER, runOnTerminal } from '../scripts/tenant-backup/run-on-terminal.ts';

/** The operator's command on the deployed stack, a process for each line that a person would type. */

const MAIN = fileURLToPath(new URL('../../scripts/tenant-backup/main.ts', import.meta.url));

let deployed: Deployed;
let sandbox: Sandbox;
let folder: string;
let clientSecret: string;
let globex: object;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  [deployed, sandbox, folder] = await Promise.all([
    deploy({ maxReceiveCount: 1, retryDelaySeconds: 0 }),
    startSandbox(),
    mkdtemp(join(tmpdir(), 'tenant-backup-command-')),
  ]);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
  await sandbox?.close();
  await deployed?.close();
});

const run = (args: readonly string[], input?: string) =>
  runCommand(args, { environment: childEnvironment(deployed.localAws), input, folder });

const onTerminal = (args: readonly string[], ...answers: Answer[]) =>
  runOnTerminal(args, answers, { environment: childEnvironment(deployed.localAws) });

/** Run a verb with `--json`, which must end so. */
async function json<Result>(args: readonly string[], code = 0): Promise<Result> {
  const result = await run([...args, '--json']);
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code, stderr: '' });
  return JSON.parse(result.stdout);
}

async function failure(
  args: readonly string[],
): Promise<{ code: string; message: string; exit: number | null }> {
  const { code: exit, stdout, stderr } = await run([...args, '--json']);
  expect(stdout).toBe('');
  return { ...JSON.parse(stderr).error, exit };
}

/** Store another enrolment, as the tenant's owner would. */
async function storeGlobex(changes: object = {}): Promise<void> {
  const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  const SecretString = JSON.stringify({ ...globex, ...changes });
  await secrets.send(new PutSecretValueCommand({ SecretId: 'tenant-backup/tenants/globex', SecretString }));
  secrets.destroy();
}

interface Stored {
  readonly versionId: string;
  readonly backupId: string;
}

describe('tenants', () => {
  test('are enrolled, tested and listed', async () => {
    const access = sandbox.addTenant({ id: 'acme', tree: demoTenants()[0]?.tree ?? {} });
    const [client] = access.clients;
    clientSecret = client?.clientSecret ?? '';
    const added = await run(
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
    expect(added).toMatchObject({ code: 0, stderr: '' });
    const { checks } = await json<{ checks: { check: string; fine: boolean }[] }>([
      'tenants',
      'test',
      'acme',
    ]);
    expect(checks.map(({ check, fine }) => [check, fine])).toEqual(
      ['enrolment', 'token', 'clock', 'scopes', 'export'].map((check) => [check, true]),
    );
    expect(await json(['tenants', 'list'])).toEqual([
      { tenant: 'acme', schedule: 'nightly', paused: false, lane: null },
    ]);
  });

  test('are found wrong by the test, by name of the error and without the secret', async () => {
    const access = sandbox.addTenant({ id: 'globex', tree: demoTenants()[1]?.tree ?? {} });
    const [first] = access.clients;
    globex = { issuer: access.issuer, clientId: first?.clientId, clientSecret: first?.clientSecret };
    await run(
      [
        'tenants',
        'add',
        'globex',
        '--issuer',
        access.issuer,
        '--client-id',
        'nobody',
        '--client-secret-file',
        '-',
      ],
      'canary-of-a-wrong-secret',
    );
    const { code, stdout, stderr } = await run(['tenants', 'test', 'globex']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/token +wrong +AUTHENTICATION_REFUSED/);
    expect(stdout + stderr).not.toContain('canary-of-a-wrong-secret');
  });

  test('are left out by their schedule while they are paused', async () => {
    expect(await json(['tenants', 'pause', 'globex'])).toEqual({
      tenant: 'globex',
      schedule: 'nightly',
      paused: true,
      changed: true,
    });
    expect(await json(['tenants', 'list', '--schedule', 'nightly'])).toMatchObject([{ tenant: 'acme' }]);
    expect(await deployed.deployment.enrolments.list('nightly')).toEqual(['acme']);
    expect(await json(['tenants', 'pause', 'globex'])).toMatchObject({ changed: false });
    expect(await json(['tenants', 'resume', 'globex'])).toMatchObject({ schedule: 'nightly', changed: true });
    expect(await deployed.deployment.enrolments.list('nightly')).toEqual(['acme', 'globex']);
  });
});

describe('backups', () => {
  let first: Stored;

  test('are taken now, and waited for', async () => {
    const [result] = await json<{ outcome: string; versionId: string }[]>(['run', 'acme']);
    expect(result).toMatchObject({ outcome: 'stored', tier: 'manual', tenant: 'acme' });
    const [listed] = await json<(Stored & { objects: number })[]>(['list', 'acme', '--since', '1 h ago']);
    expect(listed).toMatchObject({ versionId: result?.versionId, tier: 'manual', warnings: 0 });
    expect(listed?.objects).toBeGreaterThan(5);
    first = listed as Stored;
  });

  test('that fail are said to have failed, and why', async () => {
    const { code, stdout, stderr } = await run(['run', 'globex']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^globex: failed, AUTHENTICATION_REFUSED: /);
    expect(stderr).toMatch(/^AUTHENTICATION_REFUSED: .*\n {2}next: tenant-backup tenants test globex/m);
  });

  test('go on when the waiting is interrupted, which says so', async () => {
    const child = spawn(process.execPath, [MAIN, 'run', 'acme', '--tier', 'weekly'], {
      env: childEnvironment(deployed.localAws),
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
      /INTERRUPTED: the backup goes on in AWS; look for it with: tenant-backup list acme/,
    );
    await expect
      .poll(() => json<object[]>(['list', 'acme', '--tier', 'weekly']), { timeout: 60_000, interval: 1_000 })
      .toHaveLength(1);
  });

  test('that are not waited for are only asked for', async () => {
    expect(await json(['run', 'acme', '--no-wait'])).toMatchObject([{ outcome: 'waiting', versionId: null }]);
  });

  test('are shown, and saved as a file that needs no AWS to be looked at', async () => {
    const id = first.versionId.slice(0, 12);
    const shown = await json<{ manifest: object }>(['show', `acme@${id}`]);
    expect(shown).toMatchObject({ versionId: first.versionId, manifest: { tenant: 'acme' } });
    const byBackupId = await json(['show', `acme@${first.backupId}`]);
    expect(byBackupId).toEqual(shown);
    const file = join(folder, 'acme.tar');
    expect(await json(['download', `acme@${id}`, '--out', file])).toMatchObject({
      backupId: first.backupId,
      file,
    });
    const inspected = await runCommand(['inspect', file, '--json'], { environment: {} });
    expect(JSON.parse(inspected.stdout)).toMatchObject({ manifest: shown.manifest });
  });

  test('are verified, with a count of what was checked', async () => {
    const { code, stdout } = await run(['verify', '--tier', 'manual']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^acme +manual +\S+ +right +2 +\d+/m);
    expect(stdout).toMatch(/^1 backups opened, \d+ objects counted; 0 wrong$/m);
  });

  test('come back from a file, into a tier that no restore takes unasked, and only whole', async () => {
    const file = join(folder, 'acme.tar');
    const uploaded = await json<Stored>(['upload', file]);
    expect(uploaded).toMatchObject({
      tier: 'safety',
      tenant: 'acme',
      backupId: first.backupId,
      strangers: [],
    });
    expect(await failure(['upload', file, '--tier', 'daily'])).toMatchObject({
      code: 'INVALID_REQUEST',
      exit: 2,
    });
    const broken = join(folder, 'broken.tar');
    await copyFile(file, broken);
    const bytes = await readFile(broken);
    bytes[bytes.length - 2048] = (bytes[bytes.length - 2048] ?? 0) ^ 1;
    await writeFile(broken, bytes);
    expect((await failure(['upload', broken])).code).toMatch(/^(DIGEST_MISMATCH|ARCHIVE_MALFORMED)$/);
  });

  test('are deleted only by their whole id', async () => {
    const [safety] = await json<Stored[]>(['list', 'acme', '--tier', 'safety']);
    const name = `acme@${safety?.versionId}`;
    expect(await failure(['delete', 'acme'])).toMatchObject({ code: 'INVALID_REQUEST', exit: 2 });
    expect(await failure(['delete', name])).toMatchObject({ code: 'INVALID_REQUEST', exit: 2 });
    expect(await failure(['delete', name, '--confirm', 'yes'])).toMatchObject({ exit: 2 });
    expect(await json(['list', 'acme', '--tier', 'safety'])).toHaveLength(1);
    expect(await json(['delete', name, '--confirm', safety?.versionId ?? ''])).toMatchObject({
      deleted: true,
    });
    expect(await json(['list', 'acme', '--tier', 'safety'])).toEqual([]);
  });

  test('that are damaged are found', async () => {
    const { vault } = deployed.deployment;
    const bytes = await readFile(join(folder, 'acme.tar'));
    bytes[bytes.length - 2048] = (bytes[bytes.length - 2048] ?? 0) ^ 1;
    await vault.put('yearly', 'acme', bytes, '2026-01-01T00:00:00Z');
    const { code, stdout } = await run(['verify', 'acme', '--tier', 'yearly']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/wrong.*(DIGEST_MISMATCH|ARCHIVE_MALFORMED)/);
  });

  test('stay when their tenant is removed, whose secret can be restored', async () => {
    expect(await failure(['tenants', 'remove', 'acme'])).toMatchObject({ code: 'INVALID_REQUEST', exit: 2 });
    const removed = await run(['tenants', 'remove', 'acme', '--confirm', 'acme']);
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.stderr).toContain('its backups stay');
    expect(await failure(['run', 'acme'])).toMatchObject({ code: 'NOT_ENROLLED', exit: 1 });
    expect((await json<object[]>(['list', 'acme'])).length).toBeGreaterThan(1);
    const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
    await expect(
      secrets.send(new GetSecretValueCommand({ SecretId: 'tenant-backup/tenants/acme' })),
    ).rejects.toThrow(/delet/);
  });
});

describe('a damaged tenant', () => {
  let before: object;

  test('differs from its backup, by name and without values of secrets', async () => {
    before = structuredClone(sandbox.tenant('globex'));
    await fixGlobex();
    expect(await json(['run', 'globex'])).toMatchObject([{ outcome: 'stored' }]);
    expect(await json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
    sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
    const { code, stdout } = await run(['diff', 'globex']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^- client /m);
    for (const secret of credentialValues(demoTenants()[1]?.tree ?? {})) expect(stdout).not.toContain(secret);
  });

  test('has a plan, and a dry run, that write nothing', async () => {
    const { code, stdout, stderr } = await run(['plan', 'globex', '--type', 'clients']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^plan \S+: make tenant globex/);
    expect(stdout).toMatch(/^\+ client /m);
    expect(stderr).toContain('to do it: tenant-backup restore globex --plan ');
    expect(await json<RestoreReport>(['restore', 'globex', '--dry-run'])).toMatchObject({
      verdict: 'planned',
    });
    expect(await json(['diff', 'globex'], 3)).toMatchObject({ isEmpty: false });
  });

  test('is not restored unless somebody agrees', async () => {
    const { code, stdout, stderr } = await run(['restore', 'globex']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^\+ client /m);
    expect(stderr).toContain('no terminal to ask on: give --yes');
    const refused = await onTerminal(['restore', 'globex'], ['Type yes to go on: ', `no${ENTER}`]);
    expect(refused).toMatchObject({ code: 2, screen: expect.stringContaining('got "no"; nothing was done') });
    expect(await json(['diff', 'globex'], 3)).toMatchObject({ isEmpty: false });
  });

  test('is restored, and the status tells how', async () => {
    const report = await json<RestoreReport>(['restore', 'globex', '--yes']);
    expect(report).toMatchObject({ verdict: 'verified', tenant: 'globex' });
    expect(await json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
    expect(sandbox.tenant('globex')).toMatchObject({ name: (before as { name: string }).name });
    const status = await json<StatusReport>(['status', 'globex', report.operationId.slice(0, 8)]);
    expect(status).toMatchObject({ operationId: report.operationId, activity: 'ended', outcome: 'restored' });
    expect(status.requestedBy).toMatch(/^arn:aws:/);
    const { stdout } = await run(['status', 'globex']);
    expect(stdout).toMatch(/^next: .*\n {2}back: tenant-backup restore globex@/m);
  });

  /** Give the enrolment the client that the sandbox knows. */
  async function fixGlobex() {
    await run(['tenants', 'remove', 'globex', '--confirm', 'globex']);
    const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
    await secrets.send(new RestoreSecretCommand({ SecretId: 'tenant-backup/tenants/globex' }));
    await storeGlobex();
  }
});

describe('parts of a backup', () => {
  beforeAll(async () => {
    await storeGlobex({ parts: ['hub', 'system', 'identity'] });
    await json(['run', 'globex']);
    sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
  });

  test('differ from the tenant, what is gone included', async () => {
    const { code, stdout } = await run(['diff', 'globex', '--parts', 'system', '--type', 'clients']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^- clients /m);
    expect(stdout).toMatch(/^objects: 2 to update, 1 to remove, \d+ unchanged$/m);
  });

  test('are planned and restored by the rights that the functions have', async () => {
    const plan = await json<PlanAnswer>(['plan', 'globex', '--parts', 'system', '--type', 'clients']);
    expect(plan).toMatchObject({ part: 'system', counts: { created: 1 }, problems: [] });
    const report = await json<RestoreReport>(['restore', 'globex', '--parts', 'system,identity', '--yes']);
    expect(Object.keys(report.parts)).toEqual(['system', 'identity']);
    expect(await json<PlanAnswer>(['plan', 'globex', '--parts', 'system'])).toMatchObject({ isEmpty: true });
    const { stdout } = await run(['status', 'globex']);
    expect(stdout).toMatch(/^importing system /m);
    expect(stdout).toMatch(
      /^ {2}back: tenant-backup restore globex@\S+ --parts system,identity --prune-created-by/m,
    );
  });

  test('show what would be done to people before anybody agrees', async () => {
    sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
    const { code, stderr } = await run(['restore', 'globex', '--parts', 'hub,identity']);
    expect(code).toBe(2);
    expect(stderr).toContain('part identity');
    expect(await failure(['plan', 'globex', '--parts', 'identity'])).toMatchObject({ code: 'PART_SEALED' });
    await json(['restore', 'globex', '--parts', 'hub,system', '--yes']);
  });
});

describe('a plan that was made before', () => {
  const planned = async () => {
    sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
    return json<PlanAnswer>(['plan', 'globex']);
  };

  test('is shown, agreed to and carried out', async () => {
    const { planId } = await planned();
    const shown = await run(['restore', 'globex', '--plan', planId.slice(0, 13)]);
    expect(shown).toMatchObject({ code: 2, stdout: '' });
    expect(shown.stderr).toContain(`plan ${planId}: make tenant globex`);
    expect(shown.stderr).toContain('no terminal to ask on: give --yes');
    const agreed = ['Type yes to go on: ', `yes${ENTER}`] as const;
    const { code, screen } = await onTerminal(['restore', 'globex', '--plan', planId], agreed);
    expect({ code, screen }).toMatchObject({
      code: 0,
      screen: expect.stringMatching(/^verdict +verified$/m),
    });
    expect(await json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
  });

  test('is refused once the tenant is another one, and says which to make', async () => {
    const { planId, desired } = await planned();
    sandbox.changeTenant('globex', ({ servers }) => {
      for (const server of Object.values(servers as object)) server.name = 'Another name';
    });
    const stale = await run(['restore', 'globex', '--plan', planId, '--yes']);
    expect(stale).toMatchObject({ code: 1, stdout: '' });
    const { versionId } = desired as { versionId: string };
    expect(stale.stderr).toContain('PLAN_STALE: ');
    expect(stale.stderr).toContain(
      `next: tenant-backup plan globex@${versionId} (with the same options), then: tenant-backup restore globex --plan`,
    );
    expect(await json<PlanAnswer>(['diff', 'globex'], 3)).toMatchObject({ isEmpty: false });
  });
});

describe('a patch', () => {
  test('is made, tried, applied and proved, and holds no credential', async () => {
    const file = join(folder, 'patch.json');
    const made = await json(['patch', 'make', 'globex', '--reverse', '--out', file]);
    expect(made).toMatchObject({
      format: 'merge',
      from: { kind: 'live', tenant: 'globex' },
      to: { kind: 'backup', tenant: 'globex' },
      isEmpty: false,
      credentials: 0,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    for (const secret of credentialValues(demoTenants()[1]?.tree ?? {})) expect(text).not.toContain(secret);
    const before = sandbox.tenant('globex');
    const tried = await json<RestoreReport>(['patch', 'apply', 'globex', file, '--dry-run']);
    expect(tried).toMatchObject({ verdict: 'planned', operation: 'patch', problems: [] });
    const asked = await run(['patch', 'apply', 'globex', file]);
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain('no terminal to ask on: give --yes');
    expect(sandbox.tenant('globex')).toEqual(before);

    const { code, stdout, stderr } = await run(['patch', 'apply', 'globex', file, '--yes']);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining('verified') });
    expect(stderr).toContain('to undo it: tenant-backup restore globex@');
    const left = await json(['patch', 'make', 'globex', '--out', join(folder, 'left.json')]);
    expect(left).toMatchObject({ isEmpty: true });
  });

  test('holds credentials where they are asked for, and brings them back', async () => {
    const file = join(folder, 'patch-with-credentials.json');
    const options = ['--reverse', '--format', 'json', '--with-credentials', '--out', file];
    const { credentials } = await json<{ credentials: number }>(['patch', 'make', 'globex', ...options]);
    expect(credentials).toBeGreaterThan(0);
    expect(await json(['patch', 'apply', 'globex', file, '--yes'])).toMatchObject({ verdict: 'verified' });
    expect(await json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
  });
});

describe('a second tenant', () => {
  test('becomes what a backup of the first one is, with other names', async () => {
    const access = sandbox.addTenant({ id: 'initech', tree: { servers: {} } });
    const [client] = access.clients;
    const enrolment = {
      issuer: access.issuer,
      clientId: client?.clientId,
      clientSecret: client?.clientSecret,
    };
    expect(await run(['tenants', 'add', 'initech', '--file', '-'], JSON.stringify(enrolment))).toMatchObject({
      code: 0,
    });
    const transform = join(folder, 'initech.yaml');
    await writeFile(transform, 'tenant:\n  id: { from: globex, to: initech }\n  name: Initech\n');
    const into = ['--into', 'initech', '--transform', transform];
    const plan = await json<PlanAnswer>(['plan', 'globex', ...into]);
    expect(plan).toMatchObject({ tenant: 'initech', desired: { kind: 'backup', tenant: 'globex' } });
    const report = await json<RestoreReport>(['restore', 'globex', ...into, '--send', 'everything', '--yes']);
    expect(report).toMatchObject({
      verdict: 'verified',
      tenant: 'initech',
      backup: { tenant: 'globex' },
    });
    const copy = sandbox.tenant('initech');
    expect(copy).toMatchObject({ name: 'Initech' });
    expect(Object.keys(copy['servers'] as object)).toEqual(
      expect.arrayContaining(Object.keys(sandbox.tenant('globex')['servers'] as object)),
    );
    expect(await json<StatusReport>(['status', 'initech'])).toMatchObject({ outcome: 'restored' });
  });
});

describe('a name that is enrolled anew', () => {
  test('gets no backup of the former tenant, unless that is said', async () => {
    const other = sandbox.addTenant({ id: 'umbrella', tree: { servers: {} } });
    const { clientId, clientSecret: secret } = other.clients[0] ?? {};
    await storeGlobex({ issuer: other.issuer, clientId, clientSecret: secret });
    const { stdout } = await run(['plan', 'globex']);
    expect(stdout).toMatch(/^warning SOURCE_MISMATCH: backup \S+ is of \S+\/globex\/system, /m);
    // Nobody is asked first.
    const refused = await onTerminal(['restore', 'globex']);
    expect(refused).toMatchObject({ code: 1, screen: expect.stringMatching(/^SOURCE_MISMATCH: /m) });
    expect(refused.screen).toContain('next: repeat the command with --allow-other-source');
    expect(await failure(['restore', 'globex', '--yes'])).toMatchObject({ code: 'SOURCE_MISMATCH' });
    expect(await json(['restore', 'globex', '--allow-other-source', '--yes'])).toMatchObject({
      verdict: 'verified',
    });
    await storeGlobex();
  });
});

describe('a backup of the part system alone', () => {
  test('is compared by it unasked', async () => {
    await storeGlobex({ parts: ['system'] });
    await json(['run', 'globex']);
    expect(await json(['diff', 'globex'])).toMatchObject({ part: 'system', isEmpty: true });
    await storeGlobex();
  });
});

describe('the report', () => {
  test('is not there before the first audit, which can be asked for', async () => {
    expect(await failure(['report'])).toMatchObject({ code: 'REPORT_NOT_FOUND', exit: 1 });
    const page = join(folder, 'report.html');
    const { code, stdout } = await run(['report', '--now', '--html', page]);
    // A failed backup, and an archive that was damaged on purpose.
    expect(code).toBe(3);
    expect(stdout).toMatch(/^audited .* tenants have a fresh backup/);
    expect(stdout).toMatch(/^alarm .*BACKUP_BROKEN/m);
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
    const { code, stdout } = await run(['doctor', '--json']);
    return { code, findings: JSON.parse(stdout) };
  }

  test('finds what is wrong: a failed backup, a schedule that is not there, a key that is disabled', async () => {
    const kms = new KMSClient(clientSettings(deployed.localAws));
    const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
    const KeyId = deployed.deployment.output('credentialsAliasArn');
    await kms.send(new DisableKeyCommand({ KeyId: await keyIdOf(kms, KeyId) }));
    await secrets.send(
      new TagResourceCommand({
        SecretId: 'tenant-backup/tenants/globex',
        Tags: [{ Key: 'tenant-backup:schedule', Value: 'hourly' }],
      }),
    );
    const { code, findings } = await doctor();
    expect(code).toBe(3);
    const wrong = findings
      .filter(({ verdict }) => verdict === 'wrong')
      .map(({ area, message }) => `${area}: ${message}`);
    expect(wrong).toEqual(
      expect.arrayContaining([
        'keys: must be Enabled, is Disabled',
        expect.stringMatching(/^queues: \d+ messages/),
        'tenants: has the schedule hourly, which does not exist: it is never backed up',
      ]),
    );
    await kms.send(new EnableKeyCommand({ KeyId: await keyIdOf(kms, KeyId) }));
    await run(['tenants', 'pause', 'globex']);
    await deployed.deployment.sqs.send(
      new PurgeQueueCommand({ QueueUrl: deployed.deployment.output('deadLetterQueueUrl') }),
    );
  });

  test('is content with what is right, and says who asks', async () => {
    const { code, findings } = await doctor();
    expect(new Set(findings.map(({ area }) => area))).toEqual(
      new Set(['caller', 'stack', 'keys', 'vault', 'schedules', 'queues', 'tenants']),
    );
    const others = findings.filter(({ verdict }) => verdict !== 'fine');
    // The local AWS has one user, root, and leaves out lifecycles.
    expect(others.filter(({ subject }) => !/^policies$|^lifecycle of /.test(subject))).toEqual([]);
    expect(code).toBe(3);
    expect(findings[0]?.message).toMatch(/^arn:aws:/);
  });

  const keyIdOf = async (kms: KMSClient, alias: string) =>
    (await kms.send(new DescribeKeyCommand({ KeyId: alias }))).KeyMetadata?.Arn ?? '';
});

describe('every verb', () => {
  const verbs = verbsOf(buildProgram()).map((verb) => [verb.path, verb] as const);
  /** Verbs that are about no tenant, or make one, or that this deployment does not have. */
  const others =
    /^(escrow|completion|keys|tenants add|tenants list|retention check|inspect|open|upload|doctor|report|drill)/;

  test.each(verbs.filter(([path]) => !others.test(path)))(
    '%s says that there is no such tenant',
    async (_, verb) => {
      const failed = await failure(commandLine(verb, 'nobody'));
      expect(failed.code).toMatch(/^(NOT_ENROLLED|NO_BACKUP|OPERATION_NOT_FOUND|PLAN_NOT_FOUND)$/);
      expect(failed.message).toContain('nobody');
      expect(failed.exit).toBe(1);
    },
  );

  test('says that the stack is not there', async () => {
    expect(await failure(['list', '--stack', 'Nowhere'])).toMatchObject({ code: 'NOT_DEPLOYED', exit: 1 });
  });
});
