import type { BlankCredential } from '../config/blank-credentials.ts';
import { type ExportParts, exportParts } from '../config/export-parts.ts';
import { type Json, parseJson } from '../config/json.ts';
import { shapeOf } from '../config/shape.ts';
import { TenantBackupError } from '../errors.ts';
import { forget } from '../forget.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { Hub } from '../tenant/hub.client.ts';
import { type RetryTools, withRetry } from '../tenant/retry.ts';

/** A complete export, taken apart. */
export interface SplitExport extends Omit<ExportParts, 'blanks' | 'counts'> {
  readonly credentialCounts: Readonly<Record<string, number>>;
  /** What was noticed and accepted, by kind. */
  readonly warnings: Readonly<Record<string, number>>;
}

/** The same, with the export itself. */
export interface KeptExport extends SplitExport {
  /** The bytes of the whole export, credentials included: a good one, see `parseExport`. Holds secrets. */
  readonly exported: Buffer;
}

/** Tries at getting two exports of the same state; a tenant that changes this often is not backed up half. */
const CONSISTENCY = { maxAttempts: 4, budgetMilliseconds: 60_000, baseMilliseconds: 2_000 };

/** Export a tenant with credentials, and once more without as the mask that tells them apart. The export itself, which is
 * most of what is in memory, is forgotten.
 * @param blankClientSecrets whether a client without the secret that it should have makes the export unusable
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_INCONSISTENT, CREDENTIALS_BLANK and the errors of `Hub` */
export async function exportAndSplit(
  hub: Hub,
  tools: RetryTools,
  blankClientSecrets: Enrolment['blankClientSecrets'] = 'refuse',
): Promise<SplitExport> {
  const { exported, ...split } = await exportAndKeep(hub, tools, blankClientSecrets);
  forget(exported);
  return split;
}

/** `exportAndSplit` for those who need the export as well.
 * @throws the same */
export const exportAndKeep = (
  hub: Hub,
  tools: RetryTools,
  blankClientSecrets: Enrolment['blankClientSecrets'],
): Promise<KeptExport> =>
  withRetry(
    async () => {
      const [exported, mask] = await Promise.all([
        hub.exportTree({ withCredentials: true }),
        hub.exportTree({ withCredentials: false }),
      ]);
      const { blanks, counts, ...parts } = exportParts(exported, mask);
      forget(mask);
      const warnings = judgeBlanks(blanks, blankClientSecrets);
      return { ...parts, exported, credentialCounts: { ...counts }, warnings };
    },
    CONSISTENCY,
    tools,
    (failure) => failure.code === 'EXPORT_INCONSISTENT',
  );

/** Judge the bytes of an export: the tree of a tenant or of a workspace, whole.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE */
export function parseExport(body: Buffer): Json {
  const tree = parseJson(body);
  shapeOf(tree);
  return tree;
}

/** An export that promises credentials and lacks those that every tenant has would be a backup that cannot restore. A
 * blank secret or key set of a workspace shows that the whole export is redacted; that of a single client may be real. */
function judgeBlanks(
  blank: readonly BlankCredential[],
  blankClientSecrets: Enrolment['blankClientSecrets'],
): SplitExport['warnings'] {
  const ofClients = blank.filter(({ type }) => type === 'client_secret');
  const refused =
    blankClientSecrets === 'accept' ? blank.filter(({ type }) => type !== 'client_secret') : blank;
  const pointers = refused.map(({ pointer }) => pointer);
  if (pointers.length > 0) {
    const hint =
      ofClients.length === blank.length
        ? 'if these clients have none, set blankClientSecrets to accept in the enrolment'
        : 'the export is redacted';
    throw new TenantBackupError(
      'CREDENTIALS_BLANK',
      `${pointers.length} credentials came back blank, first at ${pointers[0]}: ${hint}`,
      { blank: pointers.length, pointers: pointers.slice(0, 10) },
    );
  }
  return ofClients.length === 0 ? {} : { blank_client_secrets: ofClients.length };
}
