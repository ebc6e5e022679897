import { assessContent } from './assess/assess-tenant.ts';
import { isNight, type TenantHistory, takenAt, type VersionRecord } from './history.ts';
import type { AuditSettings } from './settings.ts';

/** Records in each version that was opened which losses and changes the audit reports while it is the newest. A copy in another
 * tier has the flags of its original. */
export function markFlags(history: TenantHistory, settings: AuditSettings): TenantHistory {
  const { versions } = history;
  const isMarked = ({ verdict, flags }: VersionRecord): boolean => verdict !== 'ok' || flags !== undefined;
  if (versions.every(isMarked)) return history;
  const flagsOf = (record: VersionRecord): string[] | undefined => {
    const at = takenAt(record);
    const known = versions.filter((each) => takenAt(each) <= at);
    // The flags compare with the backups before: wait until the audit has opened these.
    if (known.some(isWaiting)) return undefined;
    const findings = assessContent({ ...history, versions: known }, settings, at);
    return [...new Set(findings.map(({ code }) => code))];
  };
  const marked = versions.map((record) => {
    if (isMarked(record) || !isNight(record)) return record;
    const flags = flagsOf(record);
    return flags === undefined ? record : { ...record, flags };
  });
  const originals = new Map(marked.map((record) => [record.etag, record.flags]));
  return {
    ...history,
    versions: marked.map((record) => {
      if (isMarked(record) || isNight(record)) return record;
      const flags = originals.get(record.etag);
      return flags === undefined ? record : { ...record, flags };
    }),
  };
}

const isWaiting = ({ gone, verdict, problem }: VersionRecord): boolean =>
  !gone && verdict === 'unopened' && problem === null;

/** What an audit says of one version: the codes of its findings; empty for a good backup, null if no audit has assessed it. */
export function flagsOfVersion(
  { versions }: Pick<TenantHistory, 'versions'>,
  { tier, versionId }: Pick<VersionRecord, 'tier' | 'versionId'>,
): readonly string[] | null {
  const record = versions.find((each) => each.tier === tier && each.versionId === versionId);
  if (record === undefined) return null;
  return record.verdict === 'broken' ? ['BACKUP_BROKEN'] : (record.flags ?? null);
}
