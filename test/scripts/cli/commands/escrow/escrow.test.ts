import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEscrowPublicKey } from '../../../../../functions/escrow-key.ts';
import { createEscrowKey } from '../../../../../scripts/cli/commands/escrow/escrow.ts';
import { rejectionOf } from '../../../../rejection.ts';
import { escrowPair, SampleKeys } from '../../../../vault/sample-backup.ts';
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

describe('escrow create', () => {
  it('makes a key pair that seals and opens, the private half encrypted and for its owner alone', async () => {
    const out = join(folder, 'pair');
    const { code, stdout } = await runCommand(
      ['escrow', 'create', '--out', out, '--passphrase-file', '-', '--json'],
      {
        environment,
        input: 'twelve characters or more\n',
      },
    );
    expect(code).toBe(0);
    const { fingerprint, privateKeyFile, publicKeyFile, signingKeyFile } = JSON.parse(stdout);
    // Nothing is deployed, which keeps nobody from making an escrow key.
    expect(signingKeyFile).toBeNull();
    expect(readEscrowPublicKey(await readFile(publicKeyFile, 'utf8'))).toMatchObject({ fingerprint });
    const pem = await readFile(privateKeyFile, 'utf8');
    expect(pem).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(
      createPrivateKey({ key: pem, passphrase: 'twelve characters or more' }).asymmetricKeyDetails
        ?.modulusLength,
    ).toBe(4096);
    expect((await stat(privateKeyFile)).mode & 0o777).toBe(0o600);

    const keys = new SampleKeys(
      undefined,
      createPrivateKey({ key: pem, passphrase: 'twelve characters or more' }).export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
    );
    const file = join(out, 'acme.tar');
    await writeFile(file, (await keys.seal({}, { 'hub.config': '{"a":1}' })).bytes);
    const passphraseFile = join(out, 'passphrase');
    await writeFile(passphraseFile, 'twelve characters or more\n');
    const opened = await runCommand(
      ['open', file, '--escrow', privateKeyFile, '--passphrase-file', passphraseFile, '--part', 'hub.config'],
      { environment },
    );
    expect(opened).toMatchObject({ code: 0, stdout: '{"a":1}' });
    const wrong = await runCommand(['open', file, '--escrow', privateKeyFile, '--passphrase-file', '-'], {
      environment,
      input: 'another passphrase',
    });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('INVALID_REQUEST: escrow private key must be an RSA private key');
  });

  it('is refused with a passphrase that could be guessed', async () => {
    expect(await rejectionOf(createEscrowKey(folder, 'short'))).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('open --escrow', () => {
  it('gives back the exported document without AWS', async () => {
    const { code, stdout, stderr } = await runCommand(
      ['open', archive, '--escrow', privateKey, '--tenant', 'acme'],
      { environment },
    );
    expect(stdout).toBe(await readFile(join(fixtures, 'exported-document.txt'), 'utf8'));
    expect(stderr).toBe(
      'opened the document of backup 20260131T020000Z-0123abcd of acme\nits origin is not proved (give --public-key)\n',
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
    expect(again.stderr).toContain('it is there already');
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

describe('an escrow public key', () => {
  it.each([
    ['a private key', escrowPair().privateKey, 'got a private key'],
    ['a key of 2048 bits', escrowPair(2048).publicKey, 'at least 3072 bits, got 2048'],
    ['something else', 'ssh-rsa AAAA', 'must be an RSA public key in PEM'],
    ['nothing', '', 'must be an RSA public key in PEM'],
  ])('is not %s', (_, pem, problem) => {
    const read = readEscrowPublicKey(pem);
    expect('problem' in read && read.problem).toContain(problem);
  });

  it('is known by a fingerprint that does not depend on how its text is wrapped', () => {
    const { publicKey } = escrowPair();
    const [one, other] = [publicKey, `\n${publicKey.replaceAll('\n', '\r\n')}`].map(readEscrowPublicKey);
    expect(one).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(other).toEqual(
      expect.objectContaining({ fingerprint: (one as { fingerprint: string }).fingerprint }),
    );
  });
});
