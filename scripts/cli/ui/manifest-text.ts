import { type CoveredEntry, coverageOf } from '../../../functions/config/model/coverage.ts';
import { showBytes } from '../../../functions/units.ts';
import { DOCUMENTS, documentsIn } from '../../../functions/vault/format/documents.ts';
import type { Manifest, ManifestLimits } from '../../../functions/vault/format/manifest.ts';
import { describeRecipient } from '../../../functions/vault/format/sealed-message.ts';
import type { TrustedSigners } from '../../../functions/vault/format/signature.ts';
import { table } from './output.ts';
import { showTimeAndAge } from './times.ts';

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Returns the manifest of a backup as lines. */
export function manifestText(manifest: Manifest, now: Date): string[] {
  const { resealed, previous, parts } = manifest;
  const held = documentsIn(manifest);
  const facts = [
    ['backup', manifest.backupId],
    ['tenant', manifest.tenant],
    ['scheduled', showTimeAndAge(new Date(manifest.scheduledTime), now)],
    ['exported', showTimeAndAge(new Date(manifest.exportedAt), now)],
    ['tier', `${manifest.tier} (${manifest.trigger})`],
    ...(manifest.description === undefined ? [] : [['description', manifest.description]]),
    ['source', `${manifest.source.issuer} (${manifest.source.shape})`],
    ['software', `${manifest.software.name} ${manifest.software.version}, format ${manifest.formatVersion}`],
    ['signed by', manifest.signedBy],
    ['previous', previous?.versionId ?? '-'],
    ...(resealed === null
      ? []
      : [
          [
            'resealed',
            `from ${resealed.versionId}, stored ${showTimeAndAge(new Date(resealed.storedAt), now)}`,
          ],
        ]),
    ['holds', held.join(', ')],
    ['lacks', DOCUMENTS.filter((document) => !held.includes(document)).join(', ') || '-'],
    ...(manifest.limits === undefined ? [] : [['limited', limitsText(manifest.limits)]]),
    ['objects', countsText(manifest.objects)],
    ['credentials', countsText(manifest.credentials)],
    ['warnings', countsText(manifest.warnings)],
  ];
  const partRows = parts.map((part) => [
    part.name,
    showBytes(part.plainBytes),
    showBytes(part.sealedBytes),
    part.recipients.map(describeRecipient).join(', '),
  ]);
  return [...pairs(facts), '', ...table(['PART', 'PLAIN', 'SEALED', 'RECIPIENTS'], partRows)];
}

/** Returns what a backup leaves out, and who asked for it. */
const limitsText = ({ by, credentials, selection }: ManifestLimits): string =>
  [
    ...(credentials === false ? ['without credentials'] : []),
    ...(selection === undefined ? [] : [`selection ${selection}`]),
    `by the ${by}`,
  ].join(', ');

/** Returns whether the signature of an archive was checked.
 * @param signers trusted keys; null if the signature was not checked */
export const originOf = (signers: TrustedSigners | null): 'verified' | 'not verified' =>
  signers === null ? 'not verified' : 'verified';

/** Returns the same as a sentence. */
export const originText = ({ signedBy }: Manifest, signers: TrustedSigners | null): string =>
  signers === null
    ? 'signature not verified (give --public-key)'
    : `signature verified: signed by ${signedBy}`;

const countsText = (counts: Readonly<Record<string, number>>): string => {
  const named = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return named.length === 0 ? 'none' : `${sumOf(counts)} (${named.join(', ')})`;
};

/** Aligns names and values; never truncates. */
export function pairs(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}`.trimEnd());
}

/** Returns what a backup contains, with counts, and what it lacks, by name. */
export function coverageText(manifest: Manifest): string[] {
  const covered = coverageOf(manifest);
  const of = (coverage: CoveredEntry['coverage']) => covered.filter((each) => each.coverage === coverage);
  const names = (entries: readonly CoveredEntry[]) => entries.map(({ what }) => what).join('; ') || '-';
  return [
    ...table(
      ['CONTAINS', 'OBJECTS', 'FROM'],
      of('held').map(({ what, objects, kinds }) => [what, String(objects), kinds.join(', ')]),
    ),
    '',
    `not in this backup, but in other parts: ${names(of('elsewhere'))}`,
    `in no backup, as no API exports it: ${names(of('nowhere'))}`,
  ];
}
