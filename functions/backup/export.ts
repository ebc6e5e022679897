import { type ExportParts, exportParts } from '../config/export/export-parts.ts';
import type { Json } from '../config/json/json.ts';
import { parseInPieces } from '../config/json/json-pieces.ts';
import { shapeOf } from '../config/model/shape.ts';
import type { FoundReference, ReferenceFindings } from '../config/references/reference-check.ts';
import type { Hub } from '../tenant/api/hub.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { type RetryTools, withRetry } from '../tenant/http/retry.ts';
import { assessBlanks, counted } from './assess-blanks.ts';

/** A complete export and what it was taken apart to. */
export interface KeptExport extends Omit<ExportParts, 'blanks' | 'counts' | 'references'> {
  /** The bytes of the whole export, credentials included: a good one, see `parseExport`. Holds secrets. */
  readonly exported: Buffer;
  readonly credentialCounts: Readonly<Record<string, number>>;
  /** What was noticed and accepted, by kind. */
  readonly warnings: Readonly<Record<string, number>>;
  /** The first references to nothing, all of which `warnings` counts. */
  readonly references: readonly FoundReference[];
}

/** Tries at getting two exports of the same state; a tenant that changes this often is not backed up half. */
const CONSISTENCY = { maxAttempts: 4, budgetMilliseconds: 60_000, baseMilliseconds: 2_000 };

/** Export a tenant with credentials, and once more without as the mask that tells them apart.
 * @param blankClientSecrets whether a client without the secret that it should have makes the export unusable
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_INCONSISTENT, CREDENTIALS_BLANK and the errors of `Hub` */
export const exportAndKeep = (
  hub: Hub,
  tools: RetryTools,
  blankClientSecrets: Enrolment['blankClientSecrets'] = 'refuse',
): Promise<KeptExport> =>
  withRetry(
    async () => {
      const [exported, mask] = await Promise.all([
        hub.exportTree({ withCredentials: true }),
        hub.exportTree({ withCredentials: false }),
      ]);
      const { blanks, counts, references, ...parts } = exportParts(exported, mask);
      const warnings = { ...assessBlanks(blanks, blankClientSecrets), ...referenceWarnings(references) };
      return {
        ...parts,
        exported,
        credentialCounts: { ...counts },
        warnings,
        references: references.examples,
      };
    },
    CONSISTENCY,
    tools,
    (failure) => failure.code === 'EXPORT_INCONSISTENT',
  );

/** A configuration that names what is not there is what the tenant has: it is saved as it is, and said. */
export const referenceWarnings = ({ dangling, doubtful }: ReferenceFindings): Record<string, number> =>
  counted({ dangling_references: dangling, doubtful_references: doubtful });

/** Judge the bytes of an export: the tree of a tenant or of a workspace, whole.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE */
export function parseExport(body: Buffer): Json {
  const tree = parseInPieces(body, ['servers']);
  shapeOf(tree);
  return tree;
}
