import { TenantBackupError } from '../../../functions/errors.ts';
import { beginningOf, DAY_MILLISECONDS, dayOf, instantsOf } from './calendar.ts';
import { parseTimePhrase, type TimePhrase } from './time-phrase.ts';

/** A day that is named without an hour: its beginning for "since", its end for "as of". */
export type DayMeans = 'beginning' | 'end';

/** Reads a time as people say it: `2 h ago`, `10m`, `yesterday 14:00`, `monday`, `2026-01-31`, RFC 3339. Without a zone it is in
 * that of this machine. What comes again, such as `monday` or `23:00`, means the latest one before now; a day that is named
 * and is not over ends now. Only `tomorrow`, `in 2 days` and dates with their year can be times to come.
 * @param option names it in messages
 * @throws INVALID_REQUEST for a text that names no time, or one that calendar or clock do not have */
export function parseTime(text: string, option: string, now: Date, dayMeans: DayMeans): Date {
  const said = text.trim();
  const refuse = (what: string): never => {
    throw new TenantBackupError('INVALID_REQUEST', `${option} must be ${what}, got "${said.slice(0, 80)}"`);
  };
  const phrase = parseTimePhrase(said);
  if (phrase === null) {
    return refuse(`a time such as "2 h ago", yesterday, 2026-01-31 or 2026-01-31T02:00:00Z${hintFor(said)}`);
  }
  const [latest, ...earlier] = meanings(phrase, now.getTime(), dayMeans);
  if (latest === undefined) return refuse('a time that there is');
  return new Date(
    latest <= now.getTime() ? latest : (earlier.find((instant) => instant <= now.getTime()) ?? latest),
  );
}

/** `parseTime` of what must have been, as no backup is of a time to come.
 * @throws INVALID_REQUEST also for a time to come */
export function parsePastTime(text: string, option: string, now: Date, dayMeans: DayMeans): Date {
  const time = parseTime(text, option, now, dayMeans);
  if (time <= now) return time;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${option} must not be a time to come (now ${showTime(now)}), got "${text.trim().slice(0, 80)}", which is ${showTime(time)}`,
  );
}

/** Hours of the day that people disagree about. */
const VAGUE = /\b(night|tonight|morning|afternoon|evening|noon|midnight)\b/i;

function hintFor(said: string): string {
  if (/^\d+[/.]\d+/.test(said)) return ' (with days and months as numbers only in this order)';
  return VAGUE.test(said) ? ' (with an hour)' : '';
}

/** Every instant that a phrase may mean, the latest first. */
function meanings(phrase: TimePhrase, now: number, dayMeans: DayMeans): number[] {
  if (phrase.kind === 'impossible') return [];
  if (phrase.kind === 'span') return existing([now - phrase.milliseconds]);
  const { daysFrom, timeOfDay, zone } = phrase;
  const today = dayOf(now, zone);
  const days = daysFrom(today);
  if (timeOfDay !== null) {
    return existing(days.flatMap((day) => instantsOf(day * DAY_MILLISECONDS + timeOfDay, zone)));
  }
  if (dayMeans === 'beginning') return existing(days.map((day) => beginningOf(day, zone)));
  const isOneDay = days.length === 1;
  return existing(days.map((day) => (isOneDay && day === today ? now : beginningOf(day + 1, zone) - 1)));
}

/** Years of four digits: others are slips, and RFC 3339 cannot write them. */
const existing = (instants: readonly number[]): number[] =>
  instants.filter((instant) => /^[12]\d{3}-/.test(toYear(instant)));

const toYear = (instant: number): string => {
  const time = new Date(instant);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
};

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

/** `03:00`, in the zone of this machine: for what is within hours of now. */
export const showClock = (time: Date): string => showTime(time).slice(11, 16);

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
