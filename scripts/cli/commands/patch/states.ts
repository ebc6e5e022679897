import type { Command } from 'commander';
import { parseJson } from '../../../../functions/config/json/json.ts';
import { type Shape, shapeOf } from '../../../../functions/config/model/shape.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { type OpenedState, openBackupState, openLiveState } from '../../aws/open-state.client.ts';
import { parseBackupName } from '../../ui/backup-options.ts';
import { readText } from '../../ui/files.ts';
import { globalOptions } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

/** Options that name two files. */
export interface FileOptions {
  readonly fromFile?: string;
  readonly toFile?: string;
}

/** One of the two states that a patch is made of. Holds secrets. */
export type PatchedState = Omit<OpenedState, 'reference'> & {
  readonly reference:
    | OpenedState['reference']
    | { readonly kind: 'file'; readonly file: string; readonly shape: Shape };
};

/** Opens the old and the new state.
 * @throws INVALID_REQUEST if the arguments do not name two states, and the errors of opening */
export async function openStates(
  from: string | undefined,
  to: string | undefined,
  { fromFile, toFile }: FileOptions,
  command: Command,
): Promise<readonly [PatchedState, PatchedState]> {
  const invalid = (message: string) => new TenantBackupError('INVALID_REQUEST', message);
  if (fromFile !== undefined && toFile !== undefined && from === undefined) {
    return [await openFile(fromFile), await openFile(toFile)];
  }
  if (fromFile !== undefined || toFile !== undefined) {
    throw invalid('--from-file and --to-file must be given together, without further arguments');
  }
  if (from === undefined)
    throw invalid('name the old state: <tenant>, <tenant>@<id>, or --from-file and --to-file');
  const names = [parseBackupName(from), to === undefined ? null : parseBackupName(to)] as const;
  const [old, other] = names;
  if (other && other.id === undefined && old.id === undefined && other.tenant === old.tenant) {
    throw invalid('both arguments name the same backup: add an id to one of them');
  }
  const { stack } = globalOptions(command);
  return withProgress(command, 'opening both states', async () => [
    await openBackupState(old, stack),
    other ? await openBackupState(other, stack) : await openLiveState(old.tenant, openDeployment(stack)),
  ]);
}

/** Opens an export. Only the tables know its credentials. */
async function openFile(file: string): Promise<PatchedState> {
  const tree = parseJson(await readText(file));
  return { reference: { kind: 'file', file, shape: shapeOf(tree) }, tree, secretPointers: [] };
}

/** Returns the arguments of a command that applies the patch to the first state. */
export const targetOf = ({ reference }: PatchedState): string[] =>
  reference.kind !== 'file'
    ? [reference.tenant]
    : ['<tenant>', ...(reference.shape === 'workspace' ? ['--workspace', '<id>'] : [])];

/** Names a state in a message. */
export function nameOf({ reference }: PatchedState): string {
  if (reference.kind === 'file') return `file ${reference.file}`;
  return reference.kind === 'live'
    ? `the live tenant ${reference.tenant}`
    : `backup ${reference.backupId} of ${reference.tenant}`;
}
