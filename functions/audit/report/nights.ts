/** A tenant's history, night by night. A night is the UTC day of a backup's scheduled time. */
import { isInterrupted, isRefused } from '../assess/operation-events.ts';
import {
  isNight,
  type OperationEvent,
  objectsOfRecord,
  type TenantHistory,
  type VersionRecord,
} from '../history.ts';
import type { AuditSettings } from '../settings.ts';

/** The result of a night.
 * - `taken`: the night has a good backup
 * - `unchanged`: checks of the night found the tenant equal to an earlier backup
 * - `late`: the night has a good backup that was stored late
 * - `unopened`: no audit has opened the night's backup yet
 * - `broken`: the night's backup is broken
 * - `failed`: the backup failed permanently
 * - `missed`: a backup was due, and the ledger and the vault have no trace of it
 * - `none`: no backup was due, or the tenant was not enrolled */
export type NightState =
  | 'taken'
  | 'unchanged'
  | 'late'
  | 'unopened'
  | 'broken'
  | 'failed'
  | 'missed'
  | 'none';

/** Outcome of an operation. */
export type Ended = 'verified' | 'failed' | 'refused' | 'interrupted' | 'under way';

export interface Night {
  /** `yyyy-mm-dd`. */
  readonly date: string;
  readonly state: NightState;
  /** The night's backups, newest first. */
  readonly backups: readonly VersionRecord[];
  readonly failure: TenantHistory['failures'][number] | null;
  readonly events: readonly { readonly event: OperationEvent; readonly ended: Ended }[];
  readonly objects: number;
}

const DAY = 86_400_000;
const dayOf = (time: string): string => time.slice(0, 10);

/** Returns the given number of days up to `end`, oldest first. */
export const daysBefore = (end: string, days: number): string[] =>
  Array.from({ length: days }, (_, index) =>
    new Date(Date.parse(dayOf(end)) - (days - 1 - index) * DAY).toISOString().slice(0, 10),
  );

/** A schedule whose limit is at most this many hours fires every day. */
const DAILY_WITHIN_HOURS = 36;

/** Groups a history by night.
 * @param limitHours see `AuditSettings.schedules`; null if no backup is due
 * @param dates see `daysBefore`
 * @param now time of the audit */
export function nightsOf(
  history: TenantHistory,
  limitHours: number | null,
  { lateMinutes }: Pick<AuditSettings, 'lateMinutes'>,
  dates: readonly string[],
  now: Date,
): Night[] {
  const nightly = history.versions.filter((record) => isNight(record));
  const byDay = Map.groupBy(nightly, ({ manifest, storedAt }) => dayOf(manifest?.scheduledTime ?? storedAt));
  const failures = Map.groupBy(history.failures, ({ scheduledTime }) => dayOf(scheduledTime));
  const events = Map.groupBy(history.events, ({ at }) => dayOf(at));
  const checked = new Set(history.checks.map(({ at }) => dayOf(at)));
  const first = [...byDay.keys(), ...failures.keys()].sort()[0];
  return dates.map((date, index): Night => {
    const backups = byDay.get(date) ?? [];
    const failure = failures.get(date)?.[0] ?? null;
    const isDue =
      limitHours !== null && limitHours <= DAILY_WITHIN_HOURS && first !== undefined && date > first;
    // Tonight may not be over yet.
    const isOver = index < dates.length - 1;
    return {
      date,
      state:
        backups.length === 0 && checked.has(date)
          ? 'unchanged'
          : stateOf(backups, failure !== null, isDue && isOver, lateMinutes),
      backups,
      failure,
      events: (events.get(date) ?? []).map((event) => ({ event, ended: endedOf(event, now) })),
      objects: backups[0] ? objectsOfRecord(backups[0]) : 0,
    };
  });
}

function endedOf(event: OperationEvent, now: Date): Ended {
  if (isRefused(event)) return 'refused';
  if (event.ok !== null) return event.ok ? 'verified' : 'failed';
  return isInterrupted(event, now) ? 'interrupted' : 'under way';
}

function stateOf(
  backups: readonly VersionRecord[],
  hasFailed: boolean,
  isDue: boolean,
  lateMinutes: number,
): NightState {
  const good = backups.filter(({ verdict }) => verdict === 'ok' || verdict === 'archived');
  if (good.length > 0) return good.every((record) => isLate(record, lateMinutes)) ? 'late' : 'taken';
  if (backups.some(({ verdict }) => verdict === 'broken')) return 'broken';
  if (backups.length > 0) return 'unopened';
  if (hasFailed) return 'failed';
  return isDue ? 'missed' : 'none';
}

const isLate = ({ manifest, storedAt }: VersionRecord, lateMinutes: number): boolean =>
  manifest !== null && Date.parse(storedAt) - Date.parse(manifest.scheduledTime) > lateMinutes * 60_000;
