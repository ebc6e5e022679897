import { type Command, Option } from 'commander';
import { parseJson } from '../../../../functions/config/json/json.ts';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { type PatchDocument, parsePatch } from '../../../../functions/restore/source/patch-request.ts';
import { IMPORT_MODES, type ImportMode } from '../../../../functions/tenant/http/import-mode.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { call } from '../../aws/call-function.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { runRestore } from '../../aws/run-restore.ts';
import { requireYes } from '../../ui/confirm.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { readText } from '../../ui/files.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import { writeError } from '../../ui/terminal.ts';
import { showBytes } from '../../ui/times.ts';
import { type SendingOptions, sendingOf, withSending } from '../../ui/write-options.ts';
import { remarkUndo, restoreText } from '../restore/restore-text.ts';

interface ApplyOptions extends SendingOptions {
  readonly mode: ImportMode;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly deletions?: string;
  readonly includeOwnClient?: boolean;
}

/** An invocation takes 6 MB, of which the rest of the request needs little. */
const MAX_REQUEST_BYTES = 6_000_000;

/** `patch apply`: change a tenant, with the safety net of a restore. */
export function registerPatchApply(patch: Command): void {
  withSending(
    patch
      .command('apply')
      .description(
        'change a tenant by a patch: shows what changes, asks, saves the present, writes, and proves the result',
      )
      .argument('<tenant>', 'what it is enrolled as')
      .argument(
        '<patch>',
        'file with the patch: an object is merged (RFC 7396), a list is one of operations (RFC 6902)',
      )
      .addOption(
        new Option('--mode <mode>', 'objects that exist are overwritten, left, or make the whole fail')
          .choices(IMPORT_MODES)
          .default('update'),
      ),
  )
    .option('--dry-run', 'say what would change, with a role and a token that cannot write')
    .option('--yes', 'do not show what changes, and do not ask')
    .option(
      '--deletions <count>',
      'how many objects it deletes, if these are more than 10; asked about otherwise',
    )
    .option('--include-own-client', 'also the client that it is applied with; it may lock itself out')
    .action(async (tenant: string, file: string, options: ApplyOptions, command: Command) => {
      vaultKey('daily', tenant);
      const request = {
        tenant,
        patch: parsePatchFile(await readText(file), file),
        mode: options.mode,
        includeOwnClient: options.includeOwnClient ?? false,
        ...expecting(parseDeletions(options.deletions)),
        ...sendingOf(options),
      };
      const deployment = openDeployment(globalOptions(command).stack);
      const preview = () =>
        withProgress(command, `comparing ${tenant} with what the patch makes of it`, () =>
          call<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }).catch(asPatch),
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
        asPatch,
      );
      print(command, report, restoreText(report));
      remarkUndo(report, command);
    });
}

const expecting = (expected: number | undefined): object =>
  expected === undefined ? {} : { prune: { expected } };

/** @returns what more is agreed to; null if there is nothing to do */
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
  await requireYes(`This writes to ${tenant}, after saving it as it is.`, undefined);
  // What was agreed to is what is deleted.
  return expecting(pruned);
}

/** A plan says nothing of a patch: the hint is another one. */
function asPatch(error: unknown): never {
  if (!isTenantBackupError(error)) throw error;
  throw new TenantBackupError(
    error.code,
    error.message,
    { ...error.facts, operation: 'patch' },
    { cause: error },
  );
}

/** @returns its text, so that numbers stay as they are
 * @throws INVALID_REQUEST without any of its values */
export function parsePatchFile(text: string, file: string): PatchDocument {
  const parsed: unknown = (() => {
    try {
      return parseJson(text);
    } catch (error) {
      const reason = isTenantBackupError(error) ? error.message : 'not json';
      throw new TenantBackupError('INVALID_REQUEST', `patch file ${file} must be JSON: ${reason}`);
    }
  })();
  const patch = { format: Array.isArray(parsed) ? 'rfc6902' : 'rfc7396', document: text } as const;
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
