/** Hours that a backup may take beyond its schedule: waiting, retries, a window to begin in. */
const GRACE_HOURS = 2;

const HOURS = { minute: 1 / 60, hour: 1, day: 24 } as const;

/**
 * After how many hours a tenant needs a newer backup, by what its schedule promises: the longest pause between two of its
 * times, and a grace.
 * @param expression one that `scheduleExpressionProblem` finds nothing wrong with
 * @returns whole hours; null for a schedule that fires once
 */
export function freshWithinHours(expression: string): number | null {
  const pause = longestPauseHours(expression);
  return pause === null ? null : Math.ceil(pause) + GRACE_HOURS;
}

/** The longest pause between two times of a schedule, on the safe side: some days of the week mean a week, some of the month a
 * month.
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
