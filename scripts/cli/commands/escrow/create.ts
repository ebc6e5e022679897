import { generateKeyPair } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import { openKeyTools } from '../../aws/key-tools.ts';
import { commandText } from '../../ui/command-text.ts';
import { makeFolder, writeNew } from '../../ui/files.ts';
import { requireEscrowKey, writeSigningKey } from '../../ui/key-files.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { readNewSecret } from '../../ui/secret-input.ts';

/** Above the minimum: sealing takes no longer, and the key must stay secure for years. */
const KEY_BITS = 4096;

/** A thief of the file can guess shorter passphrases offline. */
const MIN_PASSPHRASE_CHARACTERS = 12;

interface CreateOptions {
  readonly out: string;
  readonly passphraseFile?: string;
  readonly passphrase: boolean;
}

/** `escrow create`: makes the key pair whose private half opens every backup without AWS. */
export function registerEscrowCreate(escrow: Command): void {
  escrow
    .command('create')
    .description(
      'create an escrow key pair: the public half for the configuration, the private half to keep offline',
    )
    .requiredOption('--out <folder>', 'folder for both halves; nothing is overwritten')
    .option(
      '--passphrase-file <file>',
      'file with the passphrase of the private key, - for standard input (default: ask)',
    )
    .option('--no-passphrase', 'do not encrypt the private key')
    .action(async (options: CreateOptions, command: Command) => {
      const passphrase = options.passphrase
        ? await readNewSecret('passphrase of the private key', options.passphraseFile)
        : undefined;
      const created = await createEscrowKey(options.out, passphrase);
      const signingKeyFile = await tryWriteSigningKey(options.out, globalOptions(command).stack);
      print(command, { ...created, signingKeyFile }, [
        `escrow key ${created.fingerprint}`,
        `private half: ${created.privateKeyFile} (keep it offline, in two places; it opens every backup)`,
        `public half:  ${created.publicKeyFile} (set "escrowPublicKey" in cdk.json to its content, and deploy)`,
        signingKeyFile === null
          ? `signing key:  not written; after the deployment: ${commandText('keys', 'signing', '--out', '<this folder>')}`
          : `signing key:  ${signingKeyFile} (keep it with the private half; it verifies who made a backup)`,
      ]);
    });
}

/** Writes the deployment's signing key; null without AWS, as an escrow key is best made on an offline machine. */
async function tryWriteSigningKey(folder: string, stack: string): Promise<string | null> {
  try {
    const { signer } = await openKeyTools(stack);
    return await writeSigningKey(folder, await signer.publicKey());
  } catch (error) {
    if (isTenantBackupError(error)) return null;
    throw error;
  }
}

export interface CreatedEscrowKey {
  readonly fingerprint: string;
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
}

/** Creates an RSA key pair, and writes both halves; only the owner can read the private one.
 * @throws INVALID_REQUEST if the passphrase is too short, or a file exists */
export async function createEscrowKey(
  folder: string,
  passphrase: string | undefined,
): Promise<CreatedEscrowKey> {
  if (passphrase !== undefined && passphrase.length < MIN_PASSPHRASE_CHARACTERS) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `passphrase must be at least ${MIN_PASSPHRASE_CHARACTERS} characters long, got ${passphrase.length}`,
    );
  }
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const { fingerprint } = requireEscrowKey(pem, 'the new key');
  const privatePem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  await makeFolder(folder);
  const file = (half: string) => join(folder, `escrow-${fingerprint.slice(0, 16)}.${half}.pem`);
  const created = { fingerprint, privateKeyFile: file('private'), publicKeyFile: file('public') };
  await writeNew(created.privateKeyFile, privatePem, 0o600);
  await writeNew(created.publicKeyFile, pem, 0o644);
  return created;
}
