import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEscrowPublicKey } from '../../../../../functions/escrow-key.ts';
import { createEscrowKey } from '../../../../../scripts/cli/commands/escrow/create.ts';
import { rejectionOf } from '../../../../rejection.ts';
import { SampleKeys } from '../../../../vault/sample-backup.ts';
import { runCommand } from '../../run-command.ts';

/** No AWS variable, and no way to find credentials: what a machine without AWS has. */
const environment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
};

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
    // An operator can make an escrow key before anything is deployed.
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
