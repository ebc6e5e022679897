import type { Command } from 'commander';
import { showBytes } from '../../../functions/units.ts';
import { verifyArchive } from '../../../functions/vault/format/archive.ts';
import { readBytes } from '../ui/files.ts';
import { readSigners } from '../ui/key-files.ts';
import { manifestText, originOf, originText } from '../ui/manifest-text.ts';
import { print } from '../ui/output.ts';

/** `inspect`: checks an archive file without AWS and without opening it. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('check format, manifest, sizes and digests of an archive file; needs no AWS and no key')
    .argument('<file>', 'archive file, as downloaded from the vault')
    .option('--public-key <file>', 'also verify the signature with this signing key')
    .action(async (file: string, { publicKey }: { publicKey?: string }, command: Command) => {
      const bytes = await readBytes(file);
      const signers = publicKey === undefined ? null : await readSigners(publicKey);
      const { manifest } = await verifyArchive(bytes, signers);
      print(command, { file, sizeBytes: bytes.byteLength, origin: originOf(signers), manifest }, [
        ...manifestText(manifest, new Date()),
        '',
        `${file}: ${showBytes(bytes.byteLength)}, ${manifest.parts.length} digests ok; ${originText(manifest, signers)}; not opened`,
      ]);
    });
}
