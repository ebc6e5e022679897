import { type Command, Option } from 'commander';
import { stringifyJson } from '../../../../functions/config/json/json.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { openArchive } from '../../../../functions/state/open-backup.ts';
import { openDocument } from '../../../../functions/state/open-document.ts';
import { unpackArchive } from '../../../../functions/vault/format/archive.ts';
import { DOCUMENTS, type DocumentName, documentsIn } from '../../../../functions/vault/format/documents.ts';
import { type Manifest, PART_NAMES, type PartName } from '../../../../functions/vault/format/manifest.ts';
import type { Opener } from '../../../../functions/vault/format/opener.ts';
import type { TrustedSigners } from '../../../../functions/vault/format/signature.ts';
import { trustedKeysOf } from '../../../../functions/vault/keys/key-registry.ts';
import { createSealer } from '../../../../functions/vault/keys/sealer.client.ts';
import { openKeyTools } from '../../aws/key-tools.ts';
import { MAX_EXPORT_BYTES } from '../../aws/open-as-caller.client.ts';
import { readBytes, writeNew } from '../../ui/files.ts';
import { readEscrowOpener, readSigners } from '../../ui/key-files.ts';
import { originOf, originText } from '../../ui/manifest-text.ts';
import { globalOptions, note, print } from '../../ui/output.ts';
import { writeBytes } from '../../ui/terminal.ts';
import { describeExtract, type ExtractedWorkspace, extractWorkspace } from './extract-workspace.ts';

interface OpenOptions {
  readonly escrow?: string;
  readonly passphraseFile?: string;
  readonly publicKey?: string;
  readonly tenant?: string;
  readonly part?: PartName;
  readonly document?: DocumentName;
  readonly workspace?: string;
  readonly out?: string;
}

/** `open`: opens an archive file, and returns the exported document. */
export function registerOpen(program: Command): void {
  program
    .command('open')
    .description('open an archive file, and write the exported document with its credentials')
    .argument('<file>', 'archive file, as downloaded from the vault')
    .option('--escrow <file>', 'open with this escrow private key; needs no AWS and no network')
    .option(
      '--passphrase-file <file>',
      'file with the passphrase of the escrow key, - for standard input (default: ask)',
    )
    .option(
      '--public-key <file>',
      'signing key to verify the signature with (default: trusted keys of the deployment; with --escrow, none)',
    )
    .option('--tenant <name>', 'refuse the archive of any other tenant')
    .addOption(
      new Option('--document <name>', 'document to write (default: the first of these in the backup)')
        .choices(DOCUMENTS)
        .conflicts('part'),
    )
    .addOption(
      new Option(
        '--workspace <id>',
        'only this workspace, with the clients of `system` that serve it',
      ).conflicts('part'),
    )
    .addOption(new Option('--part <name>', 'write only this part').choices(PART_NAMES))
    .option('--out <file>', 'new file, readable by you alone (default: standard output)')
    .action(async (file: string, options: OpenOptions, command: Command) => {
      if (options.out === undefined && process.stdout.isTTY) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          'standard output must not be a terminal, as the document holds credentials: give --out, or a pipe',
        );
      }
      const bytes = await readBytes(file);
      const given = options.publicKey === undefined ? null : await readSigners(options.publicKey);
      const { opener, signers } =
        options.escrow === undefined
          ? await kmsOpener(unpackArchive(bytes).manifest, globalOptions(command).stack, given)
          : { opener: await readEscrowOpener(options.escrow, options.passphraseFile), signers: given };
      const { manifest, content, document, extracted } = await openFile(bytes, opener, {
        ...options,
        signers,
      });
      const { tenant, backupId } = manifest;
      const opened = `opened ${openedText(options, manifest, document)} of backup ${backupId} of ${tenant}`;
      const more = [
        originText(manifest, signers),
        ...(extracted === undefined ? [] : describeExtract(extracted)),
      ];
      if (options.out === undefined) {
        await writeBytes(content);
        note(command, [opened, ...more]);
        return;
      }
      await writeNew(options.out, content, 0o600);
      const { document: _content, ...about } = extracted ?? { document: null };
      print(
        command,
        {
          tenant,
          backupId,
          origin: originOf(signers),
          part: options.part ?? null,
          document: document ?? null,
          workspace: options.workspace ?? null,
          ...about,
          file: options.out,
          sizeBytes: content.byteLength,
        },
        [`${opened} to ${options.out}`, ...more],
      );
    });
}

function openedText(
  { part, workspace }: OpenOptions,
  manifest: Manifest,
  document: DocumentName | undefined,
): string {
  if (part !== undefined) return part;
  const which = documentsIn(manifest).length > 1 ? `the ${document} document` : 'the document';
  return workspace === undefined ? which : `workspace ${workspace} in ${which}`;
}

/** What to open of an archive. */
export interface Wanted {
  /** Trusted signers; null to skip the signature. */
  readonly signers: TrustedSigners | null;
  /** Expected tenant. @default - any */
  readonly tenant?: string | undefined;
  /** Only this sealed part. */
  readonly part?: PartName | undefined;
  /** @default - the first in the backup */
  readonly document?: DocumentName | undefined;
  /** Only this workspace of the document. */
  readonly workspace?: string | undefined;
}

export interface OpenedFile {
  readonly manifest: Manifest;
  readonly content: Uint8Array;
  /** The opened document; absent for a part. */
  readonly document?: DocumentName;
  readonly extracted?: ExtractedWorkspace;
}

/** Opens an archive.
 * @throws the errors of `openArchive`, `openDocument` and `extractWorkspace` */
export async function openFile(
  bytes: Uint8Array,
  opener: Opener,
  { signers, tenant, part, document, workspace }: Wanted,
): Promise<OpenedFile> {
  const backup = await openArchive(bytes, opener, { tenant, signers, maxExportBytes: MAX_EXPORT_BYTES });
  const { manifest } = backup;
  if (part !== undefined) return { manifest, content: await backup.open(part) };
  const wanted = document ?? documentsIn(manifest)[0] ?? 'hub';
  const { document: whole } = await openDocument(backup, wanted);
  const extracted = workspace === undefined ? undefined : extractWorkspace(whole, wanted, workspace);
  const content = Buffer.from(stringifyJson(extracted?.document ?? whole));
  return { manifest, content, document: wanted, ...(extracted && { extracted }) };
}

/** Opens with KMS. The manifest's tenant is not verified yet: it only selects the trusted keys, and opening checks it. */
async function kmsOpener(
  { tenant }: Manifest,
  stack: string,
  given: TrustedSigners | null,
): Promise<{ opener: Opener; signers: TrustedSigners }> {
  const { deployment, registry, trustedSigners } = await openKeyTools(stack);
  const opener = createSealer(deployment.kms).opener(trustedKeysOf(await registry.list(), tenant));
  return { opener, signers: given ?? trustedSigners };
}
