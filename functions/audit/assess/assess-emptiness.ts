import { countName, ESSENTIAL_TYPES, EXPORT_KINDS } from '../../config/model/coverage.ts';
import type { NewFinding } from '../findings.ts';
import type { VersionRecord } from '../history.ts';

/** Reports each part that lost all its workspaces, pools or people, however few they were.
 * @param before backups to compare with, newest first */
export const assessEmptiness = (
  tenant: string,
  newest: VersionRecord,
  before: readonly VersionRecord[],
): NewFinding[] =>
  EXPORT_KINDS.flatMap((part): NewFinding[] => {
    const lost = ESSENTIAL_TYPES[part].flatMap((type) => {
      const name = countName(part, type);
      const last = before.find((record) => countIn(record, name) > 0);
      return last && countIn(newest, name) === 0 ? [{ name, last }] : [];
    });
    const [first] = lost;
    if (first === undefined) return [];
    const { versionId, storedAt } = first.last;
    const none = lost.map(({ name }) => `no ${name}`).join(' and ');
    const held = lost.map(({ name, last }) => `${countIn(last, name)} ${name}`).join(' and ');
    return [
      {
        code: 'PART_EMPTIED',
        severity: 'alarm',
        tenant,
        subject: part,
        message: `the newest backup holds ${none} where version ${versionId} of ${storedAt.slice(0, 10)} held ${held}`,
        facts: { part, comparedWith: versionId },
      },
    ];
  });

const countIn = ({ manifest }: VersionRecord, name: string): number => manifest?.objects[name] ?? 0;
