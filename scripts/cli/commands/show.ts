import type { Command } from 'commander';
import { coverageOf } from '../../../functions/config/model/coverage.ts';
import { showBytes } from '../../../functions/units.ts';
import { createLedger } from '../../../functions/vault/storage/ledger.client.ts';
import { lastCheckOf } from '../aws/last-check.ts';
import { openNamed } from '../aws/vault-tools.ts';
import { type BackupOptions, withBackup } from '../ui/backup-options.ts';
import { coverageText, manifestText, pairs } from '../ui/manifest-text.ts';
import { print } from '../ui/output.ts';
import { showTimeAndAge } from '../ui/times.ts';

/** `show`: shows the manifest of one backup, without opening it. */
export function registerShow(program: Command): void {
  withBackup(program.command('show'))
    .description('show what one backup contains and who can open it, without opening it')
    .action(async (name: string, options: BackupOptions, command: Command) => {
      const { deployment, kept, version } = await openNamed(name, options, command);
      const ledger = createLedger(deployment.s3, await deployment.output('ledgerBucket'));
      const [manifest, checkedAt] = await Promise.all([kept.manifest(version), lastCheckOf(version, ledger)]);
      const now = new Date();
      const place = pairs([
        ['version', version.versionId],
        ['tier', version.tier],
        ['stored', showTimeAndAge(version.storedAt, now)],
        ...(checkedAt === null ? [] : [['checked unchanged', showTimeAndAge(new Date(checkedAt), now)]]),
        ['size', showBytes(version.sizeBytes)],
      ]);
      print(command, { ...version, checkedAt, manifest, coverage: coverageOf(manifest) }, [
        ...place,
        '',
        ...manifestText(manifest, now),
        '',
        ...coverageText(manifest),
      ]);
    });
}
