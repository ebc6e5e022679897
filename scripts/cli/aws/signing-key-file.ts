import { join } from 'node:path';
import { TenantBackupError } from '../../../functions/errors.ts';
import { readSigningKey, type SigningKey } from '../../../functions/signing-key.ts';
import { type TrustedSigners, trustSigners } from '../../../functions/vault/format/signature.ts';
import { readText, writeNew } from '../ui/files.ts';

/** Trusts the signing key in a file, so that no AWS is needed.
 * @throws INVALID_REQUEST if it is no such key */
export async function readSigners(file: string): Promise<TrustedSigners> {
  const key = readSigningKey(await readText(file));
  if ('problem' in key) throw new TenantBackupError('INVALID_REQUEST', `${file} ${key.problem}`);
  return trustSigners([key]);
}

/** Writes a signing key's public half into a folder.
 * @returns the file
 * @throws INVALID_REQUEST if it is there already */
export async function writeSigningKey(folder: string, { pem, fingerprint }: SigningKey): Promise<string> {
  const file = join(folder, `signing-${fingerprint.slice(0, 16)}.public.pem`);
  await writeNew(file, pem, 0o644);
  return file;
}
