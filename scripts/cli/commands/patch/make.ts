import { type Command, Option } from 'commander';
import { compareTrees } from '../../../../functions/config/compare/compare.ts';
import { type Json, stringifyJson } from '../../../../functions/config/json/json.ts';
import { applyJsonPatch, type JsonPatch } from '../../../../functions/config/json/json-patch.ts';
import { applyMergePatch } from '../../../../functions/config/json/merge-patch.ts';
import { parseSelection } from '../../../../functions/config/select/selection.ts';
import { patchBetween, type TreePatchOptions } from '../../../../functions/config/transform/tree-patch.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { showBytes } from '../../../../functions/units.ts';
import { commandText } from '../../ui/command-text.ts';
import { writeNew } from '../../ui/files.ts';
import { note, print } from '../../ui/output.ts';
import { readSelection, type SelectionOptions, withSelection } from '../../ui/selection-options.ts';
import { credentialsFound } from './credentials.ts';
import { type FileOptions, nameOf, openStates, type PatchedState, targetOf } from './states.ts';

interface MakeOptions extends SelectionOptions, FileOptions {
  readonly format: TreePatchOptions['format'];
  readonly withCredentials?: boolean;
  readonly reverse?: boolean;
  readonly out: string;
}

const MAX_NAMED = 10;

/** `patch make`: writes the difference of two states as a patch file. */
export function registerPatchMake(patch: Command): void {
  withSelection(
    patch
      .command('make')
      .description(
        'write the difference between a backup and another one, or the live tenant, or two exports, as a patch file',
      )
      .argument('[from]', 'the old state: <tenant>, or <tenant>@<id>')
      .argument('[to]', 'the new state, possibly of another tenant (default: the live tenant)'),
  )
    .addOption(
      new Option('--format <format>', 'merge: RFC 7396; json: RFC 6902')
        .choices(['merge', 'json'])
        .default('merge'),
    )
    .option(
      '--from-file <file>',
      'the old state: an export of a tenant or a workspace, or - for standard input, instead of [from]',
    )
    .option('--to-file <file>', 'the new state: another export of the same, instead of [to]')
    .option('--reverse', 'swap the states: a patch from the new one to the old one')
    .option('--with-credentials', 'include changed credentials, and those of new objects')
    .requiredOption('--out <file>', 'new file, readable by you alone')
    .action(
      async (from: string | undefined, to: string | undefined, options: MakeOptions, command: Command) => {
        const selection = await readSelection(options);
        const opened = await openStates(from, to, options, command);
        const states = options.reverse ? ([opened[1], opened[0]] as const) : opened;
        const made = makePatch(states, options, selection);
        const { text, ...about } = made;
        await writeNew(options.out, `${text}\n`, 0o600);
        const { format, out: file } = options;
        const [first, second] = states;
        const sizeBytes = Buffer.byteLength(text) + 1;
        const what = about.isEmpty ? 'no differences' : showBytes(sizeBytes);
        print(
          command,
          { format, from: first.reference, to: second.reference, ...about, file, sizeBytes },
          `wrote ${file}: patch from ${nameOf(first)} to ${nameOf(second)} (${what})`,
        );
        for (const line of notesOn(made)) note(command, line);
        if (about.isEmpty) return;
        note(command, `to try it: ${commandText('patch', 'apply', ...targetOf(first), file, '--dry-run')}`);
      },
    );
}

function notesOn({ credentials, leftOut }: MadePatch): string[] {
  const named = leftOut.slice(0, MAX_NAMED).join(', ');
  return [
    ...(credentials > 0 ? [`it contains ${credentials} credentials: store it like one`] : []),
    ...(leftOut.length > 0
      ? [
          `left out, as it changes only with its credentials: ${named}${leftOut.length > MAX_NAMED ? ', …' : ''}`,
        ]
      : []),
  ];
}

type Tree = Pick<PatchedState, 'tree' | 'secretPointers'>;

interface MadePatch {
  readonly text: string;
  readonly isEmpty: boolean;
  /** Number of credentials in it. */
  readonly credentials: number;
  /** JSON Pointers of differences that cannot be written without credentials: key sets, and lists whose elements differ in
   * nothing else. */
  readonly leftOut: readonly string[];
}

/** Makes a patch between two trees.
 * @throws INVALID_REQUEST if it would contain a credential without `withCredentials` */
export function makePatch(
  [from, to]: readonly [Tree, Tree],
  { format, withCredentials = false }: Pick<MakeOptions, 'format' | 'withCredentials'>,
  selection?: object,
): MadePatch {
  const options = {
    format,
    // Two states may come from two releases.
    acrossReleases: true,
    selection: selection && parseSelection(selection),
    secretPointers: new Set([...from.secretPointers, ...to.secretPointers]),
  };
  const whole = patchBetween(from.tree, to.tree, { ...options, credentials: 'carry' });
  if (withCredentials) {
    return { ...described(whole.patch as Json), credentials: whole.credentialPointers.length, leftOut: [] };
  }
  const { patch, credentialPointers } = patchBetween(from.tree, to.tree, { ...options, credentials: 'omit' });
  const found = new Set([...credentialPointers, ...credentialsFound(patch as Json, [from, to])]);
  if (found.size > 0) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `the patch would contain ${found.size} credentials beside the changes, such as ${[...found][0]}: ${format === 'merge' ? 'try --format json, which changes less of a list, or ' : ''}add --with-credentials`,
      { credentials: found.size },
    );
  }
  const patched = (by: Json | JsonPatch) =>
    format === 'merge' ? applyMergePatch(from.tree, by as Json) : applyJsonPatch(from.tree, by as JsonPatch);
  const leftOut = differing(patched(whole.patch), patched(patch));
  return { ...described(patch as Json), credentials: 0, leftOut };
}

const described = (patch: Json): Pick<MadePatch, 'text' | 'isEmpty'> => ({
  text: stringifyJson(patch),
  isEmpty: Object.keys(patch as object).length === 0,
});

/** Returns the pointers of differences, except credentials. */
function differing(expected: Json, actual: Json): string[] {
  const places = compareTrees(expected, actual).differences.flatMap(({ kind, pointer, properties }) =>
    kind === 'changed'
      ? properties.filter(({ secret }) => !secret).map((property) => property.pointer)
      : [pointer],
  );
  // Name a key set once.
  return [
    ...new Set(
      places.map((place) => place.split('/jwks/', 1)[0] + (place.includes('/jwks/') ? '/jwks' : '')),
    ),
  ];
}
