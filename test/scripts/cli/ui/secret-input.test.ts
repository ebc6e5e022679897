import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readText } from '../../../../scripts/cli/ui/files.ts';
import { readSecret } from '../../../../scripts/cli/ui/secret-input.ts';
import { rejectionOf, saidBy } from '../../../rejection.ts';
import { runHere } from '../command-tree.ts';

const SECRET = 'canary-of-a-client-secret';
const MARK = [0xef, 0xbb, 0xbf];

const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
function file(bytes: Uint8Array | string): string {
  const path = join(folder, String(++count));
  writeFileSync(path, bytes);
  return path;
}

const utf16 = (text: string, isBig: boolean, hasMark: boolean): Buffer => {
  const bytes = Buffer.from((hasMark ? '\ufeff' : '') + text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};

describe('a file with a secret, as editors and shells write it', () => {
  test.each([
    ['as it is', Buffer.from(SECRET)],
    ['with a mark', Buffer.from([...MARK, ...Buffer.from(SECRET)])],
    ['with a mark and a line end of Windows', Buffer.from([...MARK, ...Buffer.from(`${SECRET}\r\n`)])],
    ['with two line ends', Buffer.from(`${SECRET}\n\n`)],
    ['with two line ends of Windows', Buffer.from(`${SECRET}\r\n\r\n`)],
  ])('%s, is that secret', async (_how, bytes) => {
    expect(await readSecret('client secret', file(bytes))).toBe(SECRET);
  });

  test('ends with its space', async () => {
    expect(await readSecret('client secret', file(`${SECRET} \n`))).toBe(`${SECRET} `);
  });

  test.each([
    ['UTF-16 with a mark', utf16(SECRET, false, true)],
    ['UTF-16, big end first, with a mark', utf16(SECRET, true, true)],
    ['UTF-16 without a mark', utf16(SECRET, false, false)],
    ['UTF-16, big end first, without a mark', utf16(SECRET, true, false)],
    ['Latin-1', Buffer.from(`${SECRET}é`, 'latin1')],
    ['UTF-8 that is cut off', Buffer.from(`${SECRET}é`).subarray(0, -1)],
  ])('in %s, is refused without a word of it', async (_how, bytes) => {
    const error = await rejectionOf(readSecret('client secret', file(bytes)));
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('save it as UTF-8'),
    });
    expect(saidBy(error)).not.toContain('canary');
  });

  test.each([
    ['a mark in the middle', `${SECRET.slice(0, 6)}\ufeff${SECRET.slice(6)}`],
    ['two lines', `${SECRET}\n${SECRET}`],
    ['a tab', `${SECRET}\t`],
    ['a letter that is none of ASCII', `${SECRET}é`],
    ['two marks', `\ufeff\ufeff${SECRET}`],
  ])('with %s, enrols nobody', async (_how, text) => {
    const refused = await runHere([
      ...['tenants', 'add', 'acme', '--issuer', 'https://sso.example/acme/system', '--client-id', 'backup'],
      ...['--client-secret-file', file(text)],
    ]);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'client secret must be one line of printable ASCII characters; nothing was stored',
      ),
    });
    expect(refused.stderr).not.toContain('canary');
  });
});

test('a whole enrolment with a mark is the JSON that it holds', async () => {
  const text = await readText(file(Buffer.from([...MARK, ...Buffer.from('{"issuer":"x"}')])));
  expect(JSON.parse(text)).toEqual({ issuer: 'x' });
});
