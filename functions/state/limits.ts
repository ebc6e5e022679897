/** What a backup leaves out as its enrolment or its request asks: credentials, or all but a selection. */
import { isEverything, parseSelection, type Selection } from '../config/select/selection.ts';
import { TenantBackupError } from '../errors.ts';
import { MAX_SELECTION_CHARACTERS, type ManifestLimits } from '../vault/format/manifest.ts';

export interface BackupLimits {
  readonly by: ManifestLimits['by'];
  readonly withoutCredentials: boolean;
  /** @default - all objects */
  readonly selection?: Selection | undefined;
}

/** Returns limits as a manifest has them.
 * @throws INVALID_REQUEST if the selection names nothing, or is too long for a manifest */
export function manifestLimits({ by, withoutCredentials, selection }: BackupLimits): ManifestLimits {
  return {
    by,
    ...(withoutCredentials && { credentials: false as const }),
    ...(selection && { selection: selectionText(selection) }),
  };
}

/** Parses the limits of a manifest; mirror of `manifestLimits`. */
export const parseManifestLimits = ({ by, credentials, selection }: ManifestLimits): BackupLimits => ({
  by,
  withoutCredentials: credentials === false,
  ...(selection !== undefined && { selection: parseSelection(JSON.parse(selection)) }),
});

function selectionText(selection: Selection): string {
  const text = JSON.stringify(selection).replaceAll(/[^\x20-\x7e]/g, escaped);
  const refuse = (message: string): never => {
    throw new TenantBackupError('INVALID_REQUEST', `selection of a backup must ${message}`);
  };
  if (isEverything(selection)) refuse('include or exclude something');
  if (text.length > MAX_SELECTION_CHARACTERS) {
    refuse(`have at most ${MAX_SELECTION_CHARACTERS} characters as JSON, got ${text.length}`);
  }
  return text;
}

/** Escapes a code unit, as a manifest is ASCII. */
const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
