import { type CoveredEntry, coverageOf } from '../../../functions/config/model/coverage.ts';
import type { Manifest } from '../../../functions/vault/format/manifest.ts';
import { describeRecipient } from '../../../functions/vault/format/sealed-message.ts';
import type { TrustedSigners } from '../../../functions/vault/format/signature.ts';
import { table } from './output.ts';
import { showBytes, showTimeAndAge } from './times.ts';

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** The public page of a backup, for people. */
export function manifestText(manifest: Manifest, now: Date): string[] {
  const { resealed, previous, parts } = manifest;
  const facts = [
    ['backup', manifest.backupId],
    ['tenant', manifest.tenant],
    ['of the time', showTimeAndAge(new Date(manifest.scheduledTime), now)],
    ['exported', showTimeAndAge(new Date(manifest.exportedAt), now)],
    ['made for', `${manifest.tier} (${manifest.trigger})`],
    ['source', `${manifest.source.issuer} (${manifest.source.shape})`],
    ['software', `${manifest.software.name} ${manifest.software.version}, format ${manifest.formatVersion}`],
    ['signed by', manifest.signedBy],
    ['previous', previous?.versionId ?? '-'],
    ...(resealed === null
      ? []
      : [
          [
            'sealed anew',
            `from ${resealed.versionId}, stored ${showTimeAndAge(new Date(resealed.storedAt), now)}`,
          ],
        ]),
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
  return [...pairs(facts), '', ...table(['PART', 'PLAIN', 'SEALED', 'CAN BE OPENED BY'], partRows)];
}

/** Whether it is proved who made an archive.
 * @param signers keys that its signature was checked against, if it was */
export const originOf = (signers: TrustedSigners | null): 'proved' | 'not proved' =>
  signers === null ? 'not proved' : 'proved';

/** The same for people. */
export const originText = ({ signedBy }: Manifest, signers: TrustedSigners | null): string =>
  signers === null
    ? 'its origin is not proved (give --public-key)'
    : `its origin is proved: signed by ${signedBy}`;

const countsText = (counts: Readonly<Record<string, number>>): string => {
  const named = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return named.length === 0 ? 'none' : `${sumOf(counts)} (${named.join(', ')})`;
};

/** Names and values below each other; nothing is cut off, as values are what was asked for. */
export function pairs(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}`.trimEnd());
}

/** What a backup holds and lacks, for people: what it holds by count, the rest by name. */
export function coverageText(manifest: Manifest): string[] {
  const covered = coverageOf(manifest);
  const of = (coverage: CoveredEntry['coverage']) => covered.filter((each) => each.coverage === coverage);
  const names = (entries: readonly CoveredEntry[]) => entries.map(({ what }) => what).join('; ') || '-';
  return [
    ...table(
      ['HOLDS', 'OBJECTS', 'FROM'],
      of('held').map(({ what, objects, kinds }) => [what, String(objects), kinds.join(', ')]),
    ),
    '',
    `not in this backup, as parts that it does not have would hold it: ${names(of('elsewhere'))}`,
    `in no backup, as no API returns it: ${names(of('nowhere'))}`,
  ];
}
