import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../../../scripts/sandbox/sandbox.ts';
import { selfSigned } from '../../../../tenant/certificates.ts';
import { CLIENT_ID, CLIENT_SECRET, startWith } from '../../../sandbox/support.ts';
import { runCommand } from '../../run-command.ts';
import { openTenantsStage, type TenantsStage } from './tenants-stage.ts';

const SECRET = 'canary-secret-of-a-client-that-must-not-be-shown';
const ENROL = [
  'tenants',
  'add',
  'acme',
  '--issuer',
  'https://sso.example/acme/system',
  '--client-id',
  'backup',
];
const FROM_INPUT = ['--client-secret-file', '-', '--no-test'];

let stage: TenantsStage;
beforeAll(async () => {
  stage = await openTenantsStage();
});
afterAll(() => stage?.close());

const command = (args: readonly string[], input?: string) => stage.command(args, input);
const stored = (name: string) => stage.stored(name);

describe('tenants add', () => {
  it('enrols a tenant with a secret from standard input, which it never shows', async () => {
    const added = await command([...ENROL, ...FROM_INPUT], `${SECRET}\n`);
    expect(added).toEqual({
      code: 0,
      stdout: 'enrolled acme, backed up by schedule nightly\n',
      stderr:
        'people are not backed up; to add them: tenant-backup tenants update acme --parts hub,system,identity\n',
    });

    expect(await stored('acme')).toEqual({
      issuer: 'https://sso.example/acme/system',
      clientId: 'backup',
      clientSecret: SECRET,
      parts: ['hub', 'system'],
    });
    expect(await command(['tenants', 'list', '--json'])).toMatchObject({
      code: 0,
      stdout: '[{"tenant":"acme","schedule":"nightly","paused":false,"lane":null}]\n',
    });
    expect(await command(['tenants', 'list', '--schedule', 'hourly'])).toMatchObject({
      code: 0,
      stdout: 'no tenants\n',
    });
  });

  it('stores a whole enrolment from a file or from standard input', async () => {
    const enrolment = {
      issuer: 'https://sso.example/globex/system',
      clientId: 'backup',
      clientSecret: SECRET,
      parts: ['system', 'identity'],
    };
    const added = await command(
      ['tenants', 'add', 'globex', '--no-test', '--file', '-'],
      `${JSON.stringify(enrolment)}\n`,
    );
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(await stored('globex')).toEqual(enrolment);
  });

  it('enrols a client that has a certificate in place of a secret', async () => {
    const { certificate, privateKey } = await selfSigned('CN=backup');
    const folder = await mkdtemp(join(tmpdir(), 'tenants-add-'));
    const file = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const options = [
      ...['--authentication', 'self_signed_tls_client_auth'],
      ...['--certificate-file', await file('certificate.pem', certificate)],
      ...['--private-key-file', await file('key.pem', privateKey)],
      ...['--ca-file', await file('ca.pem', certificate)],
      ...['--issuer', 'https://sso.example/system', '--vanity', 'tenant', '--tenant-id', 'umbrella'],
      ...['--client-id', 'backup', '--parts', 'hub,identity', '--workspace', 'a', '--workspace', 'b'],
    ];
    const added = await command(['tenants', 'add', 'umbrella', '--no-test', ...options]);
    await rm(folder, { recursive: true });
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(await stored('umbrella')).toEqual({
      issuer: 'https://sso.example/system',
      clientId: 'backup',
      authentication: 'self_signed_tls_client_auth',
      certificate,
      privateKey: privateKey.trimEnd(),
      ca: certificate,
      vanity: 'tenant',
      tenantId: 'umbrella',
      parts: ['hub', 'identity'],
      workspaces: ['a', 'b'],
    });
  });

  it('never overwrites an enrolment', async () => {
    await command([...ENROL, ...FROM_INPUT], SECRET);
    const again = await command([...ENROL, ...FROM_INPUT], SECRET);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(
      /^ALREADY_ENROLLED: tenant "acme" is already enrolled\n {2}next: tenant-backup tenants list/,
    );
  });

  it.each([
    [
      'a name with capitals',
      ['tenants', 'add', 'Acme', ...ENROL.slice(3), ...FROM_INPUT],
      2,
      'INVALID_REQUEST: tenant must be',
    ],
    [
      'an issuer that is not https',
      [
        'tenants',
        'add',
        'globex',
        '--issuer',
        'http://sso.example/g/system',
        '--client-id',
        'b',
        ...FROM_INPUT,
      ],
      1,
      'INVALID_ENROLMENT: enrolment "globex": issuer must be https',
    ],
    [
      'an unknown way to authenticate',
      ['tenants', 'add', 'globex', ...ENROL.slice(3), '--authentication', 'magic', ...FROM_INPUT],
      1,
      'authentication must be one of client_secret_basic, client_secret_post',
    ],
    ['no issuer', ['tenants', 'add', 'globex'], 2, '--issuer or --file must be given'],
    [
      'a file beside other options',
      ['tenants', 'add', 'globex', '--file', '-', '--client-id', 'b'],
      2,
      '--client-id must not be given beside --file',
    ],
    [
      'a part that does not exist',
      ['tenants', 'add', 'globex', ...ENROL.slice(3), '--parts', 'hub,users', ...FROM_INPUT],
      1,
      'parts.1 must be one of hub, system, identity',
    ],
    ['a secret as an argument', [...ENROL, '--client-secret', 'x'], 2, "unknown option '--client-secret'"],
    ['a file that does not exist', [...ENROL, '--client-secret-file', '/nowhere/secret'], 2, 'ENOENT'],
    ['an unknown verb', ['tenants', 'ad'], 2, "unknown command 'ad'"],
  ])('refuses %s', async (_name, args, code, message) => {
    const refused = await command(args, SECRET);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).not.toContain(SECRET);
    expect(refused.stderr).not.toMatch(/^ {4}at /m);
    // There is nothing to test: it is not stored.
    expect(refused.stderr).not.toContain('tenants test');
  });

  it('refuses an empty secret', async () => {
    expect(await command([...ENROL, ...FROM_INPUT], '\n')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^INVALID_REQUEST: client secret must not be empty\n/),
    });
  });

  it('does not wait for a terminal that is not there', async () => {
    const refused = await command(ENROL);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('no terminal to ask a question');
  });
});

describe('tenants test', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    ({ sandbox } = await startWith({ name: 'Acme' }));
    const own = enrolment(sandbox.issuer('acme'), { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
    const wrong = { ...own, clientSecret: SECRET };
    const root = { ...enrolment(sandbox.root.issuer, sandbox.root.clients[0]), scope: 'all-tenants' };
    await enrol('big', root);
    await enrol('fleet', { tenants: { fine: { ...own, parts: ['system', 'identity'] }, wrong } });
  });
  afterAll(() => sandbox?.close());

  const enrolment = (issuer: string, client?: { clientId: string; clientSecret: string }) => ({
    issuer,
    clientId: client?.clientId,
    clientSecret: client?.clientSecret,
  });
  const enrol = async (name: string, value: object) =>
    expect(
      await command(['tenants', 'add', name, '--no-test', '--file', '-'], JSON.stringify(value)),
    ).toMatchObject({
      code: 0,
    });
  const check = async (name: string) => {
    const { code, stdout } = await command(['tenants', 'test', name, '--json']);
    const { checks } = JSON.parse(stdout) as { checks: { check: string; ok: boolean; message: string }[] };
    const exports = checks.filter((each) => each.check === 'export').map(({ message }) => message);
    return { code, checks, exports };
  };

  it('lists the tenants of a whole deployment, and exports one of them by its name', async () => {
    expect(await check('big')).toMatchObject({ code: 0, exports: ['1 tenants'] });
    expect(await check('big--acme')).toMatchObject({
      code: 0,
      exports: [expect.stringMatching(/^hub \d/), expect.stringMatching(/^system \d/)],
    });
    const nobody = await check('big--nobody');
    expect(nobody).toMatchObject({
      code: 3,
      exports: [expect.stringContaining('tenant and workspace must exist'), expect.anything()],
    });
  });

  describe('before it enrols', () => {
    const add = (name: string, value: object, ...options: string[]) =>
      command(['tenants', 'add', name, ...options, '--file', '-'], JSON.stringify(value));
    const own = () => enrolment(sandbox.issuer('acme'), { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
    const isStored = async (name: string) =>
      stored(name).then(
        () => true,
        () => false,
      );

    it('takes a tenant that can be backed up and restored', async () => {
      const added = await add('good', own());
      expect(added).toMatchObject({ code: 0, stdout: 'enrolled good, backed up by schedule nightly\n' });
      expect(await isStored('good')).toBe(true);
    });

    it.each([
      [
        'a secret that is wrong',
        (): object => ({ ...own(), clientSecret: SECRET }),
        'AUTHENTICATION_REFUSED',
        'token',
      ],
      [
        'a workspace that is not there',
        (): object => ({ ...own(), workspaces: ['nowhere'] }),
        'WORKSPACE_NOT_FOUND',
        'export',
      ],
      [
        'a tenant that is not there',
        (): object => ({ ...own(), issuer: own().issuer.replace('acme', 'nobody') }),
        '',
        'token',
      ],
      [
        'one of many that is wrong',
        (): object => ({ tenants: { fine: own(), wrong: { ...own(), clientSecret: SECRET } } }),
        'AUTHENTICATION_REFUSED',
        'token',
      ],
    ])('stores nothing for %s', async (_what, value, code, check) => {
      const refused = await add('bad', value());
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        new RegExp(`^${code}.*: the test of "bad" failed: ${check}: .*; nothing was stored$`, 'm'),
      );
      expect(refused.stderr).toContain('next: correct the field that the message names');
      expect(refused.stderr).not.toContain(SECRET);
      expect(await isStored('bad')).toBe(false);
    });

    it('stores what it was told not to test', async () => {
      expect(await add('untested', { ...own(), clientSecret: SECRET }, '--no-test')).toMatchObject({
        code: 0,
      });
    });

    it.each([
      ['nigthly', ': did you mean nightly?; nothing was stored'],
      ['Hourly', ': did you mean hourly?; nothing was stored'],
      ['nightl', ': did you mean nightly?; nothing was stored'],
      ['weekly', ', got "weekly"; nothing was stored'],
    ])('refuses the schedule %s, which is not deployed', async (schedule, end) => {
      const refused = await add('late', own(), '--schedule', schedule);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(
        'INVALID_REQUEST: --schedule must be a deployed schedule (hourly, nightly)',
      );
      expect(refused.stderr).toContain(end);
      expect(await isStored('late')).toBe(false);
    });
  });

  it('tests each tenant of those that share an enrolment, or one of them by its name', async () => {
    const { code, checks } = await check('fleet');
    expect(code).toBe(3);
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([
      {
        check: 'token',
        message: expect.stringMatching(/^fleet--wrong: .* refused the client: invalid_client$/),
      },
    ]);
    expect(JSON.stringify(checks)).not.toContain(SECRET);
    expect(await check('fleet--fine')).toMatchObject({
      code: 0,
      exports: [expect.stringMatching(/^system \d/), expect.stringMatching(/^identity \d/)],
    });
    expect(await command(['tenants', 'test', 'fleet--nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NOT_ENROLLED: tenant "fleet--nobody" is not enrolled'),
    });
  });
});

describe('without a usable AWS', () => {
  it.each([
    [
      'credentials',
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      'AWS_NOT_CONFIGURED: no AWS credentials',
    ],
    [
      'a region',
      { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined },
      'AWS_NOT_CONFIGURED: no AWS region is set',
    ],
    [
      'an endpoint that answers',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      'AWS_UNAVAILABLE: cloudformation:DescribeStacks failed',
    ],
  ])('says that there is no sign of %s', async (_name, without, message) => {
    const failed = await runCommand(['tenants', 'list'], {
      environment: { ...stage.environment, ...without },
    });
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain(message);
  });
});
