import { TenantBackupError } from '../../../functions/errors.ts';
import { showDuration } from '../../../functions/units.ts';
import { beginningOf, DAY_MILLISECONDS, dayOf, instantsOf } from './calendar.ts';
import { parseTimePhrase, type TimePhrase } from './time-phrase.ts';

/** What a day without an hour means: its beginning for `--since`, its end for `--as-of`. */
export type DayMeans = 'beginning' | 'end';

/** Reads a time such as `2 h ago`, `10m`, `yesterday 14:00`, `monday`, `2026-01-31`, or RFC 3339. The default zone is that of
 * this machine. A recurring time such as `monday` or `23:00` means the latest one before now; today ends now. Only
 * `tomorrow`, `in 2 days` and dates with a year can be in the future.
 * @param option names the time in messages
 * @throws INVALID_REQUEST if the text is no time, or no such time exists */
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
  if (latest === undefined) return refuse('an existing time');
  return new Date(
    latest <= now.getTime() ? latest : (earlier.find((instant) => instant <= now.getTime()) ?? latest),
  );
}

/** Reads a time in the past.
 * @throws INVALID_REQUEST also for a time in the future */
export function parsePastTime(text: string, option: string, now: Date, dayMeans: DayMeans): Date {
  const time = parseTime(text, option, now, dayMeans);
  if (time <= now) return time;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${option} must not be in the future (now ${showTime(now)}), got "${text.trim().slice(0, 80)}", which is ${showTime(time)}`,
  );
}

/** Times of day without a definite hour. */
const VAGUE = /\b(night|tonight|morning|afternoon|evening|noon|midnight)\b/i;

function hintFor(said: string): string {
  if (/^\d+[/.]\d+/.test(said)) return ' (numeric dates only in this order)';
  return VAGUE.test(said) ? ' (with an hour)' : '';
}

/** Returns every instant that a phrase may mean, the latest first. */
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

/** Drops years without four digits: typing errors, and not valid in RFC 3339. */
const existing = (instants: readonly number[]): number[] =>
  instants.filter((instant) => /^[12]\d{3}-/.test(toYear(instant)));

const toYear = (instant: number): string => {
  const time = new Date(instant);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
};

/** Formats a measured duration: `2.4 s`, and from ten seconds on as `showDuration` does. */
export const showMeasured = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)} s` : showDuration(seconds * 1000);

/** Formats a time in the zone of this machine: `2026-01-31 03:00 +01:00`. */
export function showTime(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, 16).replace('T', ' ');
  return `${local} ${showOffset(minutes)}`;
}

/** Formats a time of day in the zone of this machine: `03:00`. */
export const showClock = (time: Date): string => showTime(time).slice(11, 16);

/** Formats a time with its age: `2026-01-31 03:00 +01:00 (10 h ago)`. */
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
