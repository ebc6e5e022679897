import {
  type BlankCredential,
  findBlankCredentials,
  findHidden,
} from '../config/credentials/blank-credentials.ts';
import { findBlankDumpCredentials } from '../config/credentials/blank-dump-credentials.ts';
import type { Json, JsonObject } from '../config/json/json-value.ts';
import { DUMP_CURSOR } from '../config/model/dump-fields.ts';
import { ROOT_CURSOR } from '../config/model/fields.ts';
import { TenantBackupError } from '../errors.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';

/** Names the count of accepted blanks in a manifest, by type. */
const WARNINGS = {
  client_secret: 'blank_client_secrets',
  script_secret: 'blank_script_secrets',
  upstream_secret: 'blank_upstream_secrets',
} as const;

const isCounted = (type: BlankCredential['type']): type is keyof typeof WARNINGS =>
  Object.hasOwn(WARNINGS, type);

/** Refuses a redacted export: a backup of it could not restore. A blank secret or key set of a workspace proves redaction.
 *
 * A blank secret of a client may be real, and so may a placeholder: the enrolment decides. Some builds never show the secrets of
 * scripts, and not every identity provider has a secret.
 * @returns counts of the accepted blanks by kind, for the manifest's warnings
 * @throws CREDENTIALS_BLANK */
export function assessBlanks(
  blank: readonly BlankCredential[],
  blankClientSecrets: Enrolment['blankClientSecrets'],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const refused: string[] = [];
  let isWhole = false;
  for (const { type, pointer, isPlaceholder } of blank) {
    const isOptional = type === 'client_secret' || (type === 'upstream_secret' && isPlaceholder);
    isWhole ||= !isCounted(type);
    if (!isCounted(type) || (isOptional && blankClientSecrets !== 'accept')) refused.push(pointer);
    else counts[WARNINGS[type]] = (counts[WARNINGS[type]] ?? 0) + 1;
  }
  if (refused.length === 0) return counts;
  const hint = isWhole
    ? 'the export is redacted'
    : 'if that is what the tenant has, set blankClientSecrets to accept in the enrolment';
  throw new TenantBackupError(
    'CREDENTIALS_BLANK',
    `${refused.length} credentials came back blank or hidden, first at ${refused[0]}: ${hint}`,
    { blank: refused.length, pointers: refused.slice(0, 10) },
  );
}

/** Finds the credentials that a document of a backup does not show, as a backup finds them in an export.
 * @param document with its credentials */
export function blanksOf(part: 'hub' | 'system', document: Json): readonly BlankCredential[] {
  const whole = { credentials: { '': document }, foreignKeys: [] };
  return part === 'hub'
    ? findHidden(findBlankCredentials(document), whole, ROOT_CURSOR).blanks
    : findHidden(findBlankDumpCredentials(document as JsonObject), whole, DUMP_CURSOR).blanks;
}
