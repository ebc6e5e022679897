import { cronTimes } from './schedule-times.ts';

/** A field of a cron expression: its numbers, the names that stand for them, and the signs it allows. */
interface CronField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names: readonly string[];
  /** Signs beyond `*`, lists, ranges and steps, as one pattern for the entire field: EventBridge takes none in a list. */
  readonly special?: RegExp;
  /** Whether EventBridge documents `/` for it. @default true */
  readonly steps?: boolean;
  /** Whether EventBridge documents ranges over its end, such as `20-2`. @default false */
  readonly wraps?: boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_OF_MONTH = 2;
const DAY_OF_WEEK = 4;

const CRON_FIELDS: readonly CronField[] = [
  { name: 'minutes', from: 0, to: 59, names: [] },
  { name: 'hours', from: 0, to: 23, names: [], wraps: true },
  { name: 'day of month', from: 1, to: 31, names: [], special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  {
    name: 'day of week',
    from: 1,
    to: 7,
    names: WEEKDAYS,
    special: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
    steps: false,
  },
  { name: 'year', from: 1970, to: 2199, names: [] },
];

/**
 * Validates a schedule expression, so that a typing error fails the synthesis, and not the next backups.
 * @param expression `cron(minutes hours day-of-month month day-of-week year)`, `rate(value unit)` or
 *   `at(yyyy-mm-ddThh:mm:ss)`
 * @param today a cron expression has times from this year on
 * @returns the problem in words, or null if EventBridge Scheduler accepts the expression
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function scheduleExpressionProblem(expression: string, today: Date): string | null {
  const [, kind, body] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'cron' && body !== undefined) return cronProblem(body, today);
  if (kind === 'rate' && body !== undefined) return rateProblem(body);
  if (kind === 'at' && body !== undefined) return atProblem(body);
  return 'must be cron(...), rate(...) or at(...)';
}

function cronProblem(body: string, today: Date): string | null {
  const items = body.split(' ');
  if (items.length !== CRON_FIELDS.length) {
    return `must have ${CRON_FIELDS.length} fields separated by one space, got ${items.length}`;
  }
  for (const [index, field] of CRON_FIELDS.entries()) {
    const problem = fieldProblem(field, items[index] ?? '');
    if (problem !== null) return problem;
  }
  // EventBridge requires that exactly one of the two days decides.
  if ((items[DAY_OF_MONTH] === '?') === (items[DAY_OF_WEEK] === '?')) {
    return `must have '?' in either day of month or day of week`;
  }
  const year = today.getUTCFullYear();
  return cronTimes(items, year).days.length > 0
    ? null
    : `must have a date from ${year} on, got 'cron(${body})'`;
}

function fieldProblem(field: CronField, text: string): string | null {
  if (field.special?.test(text)) return null;
  const items = text.split(',').map((item) => /^([^/]+)(?:\/(\d{1,4}))?$/.exec(item) ?? []);
  if (!items.every(([, base, step]) => base !== undefined && isRange(field, base, step))) {
    return `must have ${field.name} between ${field.from} and ${field.to} or one of its signs, got '${text}'`;
  }
  const steps = items.flatMap(([, , step]) => (step === undefined ? [] : [Number(step)]));
  if (steps.length > 0 && field.steps === false)
    return `must have ${field.name} without steps, got '${text}'`;
  // A larger step would name the same time once an hour, a day, a month.
  const largest = field.to - field.from;
  return steps.every((step) => step >= 1 && step <= largest)
    ? null
    : `must have ${field.name} with steps of 1 to ${largest}, got '${text}'`;
}

function isRange(field: CronField, base: string, step: string | undefined): boolean {
  if (base === '*') return true;
  const ends = base.split('-').map((end) => cronNumber(field, end));
  const [first, last = first] = ends;
  if (ends.length > 2 || first === undefined || last === undefined) return false;
  return first <= last || (field.wraps === true && step === undefined);
}

function cronNumber(field: CronField, text: string): number | undefined {
  const named = field.names.indexOf(text);
  if (named >= 0) return field.from + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.from && value <= field.to ? value : undefined;
}

function rateProblem(body: string): string | null {
  return /^(1 (minute|hour|day)|([2-9]|[1-9]\d{1,4}) (minute|hour|day)s)$/.test(body)
    ? null
    : `must be rate(value unit) with a whole value of at least 1 and minutes, hours or days (one minute, hour or day), got 'rate(${body})'`;
}

function atProblem(body: string): string | null {
  const valid =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) &&
    !Number.isNaN(Date.parse(`${body}Z`)) &&
    // Date.parse accepts 30 February and moves it to March.
    new Date(`${body}Z`).toISOString().startsWith(body);
  return valid ? null : `must be at(yyyy-mm-ddThh:mm:ss) with a date that exists, got 'at(${body})'`;
}
