import { createPrivateKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childEnvironment, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { deploySchedules } from './deploy-schedules.ts';
import { runCommand } from './run-command.ts';
import { type Answer, CTRL_C, CTRL_D, ENTER, runOnTerminal, TERMINALS } from './run-on-terminal.ts';

/** What the command asks, on a real pseudo-terminal. */

let localAws: LocalAws;
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  localAws = await startLocalAws();
  await deploySchedules(localAws, ['nightly', 'hourly']);
  environment = childEnvironment(localAws);
});
afterAll(() => localAws?.stop());

const onTerminal = (args: readonly string[], ...answers: Answer[]) =>
  runOnTerminal(args, answers, { environment });

const INTERRUPTED = 'INTERRUPTED: nothing runs in AWS';

describe('the question before a write', () => {
  const script = fileURLToPath(new URL('ask-yes.ts', import.meta.url));
  const program = [process.execPath, script];
  const answered = (typed: string) => runOnTerminal([], [['Type yes to continue: ', typed]], { program });

  test.each(['yes', 'YES', ' yes ', 'ye\x7fes'])('is answered by %j', async (typed) => {
    expect(await answered(typed + ENTER)).toMatchObject({
      code: 0,
      screen: expect.stringMatching(/^it was done$/m),
    });
  });

  test.each([
    ['no', `no${ENTER}`, 'got "no"'],
    ['y', `y${ENTER}`, 'got "y"'],
    ['nothing', ENTER, 'got ""'],
    ['the end of input', CTRL_D, 'got nothing'],
  ])('is not answered by %s', async (_, typed, got) => {
    const { code, screen } = await answered(typed);
    expect(code).toBe(2);
    expect(screen).toMatch(
      new RegExp(`^INVALID_REQUEST: you must type yes to continue, ${got}; nothing was done$`, 'm'),
    );
    expect(screen).not.toContain('it was done');
  });

  test.each(['', 'ye'])('after %j, Ctrl-C ends the command as it does everywhere', async (typed) => {
    const { code, screen } = await answered(typed + CTRL_C);
    expect(code).toBe(130);
    expect(screen).toMatch(new RegExp(`^${INTERRUPTED}$`, 'm'));
    expect(screen).not.toContain('it was done');
  });

  test('is not asked where nobody would see it', async () => {
    const log = join(newFolder(), 'log');
    const inShell = ['/bin/sh', '-c', 'exec "$0" "$1" 2> "$2"', ...program, log];
    expect(await runOnTerminal([], [], { program: inShell })).toEqual({ code: 2, screen: '' });
    expect(readFileSync(log, 'utf8')).toContain('INVALID_REQUEST: no terminal to ask a question: give --yes');
  });
});

describe('a name that has to be typed', () => {
  beforeAll(async () => {
    const enrolment = JSON.stringify({
      issuer: 'https://sso.example/acme/system',
      clientId: 'backup',
      clientSecret: 'a-secret-of-a-client',
    });
    await runCommand(['tenants', 'add', 'acme', '--no-test', '--file', '-'], {
      environment,
      input: enrolment,
    });
  });

  const isEnrolled = async () =>
    (await runCommand(['tenants', 'list', '--json'], { environment })).stdout.includes('"acme"');

  test.each([
    ['another one', `acm${ENTER}`, 2, 'you must type acme to continue, got "acm"; nothing was done'],
    ['yes', `yes${ENTER}`, 2, 'you must type acme to continue, got "yes"; nothing was done'],
    ['the end of input', CTRL_D, 2, 'you must type acme to continue, got nothing; nothing was done'],
    ['Ctrl-C', CTRL_C, 130, INTERRUPTED],
  ])('is not %s', async (_, typed, code, said) => {
    const refused = await onTerminal(['tenants', 'remove', 'acme'], ['Type acme to continue: ', typed]);
    expect(refused).toMatchObject({ code, screen: expect.stringContaining(said) });
    expect(await isEnrolled()).toBe(true);
  });

  test('ends the enrolment', async () => {
    const removed = await onTerminal(
      ['tenants', 'remove', 'acme'],
      ['Type acme to continue: ', `acme${ENTER}`],
    );
    expect(removed).toMatchObject({ code: 0, screen: expect.stringContaining('removed acme; its secret') });
    expect(await isEnrolled()).toBe(false);
  });
});

describe('a secret', () => {
  const SECRET = 'canary-of-a-typed-secret';
  const ADD = [
    'tenants',
    'add',
    'typed',
    '--no-test',
    '--issuer',
    'https://sso.example/typed/system',
    '--client-id',
    'b',
  ];

  test('is not shown while it is typed', async () => {
    const added = await onTerminal(ADD, ['client secret: ', SECRET + ENTER]);
    expect(added).toEqual({
      code: 0,
      screen:
        'client secret: \nenrolled typed, backed up by schedule nightly\n' +
        'people are not backed up; to add them: tenant-backup tenants update typed --parts hub,system,identity\n',
    });
  });

  test.each([
    ['nothing', ENTER, 2, 'INVALID_REQUEST: client secret must not be empty'],
    ['the end of input', CTRL_D, 2, 'INVALID_REQUEST: client secret must not be empty'],
    ['Ctrl-C', SECRET + CTRL_C, 130, INTERRUPTED],
  ])('is not %s', async (_, typed, code, said) => {
    const refused = await onTerminal(ADD, ['client secret: ', typed]);
    expect(refused).toMatchObject({ code, screen: expect.stringContaining(`\n${said}\n`) });
    expect(refused.screen).not.toContain(SECRET);
  });
});

describe('a new passphrase', () => {
  test('is typed twice, and opens the key', async () => {
    const passphrase = 'canary of a passphrase, long';
    const folder = newFolder();
    const { code, screen } = await onTerminal(
      ['escrow', 'create', '--out', folder, '--json'],
      ['passphrase of the private key: ', passphrase + ENTER],
      ['passphrase of the private key, again: ', passphrase + ENTER],
    );
    expect(code).toBe(0);
    expect(screen).not.toContain('canary');
    const { privateKeyFile } = JSON.parse(screen.slice(screen.indexOf('{'))) as { privateKeyFile: string };
    expect(createPrivateKey({ key: readFileSync(privateKeyFile, 'utf8'), passphrase }).type).toBe('private');
  });

  test('that is mistyped the second time makes no key', async () => {
    const folder = join(newFolder(), 'keys');
    const { code, screen } = await onTerminal(
      ['escrow', 'create', '--out', folder],
      ['passphrase of the private key: ', `canary of a passphrase, long${ENTER}`],
      ['passphrase of the private key, again: ', `canary of a passphrase, lomg${ENTER}`],
    );
    expect(code).toBe(2);
    expect(screen).toContain('passphrase of the private key must be the same both times; nothing was done');
    expect(screen).not.toContain('canary');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('progress on a terminal', () => {
  const program = [process.execPath, fileURLToPath(new URL('show-progress.ts', import.meta.url))];
  const MOVES = /(work.*){3}/s;
  const A_LINE_FOR_EACH_PHASE = /^working …\nworking on …\nit was done\n$/;

  test.each(TERMINALS)('$kind is seen to its end', async ({ moves, ...terminal }) => {
    const { code, screen } = await runOnTerminal([], [], { program, ...terminal });
    expect(code).toBe(0);
    expect(screen).toMatch(moves ? MOVES : A_LINE_FOR_EACH_PHASE);
    expect(screen.endsWith('it was done\n')).toBe(true);
  });
});

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tenant-backup-prompts-'));
}
