import type { Command } from 'commander';
import { coverageOf } from '../../../functions/config/model/coverage.ts';
import { openNamed } from '../aws/vault-tools.ts';
import { type BackupOptions, withBackup } from '../ui/backup-options.ts';
import { coverageText, manifestText, pairs } from '../ui/manifest-text.ts';
import { print } from '../ui/output.ts';
import { showBytes, showTimeAndAge } from '../ui/times.ts';

/** `show`: all that is known of one backup without opening it. */
export function registerShow(program: Command): void {
  withBackup(program.command('show'))
    .description('show one backup: what it holds, who can open it; opens nothing')
    .action(async (name: string, options: BackupOptions, command: Command) => {
      const { kept, version } = await openNamed(name, options, command);
      const manifest = await kept.manifest(version);
      const now = new Date();
      const place = pairs([
        ['version', version.versionId],
        ['tier', version.tier],
        ['stored', showTimeAndAge(version.storedAt, now)],
        ['size', showBytes(version.sizeBytes)],
      ]);
      print(command, { ...version, manifest, coverage: coverageOf(manifest) }, [
        ...place,
        '',
        ...manifestText(manifest, now),
        '',
        ...coverageText(manifest),
      ]);
    });
}
