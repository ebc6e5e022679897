/** Hours that a backup may take beyond its schedule: its wait, its retries, and the flexible window. */
const GRACE_HOURS = 2;

const HOURS = { minute: 1 / 60, hour: 1, day: 24 } as const;

/**
 * Returns the hours after which a tenant needs a newer backup: the longest pause of its schedule, and a grace.
 * @param expression a valid one, see `scheduleExpressionProblem`
 * @returns whole hours; null for a schedule that fires once
 */
export function freshWithinHours(expression: string): number | null {
  const pause = longestPauseHours(expression);
  return pause === null ? null : Math.ceil(pause) + GRACE_HOURS;
}

/** Returns an upper bound of the pause between two times of a schedule: a week where it names days of the week, a month
 * where it names days of the month.
 * @param expression a valid one
 * @returns null for a schedule that fires once */
export function longestPauseHours(expression: string): number | null {
  const [, kind, body = ''] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'at') return null;
  if (kind === 'rate') {
    const [value = '1', unit = 'days'] = body.split(' ');
    return Number(value) * HOURS[unit.replace(/s$/, '') as keyof typeof HOURS];
  }
  const [, hours = '*', dayOfMonth = '*', month = '*', dayOfWeek = '?', year = '*'] = body.split(' ');
  if (year !== '*' || month !== '*') return 366 * 24;
  if (!['*', '?'].includes(dayOfMonth)) return 31 * 24;
  if (!['*', '?'].includes(dayOfWeek)) return 7 * 24;
  return hours === '*' ? 1 : 24;
}
