import type { NewFinding } from '../findings.ts';
import {
  areAlike,
  isNight,
  objectsOfRecord,
  type TenantHistory,
  takenAt,
  type VersionRecord,
} from '../history.ts';
import type { AuditSettings } from '../settings.ts';

const DAY_MILLISECONDS = 86_400_000;
/** Days within which a slow loss adds up: longer than any week of small steps. */
const SLOW_DAYS = 30;

type Thresholds = Pick<AuditSettings, 'shrinkPercent' | 'minimumObjects'>;

/** Reports that the newest backup holds far fewer objects than some backup of the last 30 days, however small the steps were. */
export function assessSlowLoss({ tenant, versions }: TenantHistory, settings: Thresholds): NewFinding[] {
  const [newest, ...older] = versions
    .filter((record) => isNight(record) && record.verdict === 'ok')
    .sort((a, b) => takenAt(b).getTime() - takenAt(a).getTime());
  if (!newest) return [];
  const since = takenAt(newest).getTime() - SLOW_DAYS * DAY_MILLISECONDS;
  const recent = older.filter((record) => areAlike(record, newest) && takenAt(record).getTime() >= since);
  return assessLoss(tenant, newest, recent, settings);
}

/** Reports the largest suspicious loss against the most that any other backup held: of one type, of all objects or of credentials.
 * Its subject names the tenth of the loss, so that a greater loss is another finding. */
export function assessLoss(
  tenant: string,
  newest: VersionRecord,
  others: readonly VersionRecord[],
  { shrinkPercent, minimumObjects }: Thresholds,
): NewFinding[] {
  const now = countsOf(newest);
  const most = new Map<string, { readonly before: number; readonly record: VersionRecord }>();
  for (const record of others) {
    for (const [type, count] of Object.entries(countsOf(record))) {
      if (count > (most.get(type)?.before ?? 0)) most.set(type, { before: count, record });
    }
  }
  const [loss] = [...most]
    .map(([type, { before, record }]) => ({ type, before, after: now[type] ?? 0, record }))
    .filter(
      ({ before, after }) =>
        before - after >= minimumObjects && (before - after) * 100 >= before * shrinkPercent,
    )
    .sort((a, b) => b.before - b.after - (a.before - a.after));
  if (!loss) return [];
  const { type, before, after, record } = loss;
  return [
    {
      code: 'BACKUP_SHRANK',
      severity: 'alarm',
      tenant,
      subject: `${type} ${Math.floor(((before - after) * 10) / before) * 10}%`,
      message: `the newest backup holds ${after} ${type} where version ${record.versionId} of ${record.storedAt.slice(0, 10)} held ${before}`,
      facts: { type, before, after, comparedWith: record.versionId },
    },
  ];
}

const countsOf = (record: VersionRecord): Record<string, number> => ({
  objects: objectsOfRecord(record),
  credentials: record.manifest?.credentials ?? 0,
  ...record.manifest?.objects,
});
