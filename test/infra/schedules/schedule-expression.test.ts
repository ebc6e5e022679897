import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduleExpressionProblem } from '../../../infra/schedules/schedule-expression.ts';

const TODAY = new Date('2026-11-30T12:00:00Z');
const problemOf = (expression: string): string | null => scheduleExpressionProblem(expression, TODAY);

describe('scheduleExpressionProblem', () => {
  it.each([
    'cron(0 2 * * ? *)',
    'cron(0/15 * * * ? *)',
    'cron(30 2,14 ? * MON-FRI *)',
    'cron(0 3 1 * ? 2026-2030)',
    'cron(0 3 L * ? *)',
    'cron(0 3 LW * ? *)',
    'cron(0 3 15W * ? *)',
    'cron(0 3 ? * 6L *)',
    'cron(0 3 ? * SUN#1 *)',
    'cron(0 3 ? JAN,JUL SUN,TUE *)',
    'cron(0/59 0/23 1/30 1/11 ? 2026/173)',
    'cron(15 10 ? * L *)',
    'cron(0/30 20-2 ? * MON-FRI *)',
    'rate(11 hours)',
    'cron(0 2 29 2 ? *)',
    'cron(10-50/10 3 ? * * *)',
    'rate(1 minute)',
    'rate(5 minutes)',
    'rate(12 hours)',
    'rate(7 days)',
    'at(2028-02-29T02:00:00)',
  ])('accepts %s', (expression) => {
    expect(problemOf(expression)).toBeNull();
  });

  it.each([
    ['every night', 'must be cron'],
    ['', 'must be cron'],
    ['cron(0 2 * * ? *) ', 'must be cron'],
    ['cron(0 2 * * ?)', 'must have 6 fields separated by one space, got 5'],
    ['cron(0  2 * * ? *)', 'must have 6 fields separated by one space, got 7'],
    ['cron(60 2 * * ? *)', "minutes between 0 and 59 or one of its signs, got '60'"],
    ['cron(-1 2 * * ? *)', "minutes between 0 and 59 or one of its signs, got '-1'"],
    ['cron(0 24 * * ? *)', "hours between 0 and 23 or one of its signs, got '24'"],
    ['cron(0 ? * * ? *)', "hours between 0 and 23 or one of its signs, got '?'"],
    ['cron(0 20-2/2 * * ? *)', "hours between 0 and 23 or one of its signs, got '20-2/2'"],
    ['cron(50-10 2 * * ? *)', "minutes between 0 and 59 or one of its signs, got '50-10'"],
    ['cron(0 2 ? * FRI-MON *)', "day of week between 1 and 7 or one of its signs, got 'FRI-MON'"],
    ['rate(1 hours)', 'one minute, hour or day'],
    ['rate(5 hour)', 'minutes, hours or days'],
    ['cron(0 */0 * * ? *)', "hours with steps of 1 to 23, got '*/0'"],
    ['cron(*/60 * * * ? *)', "minutes with steps of 1 to 59, got '*/60'"],
    ['cron(17 5/24 * * ? *)', "hours with steps of 1 to 23, got '5/24'"],
    ['cron(0 1,5/24 * * ? *)', "hours with steps of 1 to 23, got '1,5/24'"],
    ['cron(0 0-12/24 * * ? *)', "hours with steps of 1 to 23, got '0-12/24'"],
    ['cron(0 2 1/31 * ? *)', "day of month with steps of 1 to 30, got '1/31'"],
    ['cron(0 2 1 */12 ? *)', "month with steps of 1 to 11, got '*/12'"],
    ['cron(0 2 1 1 ? 2026/230)', "year with steps of 1 to 229, got '2026/230'"],
    ['cron(0 2 ? * 1/2 *)', "day of week without steps, got '1/2'"],
    ['cron(0 2 ? * 2#1,6#3 *)', "day of week between 1 and 7 or one of its signs, got '2#1,6#3'"],
    ['cron(0 2 L,15 * ? *)', "day of month between 1 and 31 or one of its signs, got 'L,15'"],
    ['cron(0 2 1W,15 * ? *)', "day of month between 1 and 31 or one of its signs, got '1W,15'"],
    ['cron(0 2 ?,1 * ? *)', "day of month between 1 and 31 or one of its signs, got '?,1'"],
    ['cron(0 2 31 2 ? *)', "must have a date from 2026 on, got 'cron(0 2 31 2 ? *)'"],
    ['cron(0 2 30 FEB ? *)', 'must have a date from 2026 on'],
    ['cron(0 2 31 4,6,9,11 ? *)', 'must have a date from 2026 on'],
    ['cron(0 2 * * ? 2025)', 'must have a date from 2026 on'],
    ['cron(0 2 29 2 ? 2027)', 'must have a date from 2026 on'],
    ['cron(0 2 0 * ? *)', "day of month between 1 and 31 or one of its signs, got '0'"],
    ['cron(0 2 32W * ? *)', "day of month between 1 and 31 or one of its signs, got '32W'"],
    ['cron(0 2 * 13 ? *)', "month between 1 and 12 or one of its signs, got '13'"],
    ['cron(0 2 * January ? *)', "month between 1 and 12 or one of its signs, got 'January'"],
    ['cron(0 2 ? * 0 *)', "day of week between 1 and 7 or one of its signs, got '0'"],
    ['cron(0 2 ? * SUN#6 *)', "day of week between 1 and 7 or one of its signs, got 'SUN#6'"],
    ['cron(0 2 * * ? 1969)', "year between 1970 and 2199 or one of its signs, got '1969'"],
    ['cron(0 2, * * ? *)', "hours between 0 and 23 or one of its signs, got '2,'"],
    ['cron(0 2 * * * *)', "must have '?' in either day of month or day of week"],
    ['cron(0 2 ? * ? *)', "must have '?' in either day of month or day of week"],
    ['cron(0 2 1 * MON *)', "must have '?' in either day of month or day of week"],
    ['rate(0 minutes)', 'a whole value of at least 1'],
    ['rate(1.5 hours)', 'a whole value of at least 1'],
    ['rate(30 seconds)', 'minutes, hours or days'],
    ['rate(5minutes)', 'rate(value unit)'],
    ['at(2026-02-30T02:00:00)', 'a date that exists'],
    ['at(2026-01-01)', 'at(yyyy-mm-ddThh:mm:ss)'],
    ['at(2026-01-01T02:00:00Z)', 'at(yyyy-mm-ddThh:mm:ss)'],
  ])('refuses %j and says why', (expression, reason) => {
    expect(problemOf(expression)).toContain(reason);
  });

  it('accepts every time of day, in numbers, lists and ranges', () => {
    const minute = fc.integer({ min: 0, max: 59 });
    const hour = fc.integer({ min: 0, max: 23 });
    fc.assert(
      fc.property(minute, hour, hour, (minutes, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        for (const hours of [from, `${from}-${to}`, `${to},${from}`, `${from}/3`]) {
          expect(problemOf(`cron(${minutes} ${hours} ? * * *)`)).toBeNull();
        }
      }),
    );
  });

  it('answers any text without throwing', () => {
    fc.assert(
      fc.property(fc.constantFrom('cron', 'rate', 'at', ''), fc.string(), (kind, body) => {
        const problem = problemOf(`${kind}(${body})`);
        expect(problem === null || problem.startsWith('must ')).toBe(true);
      }),
    );
  });
});
