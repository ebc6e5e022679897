import type { Command } from 'commander';
import { showBytes } from '../../../functions/units.ts';
import { verifyArchive } from '../../../functions/vault/format/archive.ts';
import { openNamed } from '../aws/vault-tools.ts';
import { type BackupOptions, withBackup } from '../ui/backup-options.ts';
import { writeNew } from '../ui/files.ts';
import { print } from '../ui/output.ts';
import { withProgress } from '../ui/progress.ts';

/** `download`: saves a sealed backup as a file. */
export function registerDownload(program: Command): void {
  withBackup(program.command('download'))
    .description('save a backup as a file; it stays sealed, and its digests are checked')
    .option('--out <file>', 'new file (default: <tenant>-<backup id>.tar)')
    .action(async (name: string, options: BackupOptions & { out?: string }, command: Command) => {
      const { vault, version } = await openNamed(name, options, command);
      const bytes = await withProgress(command, `downloading ${showBytes(version.sizeBytes)}`, () =>
        vault.get(version, { maxBytes: version.sizeBytes }),
      );
      const { manifest } = await verifyArchive(bytes, null);
      const file = options.out ?? `${version.tenant}-${manifest.backupId}.tar`;
      await writeNew(file, bytes, 0o600);
      const { tenant, tier, versionId } = version;
      const { backupId } = manifest;
      print(
        command,
        { tenant, tier, versionId, backupId, file, sizeBytes: bytes.byteLength },
        `saved ${backupId} of ${tenant} to ${file} (${showBytes(bytes.byteLength)}, digests ok)`,
      );
    });
}
