import { join } from 'node:path';
import { TenantBackupError } from '../../../functions/errors.ts';
import { type EscrowPublicKey, readEscrowPublicKey } from '../../../functions/escrow-key.ts';
import { readSigningKey, type SigningKey } from '../../../functions/signing-key.ts';
import type { Opener } from '../../../functions/vault/format/opener.ts';
import { type TrustedSigners, trustSigners } from '../../../functions/vault/format/signature.ts';
import { createEscrowOpener } from '../../../functions/vault/keys/escrow.ts';
import { readText, writeNew } from './files.ts';
import { readSecret } from './secret-input.ts';

/** Reads the public half of a signing key, and trusts it; needs no AWS.
 * @throws INVALID_REQUEST if the file holds no such key */
export async function readSigners(file: string): Promise<TrustedSigners> {
  const key = readSigningKey(await readText(file));
  if ('problem' in key) throw new TenantBackupError('INVALID_REQUEST', `${file} ${key.problem}`);
  return trustSigners([key]);
}

/** Writes the public half of a signing key into a folder.
 * @returns the file
 * @throws INVALID_REQUEST if the file exists */
export async function writeSigningKey(folder: string, { pem, fingerprint }: SigningKey): Promise<string> {
  const file = join(folder, `signing-${fingerprint.slice(0, 16)}.public.pem`);
  await writeNew(file, pem, 0o644);
  return file;
}

/** Reads the public half of an escrow key.
 * @throws INVALID_REQUEST if the file holds no such key */
export const readEscrowKey = async (file: string): Promise<EscrowPublicKey> =>
  requireEscrowKey(await readText(file), file);

/** Parses the public half of an escrow key.
 * @param where names the key in messages
 * @throws INVALID_REQUEST if the text is no public escrow key */
export function requireEscrowKey(pem: string, where: string): EscrowPublicKey {
  const key = readEscrowPublicKey(pem);
  if ('problem' in key) throw new TenantBackupError('INVALID_REQUEST', `${where} ${key.problem}`);
  return key;
}

/** Reads the private half of an escrow key, and asks for its passphrase if it is encrypted.
 * @param passphraseFile file with the passphrase, `-` for standard input, undefined to ask
 * @throws INVALID_REQUEST if the file holds no such key, or the passphrase is wrong */
export async function readEscrowOpener(file: string, passphraseFile: string | undefined): Promise<Opener> {
  const pem = await readText(file);
  const passphrase = /ENCRYPTED/.test(pem)
    ? await readSecret('passphrase of the escrow key', passphraseFile)
    : undefined;
  return createEscrowOpener(pem, passphrase);
}
