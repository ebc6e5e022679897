import { type Command, Option } from 'commander';
import { parseWrittenJson } from '../../../../functions/config/json/written-json.ts';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { type PatchDocument, parsePatch } from '../../../../functions/restore/source/patch-request.ts';
import { IMPORT_MODES, type ImportMode } from '../../../../functions/tenant/http/import-mode.ts';
import { showBytes } from '../../../../functions/units.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { callFunction } from '../../aws/call-function.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { runRestore } from '../../aws/run-restore.ts';
import { requireYes } from '../../ui/confirm.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { readText } from '../../ui/files.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import { writeError } from '../../ui/terminal.ts';
import { type SendingOptions, sendingOf, withSending } from '../../ui/write-options.ts';
import { printRestore, restoreText } from '../restore/restore-text.ts';

interface ApplyOptions extends SendingOptions {
  readonly workspace?: string;
  readonly mode: ImportMode;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly deletions?: string;
  readonly includeOwnClient?: boolean;
}

/** Lambda accepts requests of 6 MB; the rest of the request is small. */
const MAX_REQUEST_BYTES = 6_000_000;

/** `patch apply`: changes a tenant, with the safety backup and the verification of a restore. */
export function registerPatchApply(patch: Command): void {
  withSending(
    patch
      .command('apply')
      .description(
        'apply a patch to a tenant: show the changes, ask, take a safety backup, write, and verify the result',
      )
      .argument('<tenant>', 'enrolled name of the tenant')
      .argument(
        '<patch>',
        'patch file, or - for standard input: a JSON object is a merge patch (RFC 7396), a list a JSON Patch (RFC 6902)',
      )
      .addOption(
        new Option('--mode <mode>', 'existing objects: overwrite them, skip them, or fail')
          .choices(IMPORT_MODES)
          .default('update'),
      ),
  )
    .option('--workspace <id>', 'workspace that the patch is of (default: it is of the tenant)')
    .option('--dry-run', 'show what would change, with a role and a token that cannot write')
    .option('--yes', 'skip the preview and the question')
    .option('--deletions <count>', 'number of objects that it deletes, if more than 10 (default: ask)')
    .option(
      '--include-own-client',
      'also change the client that the patch authenticates with, which may lock it out',
    )
    .action(async (tenant: string, file: string, options: ApplyOptions, command: Command) => {
      vaultKey('daily', tenant);
      const request = {
        tenant,
        patch: parsePatchFile(await readText(file), file, options.workspace),
        mode: options.mode,
        includeOwnClient: options.includeOwnClient ?? false,
        ...expecting(parseDeletions(options.deletions)),
        ...sendingOf(options),
      };
      const deployment = openDeployment(globalOptions(command).stack);
      const preview = () =>
        withProgress(command, `comparing ${tenant} with the result of the patch`, () =>
          callFunction<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }).catch(
            rethrowAsPatch,
          ),
        );
      if (options.dryRun) {
        const report = await preview();
        print(command, report, restoreText(report));
        if (report.problems.length > 0) process.exitCode = ExitCode.differences;
        return;
      }
      const agreed = options.yes ? {} : await showAndAsk(await preview(), command);
      if (agreed === null) return;
      const words = ['patch', 'patching'] as const;
      const report = await runRestore({ ...request, ...agreed }, tenant, deployment, command, words).catch(
        rethrowAsPatch,
      );
      printRestore(report, command);
    });
}

const expecting = (expected: number | undefined): object =>
  expected === undefined ? {} : { prune: { expected } };

/** Shows the changes, and asks for a yes.
 * @returns further fields of the request; null if there is nothing to do */
async function showAndAsk(report: RestoreReport, command: Command): Promise<object | null> {
  const { tenant, counts, problems } = report;
  const { created = 0, updated = 0, pruned = 0 } = counts;
  if (created + updated + pruned === 0 && problems.length === 0) {
    print(command, report, restoreText(report));
    return null;
  }
  writeError([...restoreText(report), '']);
  if (problems.length > 0) {
    throw new TenantBackupError(
      'CHANGE_IMPOSSIBLE',
      'the patch has problems, see above; nothing was written',
      { tenant, operation: 'patch' },
    );
  }
  await requireYes(`This takes a safety backup of ${tenant}, then applies the patch to it.`, undefined);
  // Delete exactly as many objects as were shown.
  return expecting(pruned);
}

/** Marks an error as one of a patch, which has another hint. */
function rethrowAsPatch(error: unknown): never {
  if (!isTenantBackupError(error)) throw error;
  throw new TenantBackupError(
    error.code,
    error.message,
    { ...error.facts, operation: 'patch' },
    { cause: error },
  );
}

/** Validates a patch file.
 * @returns the text of the file, as parsing would change its numbers
 * @throws INVALID_REQUEST without any of its values */
export function parsePatchFile(text: string, file: string, workspace?: string): PatchDocument {
  const parsed = parseWrittenJson(text, `patch file ${file}`);
  const format = Array.isArray(parsed) ? 'rfc6902' : 'rfc7396';
  const patch = { format, document: text, ...(workspace !== undefined && { workspace }) } as const;
  parsePatch(patch);
  const bytes = Buffer.byteLength(JSON.stringify(text));
  if (bytes <= MAX_REQUEST_BYTES) return patch;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `patch file ${file} must be at most ${showBytes(MAX_REQUEST_BYTES)}, is ${showBytes(bytes)}: make one for each workspace (patch make --workspace)`,
  );
}

function parseDeletions(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,6}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--deletions must be a whole number below 1000000, got "${text.slice(0, 80)}"`,
  );
}
