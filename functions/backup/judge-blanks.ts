import type { BlankCredential } from '../config/blank-credentials.ts';
import { TenantBackupError } from '../errors.ts';
import type { Enrolment } from '../tenant/enrolment.ts';

/** An export that promises credentials and lacks those that every tenant has would be a backup that cannot restore. A
 * blank secret or key set of a workspace shows that the whole export is redacted; that of a single client may be real, and
 * secrets of scripts are never shown by some builds.
 * @returns what was accepted, by kind: counted as warnings
 * @throws CREDENTIALS_BLANK */
export function judgeBlanks(
  blank: readonly BlankCredential[],
  blankClientSecrets: Enrolment['blankClientSecrets'],
): Readonly<Record<string, number>> {
  const ofClients = blank.filter(({ type }) => type === 'client_secret');
  const ofScripts = blank.filter(({ type }) => type === 'script_secret');
  const accepted = blankClientSecrets === 'accept' ? [...ofClients, ...ofScripts] : ofScripts;
  const refused = blank.filter((each) => !accepted.includes(each));
  if (refused.length > 0) {
    const pointers = refused.map(({ pointer }) => pointer);
    const hint =
      ofClients.length + ofScripts.length === blank.length
        ? 'if these clients have none, set blankClientSecrets to accept in the enrolment'
        : 'the export is redacted';
    throw new TenantBackupError(
      'CREDENTIALS_BLANK',
      `${pointers.length} credentials came back blank, first at ${pointers[0]}: ${hint}`,
      { blank: pointers.length, pointers: pointers.slice(0, 10) },
    );
  }
  return counted({ blank_client_secrets: ofClients.length, blank_script_secrets: ofScripts.length });
}

/** Counts without those that are 0. */
export const counted = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
