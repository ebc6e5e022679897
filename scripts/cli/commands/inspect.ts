import type { Command } from 'commander';
import { verifyArchive } from '../../../functions/vault/format/archive.ts';
import { readBytes } from '../ui/files.ts';
import { readSigners } from '../ui/key-files.ts';
import { manifestText, originOf, originText } from '../ui/manifest-text.ts';
import { print } from '../ui/output.ts';
import { showBytes } from '../ui/times.ts';

/** `inspect`: a downloaded archive, without AWS and without opening it. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('check an archive file as far as that goes without a key: form, manifest, sizes, digests')
    .argument('<file>', 'the archive, as it was downloaded from the vault')
    .option('--public-key <file>', 'also that this signing key has signed it, which proves who made it')
    .action(async (file: string, { publicKey }: { publicKey?: string }, command: Command) => {
      const bytes = await readBytes(file);
      const signers = publicKey === undefined ? null : await readSigners(publicKey);
      const { manifest } = await verifyArchive(bytes, signers);
      print(command, { file, sizeBytes: bytes.byteLength, origin: originOf(signers), manifest }, [
        ...manifestText(manifest, new Date()),
        '',
        `${file}: ${showBytes(bytes.byteLength)}, ${manifest.parts.length} digests are right; ${originText(manifest, signers)}; only opening proves the rest`,
      ]);
    });
}
