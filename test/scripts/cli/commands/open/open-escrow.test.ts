import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../run-command.ts';

/** No AWS variable, and no way to find credentials: what a machine without AWS has. */
const environment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
};
const fixtures = new URL('../../../../fixtures/sealed/', import.meta.url).pathname;
const archive = join(fixtures, 'good-a-tenant.tar');
const signingKey = join(fixtures, 'signing-TEST-KEY-ONLY.public.pem');
const privateKey = join(fixtures, 'escrow-TEST-KEY-ONLY.private.pem');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'escrow-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('open --escrow', () => {
  it('gives back the exported document without AWS', async () => {
    const { code, stdout, stderr } = await runCommand(
      ['open', archive, '--escrow', privateKey, '--tenant', 'acme'],
      { environment },
    );
    expect(stdout).toBe(await readFile(join(fixtures, 'exported-document.txt'), 'utf8'));
    expect(stderr).toBe(
      'opened the document of backup 20260131T020000Z-0123abcd of acme\nsignature not verified (give --public-key)\n',
    );
    expect(code).toBe(0);
  });

  it('writes a file for its owner alone, and never over another one', async () => {
    const out = join(folder, 'document.json');
    const open = () => runCommand(['open', archive, '--escrow', privateKey, '--out', out], { environment });
    expect(await open()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^opened the document of backup/),
    });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(await readFile(out, 'utf8')).toBe(await readFile(join(fixtures, 'exported-document.txt'), 'utf8'));
    const again = await open();
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('it exists');
  });

  it.each([
    ['another tenant', ['--tenant', 'globex'], archive, 'CONTEXT_MISMATCH'],
    ['a part it does not have', ['--part', 'identity.credentials'], archive, 'PART_MALFORMED'],
    ['a part that does not exist', ['--part', 'all'], archive, 'INVALID_REQUEST'],
    ['an archive without escrow', [], join(fixtures, 'good-without-escrow.tar'), 'KEY_MISMATCH'],
    [
      'an archive that another key has signed',
      ['--public-key', signingKey],
      join(fixtures, 'broken-signed-by-another-key.tar'),
      'SIGNER_UNTRUSTED',
    ],
    ['an archive that was changed', [], join(fixtures, 'broken-part-changed.tar'), 'DIGEST_MISMATCH'],
    ['no archive at all', [], join(fixtures, 'index.json'), 'ARCHIVE_MALFORMED'],
    ['no file', [], join(fixtures, 'nothing.tar'), 'INVALID_REQUEST'],
  ])('is refused with %s, and prints nothing of it', async (_, options, file, code) => {
    const result = await runCommand(['open', file, '--escrow', privateKey, ...options], { environment });
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(new RegExp(`^${code}: `));
    expect(result.code).not.toBe(0);
  });
});
