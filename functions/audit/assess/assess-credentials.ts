import type { NewFinding } from '../findings.ts';
import type { VersionRecord } from '../history.ts';

/** Reports nights in which credentials came back blank, or went missing from objects that are otherwise as they were.
 * @param recent backups to compare the newest with, newest first */
export function assessCredentials(
  tenant: string,
  newest: VersionRecord,
  recent: readonly VersionRecord[],
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
  for (const { change, versionId, storedAt, manifest } of [newest, ...recent]) {
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

const blankIn = ({ manifest }: VersionRecord): number =>
  Object.entries(manifest?.warnings ?? {}).reduce(
    (sum, [name, each]) => sum + (isAboutBlanks(name) ? each : 0),
    0,
  );

/** Tells whether a manifest warning counts blank secrets, in any export. */
const isAboutBlanks = (name: string): boolean =>
  /^(system_|identity_)?blank_/.test(name) && /_(secrets|credentials)$/.test(name);
