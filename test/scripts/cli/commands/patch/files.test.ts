import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePatch } from '../../../../../functions/restore/source/patch-request.ts';
import { parsePatchFile } from '../../../../../scripts/cli/commands/patch/apply.ts';
import { runHere } from '../../command-tree.ts';
import { runCommand } from '../../run-command.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'patch-files-'));
let count = 0;
function file(content: unknown): string {
  const name = join(FOLDER, String(++count));
  writeFileSync(name, typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

const workspace = (name: string, uris: string[], level = '12345678901234567890') =>
  `{"name":"Shop","grant_types":["authorization_code"],"clients":{"web":{"client_name":"${name}","redirect_uris":${JSON.stringify(uris)},"client_secret":"canary-of-a-secret-0123456789","metadata":{"level":${level}}}}}`;
const OLD = workspace('Web', ['https://a.example', 'https://b.example']);
const NEW = workspace('Portal', ['https://a.example', 'https://c.example'], '12345678901234567891');

async function made(from: unknown, to: unknown, ...options: string[]) {
  const out = join(FOLDER, `out-${++count}`);
  const words = [
    'patch',
    'make',
    '--from-file',
    file(from),
    '--to-file',
    file(to),
    '--out',
    out,
    '--json',
    ...options,
  ];
  const { code, stdout, stderr } = await runHere(words);
  return { code, stdout, stderr, read: () => readFileSync(out, 'utf8') };
}

describe('a patch of two export files', () => {
  test('of a workspace has its form, all digits and no credential', async () => {
    const { code, stdout, read } = await made(OLD, NEW);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      from: { kind: 'file', shape: 'workspace' },
      to: { kind: 'file', shape: 'workspace' },
      isEmpty: false,
      credentials: 0,
    });
    expect(read()).toBe(
      '{"clients":{"web":{"client_name":"Portal","redirect_uris":["https://a.example","https://c.example"],"metadata":{"level":12345678901234567891}}}}\n',
    );
  });

  test('tests the lists that it edits, as operations', async () => {
    const { read } = await made(OLD, NEW, '--format', 'json');
    expect(read()).toContain(
      '{"op":"test","path":"/clients/web/redirect_uris","value":["https://a.example","https://b.example"]},{"op":"replace","path":"/clients/web/redirect_uris/1","value":"https://c.example"}',
    );
  });

  test('turns one into the other, in both formats and directions', async () => {
    const tenants = [OLD, NEW].map((text) => `{"name":"Acme","servers":{"shop":${text}}}`) as [
      string,
      string,
    ];
    for (const format of ['merge', 'json']) {
      const { read } = await made(tenants[0], tenants[1], '--format', format, '--reverse');
      const patched = parsePatch(parsePatchFile(read(), 'patch'))(JSON.parse(tenants[1]));
      expect(patched).toMatchObject({ servers: { shop: { clients: { web: { client_name: 'Web' } } } } });
    }
  });

  test.each<[what: string, from: unknown, to: unknown, code: string]>([
    ['of two forms', OLD, { name: 'Acme', servers: {} }, 'INVALID_REQUEST'],
    ['that is no export', OLD, { error: 'not found' }, 'EXPORT_MALFORMED'],
    ['that is cut', OLD.slice(0, 60), NEW, 'EXPORT_INCOMPLETE'],
    ['that is a flat dump', { servers: [{ id: 'a' }] }, NEW, 'EXPORT_MALFORMED'],
  ])('%s is refused', async (_, from, to, code) => {
    const { stderr } = await made(from, to);
    expect(JSON.parse(stderr).error).toMatchObject({ code });
  });

  test.each([
    [['--from-file', 'a'], /must be given together/],
    [['acme', '--from-file', 'a', '--to-file', 'b'], /must be given together, without further arguments/],
    [[], /name the old state/],
  ])('is refused with the words %j', async (words, message) => {
    const { stderr } = await runHere(['patch', 'make', ...words, '--out', join(FOLDER, 'never'), '--json']);
    expect(JSON.parse(stderr).error.message).toMatch(message);
  });
});

describe('a patch from standard input', () => {
  test('is made of an export that another command prints', async () => {
    const out = join(FOLDER, `out-${++count}`);
    const words = ['patch', 'make', '--from-file', '-', '--to-file', file(NEW), '--out', out, '--json'];
    const { code } = await runCommand(words, { environment: {}, input: OLD });
    expect([code, readFileSync(out, 'utf8')]).toEqual([0, expect.stringContaining('"client_name":"Portal"')]);
  });

  test.each([
    ['{"clients":{}}', [], /"clients" belongs to a workspace/],
    ['{"a":1,"a":2}', [], /must name each member once, has \/a twice$/],
    ['[{"op":"add"}]', ['--workspace', 'shop'], /^json patch must have a value in operation 0$/],
  ])('is validated as a file is: %s', async (input, options, message) => {
    const { stderr } = await runCommand(['patch', 'apply', 'acme', '-', ...options, '--json'], {
      environment: {},
      input,
    });
    expect(JSON.parse(stderr).error.message).toMatch(message);
  });
});
