import * as chrono from 'chrono-node';
import { TenantBackupError } from '../../functions/errors.ts';

/** A day that is named without an hour: its beginning for "since", its end for "as of". */
export type DayMeans = 'beginning' | 'end';

/** Hours of the day that people disagree about. */
const VAGUE = /\b(night|tonight|morning|afternoon|evening|noon|midnight)\b/i;

/** Read a time as people say it: `2 h ago`, `yesterday`, `yesterday 14:00`, `monday`, `2026-01-31`, RFC 3339. Without a
 * zone it is in that of this machine.
 * @param option names it in messages
 * @throws INVALID_REQUEST if any of the text says nothing about a time, or it may be understood in two ways */
export function parseTime(text: string, option: string, now: Date, dayMeans: DayMeans): Date {
  const said = text.trim();
  const refuse = (what: string): never => {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `${option} must be a time such as "2 h ago", yesterday, 2026-01-31 or 2026-01-31T02:00:00Z${what}, got "${said.slice(0, 80)}"`,
    );
  };
  const [found, ...more] = chrono.parse(said, now);
  if (!found || more.length > 0 || found.end || found.text.length !== said.length) return refuse('');
  if (/^\d+[/.]\d+/.test(said)) refuse(' (with days and months as numbers only in this order)');
  const { start } = found;
  if (start.isCertain('hour')) return start.date();
  if (VAGUE.test(said)) refuse(' (with an hour)');
  const day = start.date();
  if (dayMeans === 'beginning') day.setHours(0, 0, 0, 0);
  else day.setHours(23, 59, 59, 999);
  return day;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A length of time in its largest unit that fits twice: `90 min`, `36 h`, `12 d`. */
export function showDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit, name] = UNITS.find(([length]) => seconds >= length * 2) ?? [1, 's'];
  return `${Math.floor(seconds / unit)} ${name}`;
}

/** `2.4 s`, and from ten seconds on as `showDuration` does: what was measured is not 0 because it was short. */
export const showMeasured = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)} s` : showDuration(seconds * 1000);

/** `2026-01-31 03:00 +01:00`, in the zone of this machine. */
export function showTime(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, 16).replace('T', ' ');
  return `${local} ${showOffset(minutes)}`;
}

/** `2026-01-31 03:00 +01:00 (10 h ago)` */
export const showTimeAndAge = (time: Date, now: Date): string => {
  const age = now.getTime() - time.getTime();
  return `${showTime(time)} (${age < 0 ? `in ${showDuration(-age)}` : `${showDuration(age)} ago`})`;
};

function showOffset(minutes: number): string {
  if (minutes === 0) return 'UTC';
  const absolute = Math.abs(minutes);
  const pair = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${pair(absolute / 60)}:${pair(absolute % 60)}`;
}

/** `12.3 MB`: bytes in the units that AWS bills and disks are sold in. */
export function showBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
