/** Findings about what one backup's manifest says otherwise than the backup's before: a thief who has one role, or the right to
 * change one enrolment, leaves valid backups of less, of another tenant, or for one more reader. */
import { PART_NAMES } from '../../vault/format/manifest.ts';
import type { FindingCode, NewFinding } from '../findings.ts';
import { isNight, type TenantHistory, type VersionRecord } from '../history.ts';

/** Reports nights that came from another tenant, or hold less, than the night before. Each is reported until a person
 * acknowledges it, or the history forgets it. */
export function assessSource({ tenant, versions }: TenantHistory): NewFinding[] {
  const nights = versions.filter((record) => isNight(record) && record.manifest !== null);
  // A resealed or adopted backup holds what one of another time held.
  const ownNights = nights.filter(({ manifest }) => manifest?.contentTime === null);
  const about = (
    code: FindingCode,
    after: VersionRecord,
    before: VersionRecord,
    message: string,
  ): NewFinding => ({
    ...findingOf(code, tenant, after, message),
    facts: { versionId: after.versionId, comparedWith: before.versionId },
  });
  return [
    ...pairsOf(nights).flatMap(([after, before]) => {
      const [now, then] = [after.manifest?.source, before.manifest?.source].map(describeSource);
      if (now === undefined || then === undefined || now === then) return [];
      return [about('SOURCE_CHANGED', after, before, `is of ${now}, the one before of ${then}`)];
    }),
    ...pairsOf(ownNights).flatMap(([after, before]) => {
      const what = narrowing(after.manifest, before.manifest);
      return what === null ? [] : [about('BACKUP_NARROWED', after, before, what)];
    }),
  ];
}

function narrowing(now: VersionRecord['manifest'], then: VersionRecord['manifest']): string | null {
  const lost = then?.parts?.filter((part) => now?.parts?.includes(part) === false) ?? [];
  if (lost.length > 0) return `lacks ${lost.join(', ')}, which the one before held`;
  const isLimited = now?.limits && now.limits.sha256 !== then?.limits?.sha256;
  return isLimited ? 'leaves out what the one before held or left out otherwise' : null;
}

const findingOf = (
  code: FindingCode,
  tenant: string,
  { versionId, storedAt }: VersionRecord,
  message: string,
): NewFinding => ({
  code,
  severity: 'alarm',
  tenant,
  subject: versionId,
  message: `version ${versionId} of ${storedAt.slice(0, 10)} ${message}`,
  facts: { versionId },
});

const HOUR_MILLISECONDS = 3_600_000;

/** Reports backups of recent days that pass for copies, which no check compares with the night before, and of which no other tier
 * ever had the original. A copy is stored a moment before its original.
 * @param days how many are recent: later the lifecycle may have removed the original */
export function assessCopies(
  { tenant, versions }: Pick<TenantHistory, 'tenant' | 'versions'>,
  days: number,
  now: Date,
): NewFinding[] {
  const originals = new Set(
    versions.filter(({ tier, manifest }) => manifest?.tier === tier).map(({ etag }) => etag),
  );
  return versions
    .filter(({ tier, storedAt, etag, manifest, uploadedBy, verdict }) => {
      const age = now.getTime() - Date.parse(storedAt);
      const isRecent = age > HOUR_MILLISECONDS && age < days * 24 * HOUR_MILLISECONDS;
      const passesForCopy = manifest !== null && manifest.tier !== tier && uploadedBy === null;
      return isRecent && passesForCopy && verdict === 'ok' && !originals.has(etag);
    })
    .map((record) =>
      findingOf(
        'COPY_WITHOUT_ORIGINAL',
        tenant,
        record,
        `in ${record.tier}/ says that it was made for ${record.manifest?.tier}/, which never held it`,
      ),
    );
}

const describeSource = (
  source: { readonly issuer: string; readonly shape: string } | undefined,
): string | undefined => source && `the ${source.shape} ${source.issuer}`;

/** Tenants that a finding names. */
const MOST_NAMED = 5;

/** Reports changes of the recipients and the signing key of backups, one finding for all tenants with the same change. Each is
 * reported until a person acknowledges it, or the histories forget it. */
export function assessRecipients(
  histories: readonly Pick<TenantHistory, 'tenant' | 'versions'>[],
): NewFinding[] {
  const changes = histories.flatMap(({ tenant, versions }) => {
    const records = firstOfEach(versions);
    return [
      // Part by part, as a backup may leave out parts.
      ...PART_NAMES.flatMap((part) =>
        changesIn('RECIPIENTS_CHANGED', tenant, records, ({ manifest }) => manifest?.recipients?.[part]),
      ),
      ...changesIn('SIGNER_CHANGED', tenant, records, ({ manifest }) =>
        manifest?.signedBy === undefined ? undefined : [manifest.signedBy],
      ),
    ];
  });
  return [...Map.groupBy(changes, ({ code, change }) => `${code} ${change}`).values()].flatMap((same) => {
    const [first] = same.toSorted((a, b) => (a.storedAt < b.storedAt ? -1 : 1));
    if (!first) return [];
    const { code, change, storedAt } = first;
    const tenants = [...new Set(same.map(({ tenant }) => tenant))].sort();
    const more = tenants.length > MOST_NAMED ? ` and ${tenants.length - MOST_NAMED} more` : '';
    const what = code === 'RECIPIENTS_CHANGED' ? 'can be opened by other keys' : 'are signed by another key';
    return [
      {
        code,
        severity: 'alarm',
        tenant: null,
        subject: change,
        message: `backups of ${tenants.slice(0, MOST_NAMED).join(', ')}${more} ${what} since ${storedAt.slice(0, 10)}: ${change}`,
        facts: { tenants: tenants.length, since: storedAt },
      },
    ];
  });
}

/** Leaves out uploads and copies in other tiers, which hold the bytes of an earlier version. */
function firstOfEach(versions: readonly VersionRecord[]): VersionRecord[] {
  // Of equal keys the last one counts, which is the oldest.
  const first = new Map(versions.map((record) => [record.etag, record]));
  return versions.filter(
    (record) => record.manifest !== null && record.uploadedBy === null && first.get(record.etag) === record,
  );
}

const changesIn = (
  code: 'RECIPIENTS_CHANGED' | 'SIGNER_CHANGED',
  tenant: string,
  records: readonly VersionRecord[],
  of: (record: VersionRecord) => readonly string[] | undefined,
) =>
  pairsOf(records.filter((record) => of(record) !== undefined)).flatMap(([after, before]) =>
    changeOf(code, tenant, of(after) ?? [], of(before) ?? [], after),
  );

function changeOf(
  code: 'RECIPIENTS_CHANGED' | 'SIGNER_CHANGED',
  tenant: string,
  now: readonly string[],
  then: readonly string[],
  { storedAt }: VersionRecord,
) {
  const added = now.filter((each) => !then.includes(each)).sort();
  const removed = then.filter((each) => !now.includes(each)).sort();
  if (added.length + removed.length === 0) return [];
  const change = [
    ...added.map((each) => `${each} was added`),
    ...removed.map((each) => `${each} was removed`),
  ].join(', ');
  return [{ code, tenant, change, storedAt }];
}

/** Pairs each record with the one stored before it. */
const pairsOf = (newestFirst: readonly VersionRecord[]): [VersionRecord, VersionRecord][] =>
  newestFirst.slice(1).map((before, index) => [newestFirst[index] as VersionRecord, before]);
