import { type Command, Option } from 'commander';
import { stringifyJson } from '../../functions/config/json.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { openDocument } from '../../functions/restore/open-document.ts';
import { unpackArchive } from '../../functions/vault/archive.ts';
import { openBackup } from '../../functions/vault/backup-archive.ts';
import { createEscrowOpener } from '../../functions/vault/escrow.ts';
import { trustedKeysOf } from '../../functions/vault/key-registry.ts';
import { type Manifest, PART_NAMES, type PartName } from '../../functions/vault/manifest.ts';
import type { Opener } from '../../functions/vault/opener.ts';
import { createSealer } from '../../functions/vault/sealer.client.ts';
import { readBytes, readText, writeNew } from './files.ts';
import { openKeyTools } from './keys-tools.ts';
import { globalOptions, print, remark } from './output.ts';
import { readSecret } from './secret-input.ts';

/** A person waits for one archive, on a machine with memory of its own: far above any export. */
const MAX_PART_BYTES = 1024 ** 3;

interface OpenOptions {
  readonly escrow?: string;
  readonly passphraseFile?: string;
  readonly tenant?: string;
  readonly part?: PartName;
  readonly out?: string;
}

/** `open`: an archive file, checked and opened, as the document that was exported. */
export function registerOpen(program: Command): void {
  program
    .command('open')
    .description('open an archive file and give back the exported document, credentials included')
    .argument('<file>', 'the archive: <tenant>.tar, as it was downloaded from the vault')
    .option('--escrow <file>', 'open with this escrow private key: needs no AWS and no network')
    .option(
      '--passphrase-file <file>',
      'file with the passphrase of the escrow key, - for standard input; asked for otherwise',
    )
    .option('--tenant <name>', 'refuse the archive of any other tenant')
    .addOption(new Option('--part <name>', 'only this part, as it was sealed').choices(PART_NAMES))
    .option('--out <file>', 'write here, readable by you alone, instead of to standard output')
    .action(async (file: string, options: OpenOptions, command: Command) => {
      const { part } = options;
      if (options.out === undefined && process.stdout.isTTY) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          'a terminal is no place for credentials: give --out, or a pipe',
        );
      }
      const bytes = await readBytes(file);
      const opener =
        options.escrow === undefined
          ? await kmsOpener(unpackArchive(bytes).manifest, globalOptions(command).stack)
          : await escrowOpener(options.escrow, options.passphraseFile);
      const { manifest, content } = await openFile(bytes, opener, { tenant: options.tenant, part });
      const { tenant, backupId } = manifest;
      const what = part ?? 'the document';
      if (options.out === undefined) {
        process.stdout.write(content);
        remark(command, `opened ${what} of backup ${backupId} of ${tenant}`);
        return;
      }
      await writeNew(options.out, content, 0o600);
      print(
        command,
        { tenant, backupId, part: part ?? null, file: options.out, sizeBytes: content.byteLength },
        `opened ${what} of backup ${backupId} of ${tenant} to ${options.out}`,
      );
    });
}

/** Open an archive.
 * @param expected.tenant whose it must be, if that is known
 * @param expected.part only this part; otherwise the exported document
 * @throws the errors of `openBackup` and `openDocument` */
export async function openFile(
  bytes: Uint8Array,
  opener: Opener,
  { tenant, part }: { readonly tenant?: string | undefined; readonly part?: PartName | undefined } = {},
): Promise<{ manifest: Manifest; content: Uint8Array }> {
  const backup = openBackup(bytes, { tenant, maxPartBytes: MAX_PART_BYTES }, opener);
  const content =
    part === undefined ? Buffer.from(stringifyJson(await openDocument(backup))) : await backup.open(part);
  return { manifest: backup.manifest, content };
}

/** @throws INVALID_REQUEST if the file is no escrow private key, or its passphrase is wrong */
export async function escrowOpener(file: string, passphraseFile: string | undefined): Promise<Opener> {
  const pem = await readText(file);
  const passphrase = /ENCRYPTED/.test(pem)
    ? await readSecret('passphrase of the escrow key', passphraseFile)
    : undefined;
  return createEscrowOpener(pem, passphrase);
}

/** The manifest's tenant is not verified yet: it only says which keys to trust, and opening holds it against the seal. */
async function kmsOpener({ tenant }: Manifest, stack: string): Promise<Opener> {
  const { deployment, registry } = await openKeyTools(stack);
  return createSealer(deployment.kms).opener(trustedKeysOf(await registry.list(), tenant));
}
