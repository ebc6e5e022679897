import type { Command } from 'commander';
import { dumpSelectionSchema } from '../../../functions/config/change/dump-selection.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { parseInput } from '../../../functions/parse.ts';
import type { TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';
import { readText } from './files.ts';
import { isWithoutHub } from './parts-option.ts';

/** How people say which objects they mean; every option may be repeated. */
export interface SelectionOptions {
  readonly type?: string[];
  readonly id?: string[];
  readonly workspace?: string[];
  readonly selection?: string;
  /** Commander's word for `--no-dependencies`. */
  readonly dependencies: boolean;
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export const withSelection = (command: Command): Command =>
  command
    .option('--type <type>', 'only objects of this type, such as clients (may be repeated)', collect)
    .option('--id <id>', 'only objects with this id, * for any text (may be repeated)', collect)
    .option('--workspace <id>', 'only objects of this workspace (may be repeated)', collect)
    .option('--selection <file>', 'JSON of a selection, for all that the options above cannot say')
    .option('--no-dependencies', 'leave out what a selected object needs, and only name it');

/** @param parts of the backup that are meant: in dumps, objects have other names
 * @returns undefined for everything; otherwise the selection as the functions take it
 * @throws INVALID_REQUEST before AWS is asked */
export async function readSelection(
  { type, id, workspace, selection, dependencies }: SelectionOptions,
  parts?: readonly TenantPart[],
): Promise<object | undefined> {
  const judge = (value: object) =>
    isWithoutHub(parts)
      ? parseInput(dumpSelectionSchema, value, 'selection', 'INVALID_REQUEST')
      : parseSelection(value);
  const said = type ?? id ?? workspace;
  if (selection !== undefined && said !== undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      '--selection must not be given beside --type, --id or --workspace',
    );
  }
  const choice = dependencies ? {} : { dependencies: 'report' };
  if (selection !== undefined) {
    const value = parseJsonFile(await readText(selection), selection);
    const whole = { ...(Array.isArray(value) ? { include: value } : (value as object)), ...choice };
    judge(whole);
    return whole;
  }
  if (said === undefined) return dependencies ? undefined : choice;
  const selector = { ...(id && { ids: id }), ...(workspace && { workspaces: workspace }) };
  const include = type ? type.map((resourceType) => ({ resourceType, ...selector })) : [selector];
  judge({ include, ...choice });
  return { include, ...choice };
}

function parseJsonFile(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TenantBackupError('INVALID_REQUEST', `file ${file} must be JSON`);
  }
}
