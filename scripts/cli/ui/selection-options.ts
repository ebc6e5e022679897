import type { Command } from 'commander';
import { dumpSelectionSchema, isOfTypesBesideTree } from '../../../functions/config/change/dump-selection.ts';
import { parseWrittenJson, requireExactNumbers } from '../../../functions/config/json/written-json.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { parseInput } from '../../../functions/parse.ts';
import type { TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';
import { readText } from './files.ts';
import { isWithoutHub } from './parts-option.ts';

/** Options that select objects. */
export interface SelectionOptions {
  readonly type?: string[];
  readonly id?: string[];
  readonly workspace?: string[];
  readonly selection?: string;
  /** False with `--no-dependencies`. */
  readonly dependencies: boolean;
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Adds the options that select objects. */
export const withSelection = (command: Command): Command =>
  command
    .option('--type <type>', 'only objects of this type, such as clients (may be repeated)', collect)
    .option(
      '--id <id>',
      'only objects with this id; * matches any text, \\* an asterisk (may be repeated)',
      collect,
    )
    .option('--workspace <id>', 'only objects of this workspace (may be repeated)', collect)
    .option('--selection <file>', 'JSON file with a selection (docs/PLANS.md)')
    .option('--no-dependencies', 'name the objects that a selected object needs, but leave them out');

/** Reads the selection from the options.
 * @param parts of the backup, which decide on the selection language
 * @returns the selection for the functions; undefined for all objects
 * @throws INVALID_REQUEST before any request */
export async function readSelection(
  { type, id, workspace, selection, dependencies }: SelectionOptions,
  parts?: readonly TenantPart[],
): Promise<object | undefined> {
  const validate = (value: object) =>
    isWithoutHub(parts) || (parts === undefined && isOfTypesBesideTree(value))
      ? parseInput(dumpSelectionSchema, value, 'selection', 'INVALID_REQUEST')
      : parseSelection(value);
  const given = type ?? id ?? workspace;
  if (selection !== undefined && given !== undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      '--selection must not be given beside --type, --id or --workspace',
    );
  }
  const choice = dependencies ? {} : { dependencies: 'report' };
  if (selection !== undefined) {
    const value = parseWrittenJson(await readText(selection), `file ${selection}`);
    requireExactNumbers(value, `file ${selection}`);
    const whole = { ...(Array.isArray(value) ? { include: value } : (value as object)), ...choice };
    validate(whole);
    return whole;
  }
  if (given === undefined) return dependencies ? undefined : choice;
  const selector = { ...(id && { ids: id }), ...(workspace && { workspaces: workspace }) };
  const include = type ? type.map((resourceType) => ({ resourceType, ...selector })) : [selector];
  validate({ include, ...choice });
  return { include, ...choice };
}
