import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEnrolmentAdministration } from '../../../../../scripts/cli/aws/enrolment-administration.client.ts';
import { type Sandbox, startSandbox } from '../../../../../scripts/sandbox/sandbox.ts';
import { rejectionOf } from '../../../../rejection.ts';
import { openTenantsStage, type TenantsStage } from './tenants-stage.ts';

const CANARY = 'canary-secret-of-a-client-that-must-not-be-shown';

let stage: TenantsStage;
let sandbox: Sandbox;
let folder: string;
beforeAll(async () => {
  [stage, sandbox] = await Promise.all([openTenantsStage(), startSandbox()]);
  folder = await mkdtemp(join(tmpdir(), 'tenants-update-'));
});
afterAll(async () => {
  await sandbox?.close();
  await stage?.close();
  if (folder) await rm(folder, { recursive: true });
});

const idOf = (name: string) => ({ SecretId: `tenant-backup/tenants/${name}` });
const versionOf = async (name: string) =>
  (await stage.secrets.send(new GetSecretValueCommand(idOf(name)))).VersionId;
const tagsOf = async (name: string) =>
  (await stage.secrets.send(new DescribeSecretCommand(idOf(name)))).Tags?.map(
    ({ Key, Value }) => `${Key}=${Value}`,
  );
const update = (name: string, options: readonly string[], input?: string) =>
  stage.command(['tenants', 'update', name, ...options], input);
async function file(content: string | Buffer): Promise<string> {
  const path = join(folder, `file-${++files}`);
  await writeFile(path, content);
  return path;
}
let files = 0;
let tenants = 0;

/** An enrolled tenant, and its enrolment. */
async function enrolled(changes: object = {}) {
  const id = `t${++tenants}`;
  const { issuer, clients } = sandbox.addTenant({
    id,
    tree: { name: 'Acme', servers: { main: { name: 'Main' } } },
  });
  const { clientId, clientSecret } = clients[0] ?? expect.fail('the tenant has no client');
  const enrolment = { issuer, clientId, clientSecret, parts: ['hub'], scratch: true, ...changes };
  await store(id, enrolment);
  return { id, enrolment, secret: clientSecret };
}

const store = async (name: string, enrolment: object) =>
  expect(
    await stage.command(['tenants', 'add', name, '--no-test', '--file', '-'], JSON.stringify(enrolment)),
  ).toMatchObject({ code: 0 });

describe('tenants update', () => {
  it('stores the next secret if it works, keeps the rest, and shows neither', async () => {
    const { id, enrolment, secret } = await enrolled({ clientSecret: CANARY });
    const updated = await update(id, ['--client-secret-file', '-'], `${secret}\n`);
    expect(updated).toEqual({
      code: 0,
      stdout: `updated ${id}\n  clientSecret: changed\n`,
      stderr: `testing ${id} …\n`,
    });
    expect(await stage.stored(id)).toEqual({ ...enrolment, clientSecret: secret });
  });

  it.each<[what: string, bytes: Buffer]>([
    ['a byte order mark', Buffer.from(`\ufeffSECRET\r\n`)],
    ['a line break of Windows', Buffer.from('SECRET\r\n')],
  ])('takes a secret file with %s', async (_what, bytes) => {
    const { id, enrolment, secret } = await enrolled({ clientSecret: CANARY });
    const path = await file(Buffer.from(bytes.toString().replace('SECRET', secret)));
    expect(await update(id, ['--client-secret-file', path])).toMatchObject({ code: 0 });
    expect(await stage.stored(id)).toEqual({ ...enrolment, clientSecret: secret });
  });

  it.each<[what: string, options: () => Promise<string[]>, message: string | RegExp]>([
    [
      'a secret in UTF-16',
      async () => ['--client-secret-file', await file(Buffer.from(`\ufeff${CANARY}`, 'utf16le'))],
      'must be text in UTF-8',
    ],
    [
      'a secret of two lines',
      async () => ['--client-secret-file', await file(`${CANARY}\n${CANARY}`)],
      'one line of printable ASCII',
    ],
    [
      'a secret that is wrong',
      async () => ['--client-secret-file', await file(CANARY)],
      /AUTHENTICATION_REFUSED: the test of "t\d+" failed: token: .*; nothing was stored/,
    ],
    ['a schedule that is not deployed', async () => ['--schedule', 'nigthly'], 'did you mean nightly?'],
    [
      'a schedule that is not deployed, beside a change',
      async () => ['--parts', 'hub,system', '--schedule', 'Hourly'],
      'did you mean hourly?; nothing was stored',
    ],
    ['a part that does not exist', async () => ['--parts', 'users'], 'parts.0 must be one of hub, system'],
    ['a workspace that is not there', async () => ['--workspace', 'gone'], 'WORKSPACE_NOT_FOUND'],
    ['an issuer that is not https', async () => ['--issuer', 'http://a.example/b/system'], 'must be https'],
    ['a method without its key', async () => ['--authentication', 'private_key_jwt'], 'privateKey must be'],
    [
      'a file beside other options',
      async () => ['--file', await file('{}'), '--all-workspaces'],
      '--all-workspaces must not be given beside --file',
    ],
    ['no change at all, without a terminal', async () => [], 'no terminal to ask a question'],
  ])('stores nothing for %s', async (_what, options, message) => {
    const { id, enrolment } = await enrolled();
    const before = [await versionOf(id), await tagsOf(id)];
    const refused = await update(id, await options());
    expect(refused).toMatchObject({ code: expect.toBeOneOf([1, 2]), stdout: '' });
    expect(refused.stderr).toMatch(message);
    expect(refused.stderr).not.toContain(CANARY);
    expect(await stage.stored(id)).toEqual(enrolment);
    expect([await versionOf(id), await tagsOf(id)]).toEqual(before);
  });

  it('tests named parts and never narrows them', async () => {
    const { id, enrolment } = await enrolled();
    sandbox.setFault(id, { kind: 'fail', status: 403, api: 'system' });
    const refused = await update(id, ['--parts', 'hub,system']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('PERMISSION_DENIED') });
    expect(await stage.stored(id)).toEqual(enrolment);
    expect(await update(id, ['--parts', 'hub,system', '--no-test', '--json'])).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify({
        tenant: id,
        replaced: false,
        changes: [{ field: 'parts', before: ['hub'], after: ['hub', 'system'] }],
      })}\n`,
    });
    expect(await stage.stored(id)).toEqual({ ...enrolment, parts: ['hub', 'system'] });
  });

  it('limits to workspaces, and back to the whole tenant', async () => {
    const { id, enrolment } = await enrolled();
    expect((await update(id, ['--workspace', 'main'])).stdout).toContain('  workspaces: none → main\n');
    expect(await stage.stored(id)).toEqual({ ...enrolment, workspaces: ['main'] });
    expect((await update(id, ['--all-workspaces'])).stdout).toContain('  workspaces: main → none\n');
    expect(await stage.stored(id)).toEqual(enrolment);
  });

  it('asks for schedules of key rotation, which are in the part system, and no longer', async () => {
    const { id, enrolment } = await enrolled();
    const refused = await update(id, ['--key-rotation', '--no-test']);
    expect(refused.stderr).toContain('keyRotation must be false unless parts has system');
    const whole = { ...enrolment, parts: ['hub', 'system'] };
    const asked = await update(id, ['--key-rotation', '--parts', 'hub,system', '--no-test']);
    expect(asked.stdout).toContain('  keyRotation: none → true\n');
    expect(await stage.stored(id)).toEqual({ ...whole, keyRotation: true });
    const ended = await update(id, ['--no-key-rotation']);
    expect(ended.stdout).toContain('  keyRotation: true → false\n');
    expect(await stage.stored(id)).toEqual({ ...whole, keyRotation: false });
  });

  it('writes no version if nothing differs', async () => {
    const { id } = await enrolled();
    const version = await versionOf(id);
    expect(await update(id, ['--parts', 'hub', '--schedule', 'nightly'])).toMatchObject({
      code: 0,
      stdout: `${id} is already so\n`,
    });
    expect(await versionOf(id)).toBe(version);
  });

  it('names another schedule without a new version; a paused tenant stays paused', async () => {
    const { id } = await enrolled();
    const version = await versionOf(id);
    expect(await update(id, ['--schedule', 'hourly'])).toMatchObject({
      code: 0,
      stdout: `updated ${id}\n  schedule: nightly → hourly\n`,
    });
    expect(await tagsOf(id)).toEqual(['tenant-backup:schedule=hourly']);
    await stage.command(['tenants', 'pause', id]);
    expect((await update(id, ['--schedule', 'nightly'])).stdout).toContain('schedule: hourly → nightly');
    expect(await tagsOf(id)).toEqual(['tenant-backup:paused=nightly']);
    expect((await stage.command(['tenants', 'resume', id])).stdout).toContain('by schedule nightly');
    expect(await versionOf(id)).toBe(version);
  });

  it('changes one of the tenants that share an enrolment', async () => {
    const [a, b] = [await enrolled(), await enrolled()];
    await store('fleet', { tenants: { a: a.enrolment, b: { ...b.enrolment, clientSecret: CANARY } } });
    // The other tenant is not tested: its secret may be wrong.
    expect(await update('fleet--a', ['--parts', 'hub,system'])).toMatchObject({ code: 0 });
    expect(await stage.stored('fleet')).toEqual({
      tenants: {
        a: { ...a.enrolment, parts: ['hub', 'system'] },
        b: { ...b.enrolment, clientSecret: CANARY },
      },
    });
    for (const [name, options, message] of [
      ['fleet', ['--parts', 'hub'], 'shared by several tenants: name one, such as fleet--a'],
      ['fleet--c', ['--parts', 'hub'], 'has no tenants.c'],
      ['fleet--a', ['--schedule', 'hourly'], '--schedule is of the whole enrolment: name fleet'],
      [`${a.id}--b`, ['--parts', 'hub'], 'has no tenants.b'],
    ] as const) {
      expect(await update(name, options)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(message),
      });
    }
  });

  it('replaces the whole enrolment by a file, with parts that the client may export', async () => {
    const { id, enrolment } = await enrolled();
    sandbox.setBehaviour(id, { hub: 'off-403' });
    const { parts, ...next } = { ...enrolment, scratch: false };
    const updated = await update(id, ['--file', '-'], JSON.stringify(next));
    expect(updated).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^updated t\d+\nt\d+: hub is not backed up: PERMISSION_DENIED/),
    });
    expect(await stage.stored(id)).toEqual({ ...next, parts: ['system'] });
  });

  it('mends an enrolment that is invalid', async () => {
    const { id, enrolment } = await enrolled();
    const { issuer, ...broken } = enrolment;
    await stage.secrets.send(
      new PutSecretValueCommand({ ...idOf(id), SecretString: JSON.stringify(broken) }),
    );
    expect(await update(id, ['--issuer', issuer])).toMatchObject({ code: 0 });
    expect(await stage.stored(id)).toEqual(enrolment);
  });

  it('is refused for a tenant that is not enrolled', async () => {
    for (const options of [
      ['--parts', 'hub'],
      ['--schedule', 'hourly'],
    ]) {
      expect(await update('nowhere', options)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('NOT_ENROLLED: tenant "nowhere" is not enrolled'),
      });
    }
  });
});

describe('changes at the same time', () => {
  const administration = () => createEnrolmentAdministration(stage.secrets);
  const labelsOf = async (name: string) => {
    const { VersionIdsToStages = {} } = await stage.secrets.send(new DescribeSecretCommand(idOf(name)));
    return Object.values(VersionIdsToStages).flat().toSorted();
  };

  it('do not lose a value that another person stored since it was read', async () => {
    const { id } = await enrolled();
    const { versionId } = await administration().read(id);
    await stage.secrets.send(new PutSecretValueCommand({ ...idOf(id), SecretString: '{"theirs":1}' }));
    expect(await rejectionOf(administration().replace(id, '{"ours":1}', versionId))).toMatchObject({
      code: 'ENROLMENT_CHANGED',
    });
    expect(await stage.stored(id)).toEqual({ theirs: 1 });
    expect(await labelsOf(id)).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('let exactly one of many win', async () => {
    const { id } = await enrolled();
    const versionId = await administration().currentVersion(id);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        administration().replace(id, JSON.stringify({ index }), versionId),
      ),
    );
    const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect(await stage.stored(id)).toEqual({ index: winners[0] });
    expect(await labelsOf(id)).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });
});
