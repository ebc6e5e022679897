import type { Command } from 'commander';
import { unpackArchive } from '../../functions/vault/archive.ts';
import { readBytes } from './files.ts';
import { manifestText } from './manifest-text.ts';
import { print } from './output.ts';
import { showBytes } from './times.ts';

/** `inspect`: a downloaded archive, without AWS and without opening it. */
export function registerInspectFile(program: Command): void {
  program
    .command('inspect')
    .description('check an archive file as far as that goes without a key: form, manifest, sizes, digests')
    .argument('<file>', 'the archive, as it was downloaded from the vault')
    .action(async (file: string, _options: object, command: Command) => {
      const bytes = await readBytes(file);
      const { manifest } = unpackArchive(bytes);
      print(command, { file, sizeBytes: bytes.byteLength, manifest }, [
        ...manifestText(manifest, new Date()),
        '',
        `${file}: ${showBytes(bytes.byteLength)}, ${manifest.parts.length} digests are right; only opening proves the rest`,
      ]);
    });
}
