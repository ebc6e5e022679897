import type { Command } from 'commander';
import { openKeyTools } from '../../aws/key-tools.ts';
import { makeFolder } from '../../ui/files.ts';
import { writeSigningKey } from '../../ui/key-files.ts';
import { globalOptions, print } from '../../ui/output.ts';

/** `keys signing`: prints the public key that verifies, offline and years later, who made an archive. */
export function registerKeysSigning(keys: Command): void {
  keys
    .command('signing')
    .description('print the public half of the key that signs backups, to verify who made an archive')
    .option('--out <folder>', 'also write it into this folder, such as that of the escrow key')
    .action(async ({ out }: { out?: string }, command: Command) => {
      const { signer } = await openKeyTools(globalOptions(command).stack);
      const key = await signer.publicKey();
      if (out !== undefined) await makeFolder(out);
      const file = out === undefined ? null : await writeSigningKey(out, key);
      const { fingerprint, pem } = key;
      print(command, { fingerprint, pem, file }, pem.trimEnd().split('\n'));
    });
}
