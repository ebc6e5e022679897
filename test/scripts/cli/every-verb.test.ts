import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildProgram } from '../../../scripts/cli/program.ts';
import { commandLine, runHere, type Verb, verbsOf } from './command-tree.ts';

/** What holds for every verb, found by walking the tree of them. */

const VERBS = verbsOf(buildProgram());
const table = VERBS.map((verb): [string, Verb] => [verb.path, verb]);

/** Verbs that need no AWS for what the table asks of them. */
const LOCAL = new Set(['escrow create', 'keys inspect', 'inspect', 'completion']);
const remote = table.filter(([path]) => !LOCAL.has(path));

const page = readFileSync(new URL('../../../docs/COMMAND.md', import.meta.url), 'utf8');
/** The sections of the page on the command that have a verb, or several, as their heading. */
const sections = page.split(/^##+ /m).flatMap((text) => {
  const paths = [...(text.split('\n')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
  return paths.length > 0 ? [{ paths, text }] : [];
});

const STACK_TRACE = /^\s+at .*:\d+:\d+/m;

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
  for (const name of ['AWS_PROFILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']) vi.stubEnv(name, undefined);
  useCredentials('AKIAIOSFODNN7EXAMPLE');
});
afterEach(() => vi.unstubAllEnvs());

function useCredentials(id: string | undefined) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', id);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', id);
}

test('there are verbs', () => {
  expect(VERBS.length).toBeGreaterThan(10);
});

describe('the files of the verbs', () => {
  const COMMANDS = new URL('../../../scripts/cli/commands/', import.meta.url);

  /** `tenants pause` is `tenants/pause.ts`; `list` is `list.ts`, or `list/list.ts` if it has helpers beside it. */
  const filesOf = ([first = '', second]: readonly string[]): string[] =>
    second === undefined ? [`${first}.ts`, `${first}/${first}.ts`] : [`${first}/${second}.ts`];

  /** The file that declares a verb. */
  const fileOf = (words: readonly string[]): string | undefined =>
    filesOf(words).find((file) => existsSync(new URL(file, COMMANDS)));

  test.each(table)('`%s` has a file of its own, which declares it', (_path, { words }) => {
    const file = fileOf(words);
    expect(file, filesOf(words).join(' or ')).toBeDefined();
    expect(readFileSync(new URL(file ?? '', COMMANDS), 'utf8')).toContain(`.command('${words.at(-1)}')`);
  });

  test('declare no other verb, and no other file declares one', () => {
    const declared = readdirSync(COMMANDS, { recursive: true, encoding: 'utf8' }).flatMap((file) =>
      file.endsWith('.ts')
        ? [...readFileSync(new URL(file, COMMANDS), 'utf8').matchAll(/\.command\(/g)].map(() => file)
        : [],
    );
    const nouns = new Set(VERBS.flatMap(({ words }) => (words.length > 1 ? [words[0]] : [])));
    const expected = [
      ...VERBS.map(({ words }) => fileOf(words)),
      ...[...nouns].map((noun) => `${noun}/${noun}.ts`),
    ];
    expect(declared.toSorted()).toEqual(expected.toSorted());
  });
});

describe('colours', () => {
  const ESCAPE = String.fromCharCode(27);

  test('appear where they are asked for, and nowhere else unless on a terminal', async () => {
    const failing = ['list', '--since', 'never'];
    expect((await runHere(failing)).stderr).not.toContain(ESCAPE);
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', '1');
    expect((await runHere(failing)).stderr).toContain(ESCAPE);
    expect((await runHere([...failing, '--no-color'])).stderr).not.toContain(ESCAPE);
  });
});

describe.each(table)('%s', (path, verb) => {
  test('says with --help what it is for, and what its arguments and options mean', async () => {
    const { code, stdout, stderr } = await runHere([...verb.words, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: tenant-backup ${path}`);
    expect(verb.command.description()).not.toBe('');
    for (const { description } of [...verb.command.options, ...verb.command.registeredArguments]) {
      expect(description).not.toBe('');
    }
  });

  test('refuses an option that it does not have', async () => {
    const refused = await runHere([...commandLine(verb), '--frobnicate']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain("INVALID_REQUEST: unknown option '--frobnicate'");
    const asJson = await runHere([...commandLine(verb), '--frobnicate', '--json']);
    expect(asJson).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(asJson.stderr).error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('--frobnicate'),
    });
  });

  test('takes no secret as an argument', () => {
    for (const option of verb.command.options) {
      if (/secret|passphrase|password|token/.test(option.long ?? '')) {
        expect(option.long).toMatch(/-file$|^--no-/);
      }
    }
  });

  test('has a section in docs/COMMAND.md with the shape of its JSON', () => {
    const section = sections.find(({ paths }) => paths.includes(path));
    expect(section?.text, `no section for ${path}`).toContain('JSON');
  });
});

// What an option means is in the help alone, so a section may leave it out; it must not name one that is gone.
test.each(sections.map(({ paths, text }) => [paths.join(', '), paths, text] as const))(
  'the section of %s names only options of its verbs',
  (_, paths, text) => {
    const own = VERBS.filter((verb) => paths.includes(verb.path));
    expect(own.map(({ path }) => path)).toEqual(paths);
    const known = [buildProgram(), ...own.map(({ command }) => command)].flatMap(({ options }) =>
      options.map(({ long }) => long),
    );
    expect(
      [...text.matchAll(/`(--[a-z-]+)`/g)].map(([, long]) => long).filter((long) => !known.includes(long)),
    ).toEqual([]);
  },
);

/** Every option that is a time which has been; a forecast alone is of a time to come. */
const timeOptions = table.flatMap(([path, verb]) =>
  verb.command.options
    .filter(({ flags, long }) => flags.endsWith('<time>') && long !== '--at')
    .map(({ long }): [string, string, Verb] => [path, long ?? '', verb]),
);

describe.each(timeOptions)('%s %s', (_path, option, verb) => {
  test('says what a time was taken for, and how long ago that is, before anything is done', async () => {
    const { stderr } = await runHere([...commandLine(verb), option, 'monday 14:00']);
    const [first, ...rest] = stderr.split('\n');
    expect(first).toMatch(
      new RegExp(
        `^${option} "monday 14:00" is \\d{4}-\\d\\d-\\d\\d 14:00 (UTC|[+-]\\d\\d:\\d\\d) \\(\\d+ \\w+ ago\\)$`,
      ),
    );
    expect(rest.join('\n')).toContain('AWS_UNAVAILABLE');
  });

  test('leaves standard error to the error where that is JSON', async () => {
    const { stderr } = await runHere([...commandLine(verb), option, 'monday 14:00', '--json']);
    expect(JSON.parse(stderr).error.code).toBe('AWS_UNAVAILABLE');
  });

  test.each(['tomorrow', 'in 2 hours', '2999-01-01'])('refuses %j before AWS is asked', async (time) => {
    const refused = await runHere([...commandLine(verb), option, time]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`INVALID_REQUEST: ${option} must not be in the future (now `);
  });
});

describe.each(remote)('%s, when AWS cannot be used,', (_path, verb) => {
  test('says that there are no credentials, and what to do', async () => {
    useCredentials(undefined);
    const failed = await runHere(commandLine(verb));
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(
      /^AWS_NOT_CONFIGURED: no AWS credentials were found.*\n {2}next: aws sso login/m,
    );
    expect(failed.stderr).not.toMatch(STACK_TRACE);
    const asJson = await runHere([...commandLine(verb), '--json']);
    expect(asJson).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(asJson.stderr).error).toMatchObject({
      code: 'AWS_NOT_CONFIGURED',
      next: expect.stringContaining('aws sso login'),
    });
  });

  test('says that nobody answers at the endpoint', async () => {
    const failed = await runHere(commandLine(verb));
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^AWS_UNAVAILABLE: .*\n {2}next: check the network/m);
    expect(failed.stderr).not.toMatch(STACK_TRACE);
  });
});
