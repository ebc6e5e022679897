import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { verifyArchive } from '../../../../functions/vault/format/archive.ts';
import type { Manifest, PartName, Recipient } from '../../../../functions/vault/format/manifest.ts';
import {
  describeRecipient,
  readSealHeader,
  recipientsOf,
} from '../../../../functions/vault/format/sealed-message.ts';
import { findBackup } from '../../aws/find-backup.ts';
import { openVault } from '../../aws/vault-tools.ts';
import { parseBackupName } from '../../ui/backup-options.ts';
import { readBytes } from '../../ui/files.ts';
import { globalOptions, print, table } from '../../ui/output.ts';

/** The recipients of an archive, read from its sealed parts. */
export interface InspectedArchive {
  readonly tenant: string;
  readonly backupId: string;
  readonly parts: readonly { readonly name: PartName; readonly recipients: readonly Recipient[] }[];
}

/** `keys inspect`: shows which keys can open an archive. */
export function registerKeysInspect(keys: Command): void {
  keys
    .command('inspect')
    .description('show which keys can open an archive, without opening it')
    .argument('<archive>', 'archive file, which needs no AWS, or a backup in the vault: <tenant>[@<id>]')
    .action(async (name: string, _options: object, command: Command) => {
      const inspected = await inspectArchive(await readArchive(name, globalOptions(command).stack));
      print(command, inspected, recipientsText(inspected));
    });
}

/** Reads the recipients of an archive from the headers of its sealed parts; needs no key.
 * @throws ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED, DIGEST_MISMATCH, SEAL_BROKEN if it is damaged
 * @throws KEY_MISMATCH if the manifest names other recipients */
async function inspectArchive(bytes: Uint8Array): Promise<InspectedArchive> {
  const { manifest, sealedParts } = await verifyArchive(bytes, null);
  const parts = manifest.parts.map(({ name, recipients }) => {
    const actual = recipientsOf(readSealHeader(sealedParts.get(name) ?? new Uint8Array()));
    requireSame(name, actual, recipients);
    return { name, recipients: actual };
  });
  const { tenant, backupId }: Manifest = manifest;
  return { tenant, backupId, parts };
}

function requireSame(part: PartName, actual: readonly Recipient[], stated: readonly Recipient[]): void {
  const [found, expected] = [actual, stated].map((recipients) =>
    recipients.map(describeRecipient).join(', '),
  );
  if (found === expected) return;
  throw new TenantBackupError(
    'KEY_MISMATCH',
    `${part} is sealed for ${found}, the manifest says ${expected}`,
    {
      part,
    },
  );
}

/** Reads an archive from a file or from the vault. */
async function readArchive(name: string, stack: string): Promise<Buffer> {
  const found = await stat(name).catch(() => null);
  if (found?.isFile()) return readBytes(name);
  const reference = parseBackupName(name);
  const tools = await openVault(stack);
  const version = await findBackup(reference, tools);
  return tools.vault.get(version, { maxBytes: version.sizeBytes });
}

const recipientsText = ({ tenant, backupId, parts }: InspectedArchive): string[] => [
  `backup ${backupId} of ${tenant}; each recipient of a part can open it`,
  ...table(
    ['PART', 'RECIPIENT', 'KEY'],
    parts.flatMap(({ name, recipients }) =>
      recipients.map((recipient) => [
        name,
        recipient.type,
        recipient.type === 'kms' ? recipient.keyArn : recipient.fingerprint,
      ]),
    ),
  ),
];
