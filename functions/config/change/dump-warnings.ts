/** What an operator should know about the credentials of an operation on a dump. Plans and restores say the same. */
import { driftWarnings } from '../compare/drift.ts';
import { findBlankDumpCredentials } from '../credentials/blank-dump-credentials.ts';
import { dumpObjectsOf } from '../model/dump-objects.ts';
import type { Warning } from '../model/warning.ts';
import type { DumpChangeSet } from './dump-change-set.ts';
import { dumpPlaceOf } from './dump-selection.ts';
import { keptWarnings } from './keep-own-access.ts';

/** Nothing generates these: an operator has to enter them. */
const ENTERED: ReadonlySet<string> = new Set(['upstream_secret', 'script_secret']);

/** Warns of credentials that stay, are generated or get lost.
 * @param options.showsCredentials whether the dumps hold the credentials, or fingerprints of them. @default true */
export function dumpWarnings(
  {
    filled,
    document,
    changes,
    drift,
    kept,
  }: Pick<DumpChangeSet, 'filled' | 'document' | 'changes' | 'drift' | 'kept'>,
  { showsCredentials = true }: { readonly showsCredentials?: boolean } = {},
): Warning[] {
  const blanks = document === null || !showsCredentials ? [] : findBlankDumpCredentials(document);
  const created = new Set(changes.filter(({ kind }) => kind === 'created').map(({ key }) => key));
  const made = new Map(
    [...dumpObjectsOf(document ?? {})]
      .filter(({ key }) => created.has(key))
      .map((object) => [object.pointer, dumpPlaceOf(object)] as const),
  );
  const lost = blanks.flatMap(({ type, pointer }) => (ENTERED.has(type) ? (made.get(pointer) ?? []) : []));
  const generated = blanks.filter(({ type }) => !ENTERED.has(type)).length;
  const about = (
    code: Warning['code'],
    count: number,
    message: string,
    pointers: readonly string[] = [],
  ): Warning[] => (count === 0 ? [] : [{ code, pointers, message: `${count} ${message}` }]);
  return [
    ...about(
      'CREDENTIALS_FILLED',
      filled.length,
      'credentials stay as they are: the backup shows none, or the request keeps them',
    ),
    ...about(
      'CREDENTIALS_GENERATED',
      generated,
      'credentials are blank in the import: SecureAuth generates them, or you set them',
    ),
    ...about(
      'CREDENTIALS_LOST',
      lost.length,
      'objects are created without their secrets: enter these again',
      lost,
    ),
    ...keptWarnings(kept),
    ...driftWarnings(drift),
  ];
}
