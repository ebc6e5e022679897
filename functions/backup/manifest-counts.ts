import { COVERAGE, countName, ESSENTIAL_TYPES, type ExportKind } from '../config/model/coverage.ts';
import type { ReferenceFindings } from '../config/references/reference-check.ts';
import { emptyWarning } from '../vault/format/documents.ts';

/** Returns counts of objects under their names in a manifest, see `countName`. Unknown types count as `<export>_other`: a
 * manifest allows at most a hundred names.
 * @param objects by type of object in a tree, or by collection of a dump */
export function objectCounts(
  kind: ExportKind,
  objects: Readonly<Record<string, number>>,
): Record<string, number> {
  const known = new Set(COVERAGE.flatMap((entry) => entry[kind]) as readonly string[]);
  const counts: Record<string, number> = {};
  for (const [type, count] of Object.entries(objects)) {
    const name = countName(kind, known.has(type) ? type : 'other');
    counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}

/** Returns other counts under their names in a manifest: those of the hub keep their names, all others get a prefix. */
export const kindCounts = (
  kind: ExportKind,
  counts: Readonly<Record<string, number>>,
): Record<string, number> =>
  kind === 'hub'
    ? { ...counts }
    : counted(
        Object.fromEntries(Object.entries(counts).map(([name, count]) => [countName(kind, name), count])),
      );

/** Counts dangling references as warnings: the backup keeps the configuration as the tenant has it. */
export const referenceWarnings = ({ dangling, doubtful }: ReferenceFindings): Record<string, number> =>
  counted({ dangling_references: dangling, doubtful_references: doubtful });

/** Counts an export without workspaces, pools and people as a warning. Whether the tenant lost them, the audit tells from the
 * backups before. */
export const emptyWarnings = (
  kind: ExportKind,
  objects: Readonly<Record<string, number>>,
): Record<string, number> =>
  ESSENTIAL_TYPES[kind].some((type) => (objects[type] ?? 0) > 0) ? {} : { [emptyWarning(kind)]: 1 };

/** Drops the counts that are 0. */
export const counted = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
