import { cronTimes } from './schedule-times.ts';
import { zoneOf } from './time-zone.ts';
import { longestPauseOf, type Skip } from './walk.ts';

/** Hours that a backup may take beyond its schedule: its wait, its retries, and up to an hour of the flexible window. */
const GRACE_HOURS = 2;

const HOURS = { minute: 1 / 60, hour: 1, day: 24 } as const;
const HOUR_MILLISECONDS = 3_600_000;
const MONTH_HOURS = 30 * 24;

/** A valid expression, see `scheduleExpressionProblem`, and the zone that EventBridge reads it in. */
export interface TimedSchedule {
  readonly expression: string;
  readonly timeZone: string;
}

/** The longest time without a run. */
export interface LongestPause {
  readonly hours: number;
  /** The next run that summer time skips, if the pause around it is longer than any without summer time. */
  readonly skip: Skip | null;
}

/**
 * Returns the hours after which a tenant needs a newer backup: the longest pause of its schedule, its flexible window and a
 * grace.
 * @returns whole hours; null for a schedule that fires once
 */
export function freshWithinHours(
  schedule: TimedSchedule & { readonly flexibleWindowMinutes?: number },
  today: Date,
): number | null {
  const pause = longestPause(schedule, today);
  if (pause === null) return null;
  return Math.ceil(pause.hours) + GRACE_HOURS + Math.floor((schedule.flexibleWindowMinutes ?? 0) / 60);
}

/**
 * Walks the calendar in the schedule's zone, as EventBridge does: it skips a time that summer time skips, and runs once at a
 * time that comes twice.
 * @param today the walk begins with its year
 * @returns null for a schedule that fires once
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function longestPause({ expression, timeZone }: TimedSchedule, today: Date): LongestPause | null {
  const { kind, fields } = parseExpression(expression);
  if (kind === 'at') return null;
  if (kind === 'rate') return { hours: hoursOfRate(fields), skip: null };
  const { milliseconds, skips } = longestPauseOf(cronTimes(fields, today.getUTCFullYear()), zoneOf(timeZone));
  if (milliseconds === 0) return null;
  return {
    hours: milliseconds / HOUR_MILLISECONDS,
    skip: skips.find(({ wall }) => wall >= today.getTime()) ?? null,
  };
}

/** Returns how often a schedule fires in a month of thirty days, on average and rounded up. */
export function runsPerMonth(expression: string, today: Date): number {
  const { kind, fields } = parseExpression(expression);
  if (kind === 'at') return 1;
  if (kind === 'rate') return Math.ceil(MONTH_HOURS / hoursOfRate(fields));
  const { days, timesOfDay } = cronTimes(fields, today.getUTCFullYear());
  const hours = ((days.at(-1) ?? 0) - (days[0] ?? 0)) / HOUR_MILLISECONDS + 24;
  return Math.ceil((days.length * timesOfDay.length * MONTH_HOURS) / Math.max(hours, MONTH_HOURS));
}

function parseExpression(expression: string): { kind: string; fields: readonly string[] } {
  const [, kind = '', body = ''] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  return { kind, fields: body.split(' ') };
}

function hoursOfRate([value = '1', unit = 'days']: readonly string[]): number {
  return Number(value) * HOURS[unit.replace(/s$/, '') as keyof typeof HOURS];
}
