import { Cron, type CronOptions } from 'croner';
import { DAY_MILLISECONDS } from './time-zone.ts';

/** The times of a cron expression on a wall clock: each time of the day on each day. */
export interface CronTimes {
  /** Midnights, in milliseconds as if the clock showed UTC, ascending. */
  readonly days: readonly number[];
  /** Milliseconds since midnight, ascending. */
  readonly timesOfDay: readonly number[];
}

/** Weekdays and leap years repeat after 28 years. */
const CYCLE_YEARS = 28;

/** Reads fields as EventBridge does: Sunday is 1, and `5/6` begins at 5. Without an offset from UTC, no time is skipped. */
const DIALECT: CronOptions = { mode: '7-part', alternativeWeekdays: true, sloppyRanges: true, utcOffset: 0 };

/**
 * Returns the times of a cron expression in the 28 years that begin with a year, or in 56 years if it has only one day in
 * them, such as a fifth Sunday of February.
 * @param fields the valid fields of the expression, see `scheduleExpressionProblem`
 * @returns no days if the expression has none from this year on
 */
export function cronTimes(fields: readonly string[], year: number): CronTimes {
  const [minutes = '*', hours = '*', dayOfMonth = '*', month = '*', dayOfWeek = '?', years = '*'] = fields;
  // EventBridge takes a lone L for the last day of the week.
  const weekday = dayOfWeek === 'L' ? 'SAT' : dayOfWeek;
  const days = `0 0 0 ${dayOfMonth} ${month} ${weekday} ${years}`;
  const first = Date.UTC(year, 0, 1);
  const inOneCycle = runsOf(days, first, Date.UTC(year + CYCLE_YEARS, 0, 1));
  return {
    days: inOneCycle.length > 1 ? inOneCycle : runsOf(days, first, Date.UTC(year + 2 * CYCLE_YEARS, 0, 1)),
    timesOfDay: runsOf(`0 ${minutes} ${cutAtMidnight(hours)} * * ? *`, 0, DAY_MILLISECONDS),
  };
}

/** Cuts ranges of hours such as `20-2` at midnight. */
const cutAtMidnight = (hours: string): string =>
  hours.replace(/(\d+)-(\d+)/g, (range, from, to) =>
    Number(from) <= Number(to) ? range : `${from}-23,0-${to}`,
  );

/** Deployments with many schedules have few different days and times. */
const known = new Map<string, readonly number[]>();

function runsOf(pattern: string, from: number, to: number): readonly number[] {
  const key = `${pattern} ${from} ${to}`;
  const runs =
    known.get(key) ??
    new Cron(pattern, { ...DIALECT, stopAt: new Date(to) })
      .nextRuns(Number.MAX_SAFE_INTEGER, new Date(from - 1000))
      .map((run) => run.getTime());
  known.set(key, runs);
  return runs;
}
