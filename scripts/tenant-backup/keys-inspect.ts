import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { TenantBackupError } from '../../functions/errors.ts';
import { chooseVersion } from '../../functions/restore/choose-version.ts';
import { TIERS } from '../../functions/runtime/names.ts';
import { unpackArchive } from '../../functions/vault/archive.ts';
import { isTenantName } from '../../functions/vault/layout.ts';
import type { Manifest, PartName, Recipient } from '../../functions/vault/manifest.ts';
import { describeRecipient, readSealHeader, recipientsOf } from '../../functions/vault/sealed-message.ts';
import { createVault } from '../../functions/vault/vault.client.ts';
import { table } from '../terminal/table.ts';
import { openDeployment } from './deployment.ts';
import { globalOptions, print } from './keys-tools.ts';

/** Who can open an archive, as its sealed parts say. */
export interface InspectedArchive {
  readonly tenant: string;
  readonly backupId: string;
  readonly parts: readonly { readonly name: PartName; readonly recipients: readonly Recipient[] }[];
}

export function registerInspect(keys: Command): void {
  keys
    .command('inspect')
    .description('say which keys and recipients can open an archive, without opening it')
    .argument('<archive>', 'a file, which needs no AWS; or a backup in the vault: <tenant>[@<version id>]')
    .action(async (name: string, _options: object, command: Command) => {
      const bytes = (await readArchiveFile(name)) ?? (await readVersion(name, globalOptions(command).stack));
      const inspected = inspectArchive(bytes);
      print(command, inspected, describe(inspected));
    });
}

/** Read who can open an archive from the headers of its sealed parts; needs no key.
 * @throws ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED, DIGEST_MISMATCH, SEAL_BROKEN if it is damaged
 * @throws KEY_MISMATCH if its manifest names others than its parts */
export function inspectArchive(bytes: Uint8Array): InspectedArchive {
  const { manifest, sealedParts } = unpackArchive(bytes);
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

/** @returns null if there is no such file */
async function readArchiveFile(path: string): Promise<Buffer | null> {
  const isFile = await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  return isFile ? readFile(path) : null;
}

/** @throws INVALID_REQUEST, NO_BACKUP, VERSION_NOT_FOUND */
async function readVersion(name: string, stack: string): Promise<Buffer> {
  const at = name.indexOf('@');
  const tenant = at < 0 ? name : name.slice(0, at);
  const versionId = at < 0 ? undefined : name.slice(at + 1);
  if (!isTenantName(tenant) || versionId === '') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `archive must be a file that exists, or <tenant>[@<version id>], got "${name.slice(0, 200)}"`,
    );
  }
  const deployment = openDeployment(stack);
  const vault = createVault(deployment.s3, await deployment.output('vaultBucket'));
  const versions = await Promise.all(TIERS.map((tier) => vault.listVersions(tier, tenant)));
  const version = chooseVersion(versions.flat(), { tenant, versionId, mode: 'update', dryRun: true });
  return vault.get(version, { maxBytes: version.sizeBytes });
}

const describe = ({ tenant, backupId, parts }: InspectedArchive): string =>
  [
    `backup ${backupId} of ${tenant}; any one recipient of a part can open it`,
    table(
      ['PART', 'RECIPIENT', 'KEY'],
      parts.flatMap(({ name, recipients }) =>
        recipients.map((recipient) => [
          name,
          recipient.type,
          recipient.type === 'kms' ? recipient.keyArn : recipient.fingerprint,
        ]),
      ),
    ),
  ].join('\n');
