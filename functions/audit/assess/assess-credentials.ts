import type { NewFinding } from '../findings.ts';
import type { VersionRecord } from '../history.ts';
import type { AuditSettings } from '../settings.ts';

/** Reports nights in which credentials came back blank, went missing from objects that are otherwise as they were, or were
 * replaced almost all at once.
 * @param recent backups to compare the newest with, newest first */
export function assessCredentials(
  tenant: string,
  newest: VersionRecord,
  recent: readonly VersionRecord[],
  settings: Pick<AuditSettings, 'changePercent' | 'minimumObjects'>,
): NewFinding[] {
  const findings: NewFinding[] = [];
  const fewest = Math.min(...recent.map(blankIn));
  if (recent.length > 0 && blankIn(newest) > fewest) {
    findings.push({
      code: 'CREDENTIALS_BLANK',
      severity: 'warning',
      tenant,
      subject: null,
      message: `${blankIn(newest)} secrets came back blank, ${fewest} did before`,
      facts: { blank: blankIn(newest), before: fewest },
    });
  }
  for (const record of [newest, ...recent]) {
    const { change, versionId, storedAt, manifest } = record;
    findings.push(...assessReplaced(tenant, record, recent, settings));
    if (!change?.missing) continue;
    const { missing, from } = change;
    const other = recent.find((record) => record.versionId === from)?.manifest;
    // Without an export without credentials, the same secrets are found in other places.
    if ((manifest?.adopted ?? false) !== (other?.adopted ?? false)) continue;
    const before = other?.credentials;
    const counts = before === undefined ? '' : `: ${manifest?.credentials ?? 0} after ${before}`;
    findings.push({
      code: 'CREDENTIALS_MISSING',
      severity: 'warning',
      tenant,
      subject: versionId,
      message: `${missing} credentials of unchanged objects are missing in version ${versionId} of ${storedAt.slice(0, 10)}${counts}`,
      facts: { versionId, missing, comparedWith: from },
    });
  }
  return findings;
}

/** Reports a night that replaced most credentials, or whose fingerprints have another key, so that nothing can be compared. New
 * credentials, as of a new workspace, replace none. */
function assessReplaced(
  tenant: string,
  { change, versionId, storedAt, manifest }: VersionRecord,
  recent: readonly VersionRecord[],
  { changePercent, minimumObjects }: Pick<AuditSettings, 'changePercent' | 'minimumObjects'>,
): NewFinding[] {
  if (!change) return [];
  const before =
    recent.find((record) => record.versionId === change.from)?.manifest?.credentials ??
    manifest?.credentials ??
    0;
  const { replaced } = change;
  const night = `with version ${versionId} of ${storedAt.slice(0, 10)}`;
  if (replaced !== null && (replaced < minimumObjects || replaced * 100 < before * changePercent)) return [];
  return [
    {
      code: 'SECRETS_CHANGED',
      severity: 'alarm',
      tenant,
      subject: versionId,
      message:
        replaced === null
          ? `the fingerprints of all credentials have another key ${night}: changes of secrets cannot be seen`
          : `${replaced} of ${before} credentials were replaced ${night}`,
      facts: { versionId, replaced: replaced ?? 'unknown', before },
    },
  ];
}

const blankIn = ({ manifest }: VersionRecord): number =>
  Object.entries(manifest?.warnings ?? {}).reduce(
    (sum, [name, each]) => sum + (isAboutBlanks(name) ? each : 0),
    0,
  );

/** Tells whether a manifest warning counts blank secrets, in any export. */
const isAboutBlanks = (name: string): boolean =>
  /^(system_|identity_)?blank_/.test(name) && /_(secrets|credentials)$/.test(name);
