/** Parses phrases for times, such as `monday 14:00`, into the days and the time of day that they may mean. */
import { type CalendarDate, dateOfDay, dayOfDate, LOCAL, weekdayOf, type Zone } from './calendar.ts';

/** What a phrase means. */
export type TimePhrase =
  /** A duration before now; negative for after now. */
  | { readonly kind: 'span'; readonly milliseconds: number }
  /** No such date or time exists. */
  | { readonly kind: 'impossible' }
  | {
      readonly kind: 'days';
      /** The latest first. Several if the day recurs, such as `monday`. */
      daysFrom(today: number): readonly number[];
      /** Milliseconds since local midnight; null for the whole day. */
      readonly timeOfDay: number | null;
      readonly zone: Zone;
    };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const MONTH =
  '(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const DATE = '(?<date>\\d{1,2})(?:st|nd|rd|th)?';
const YEAR = '(?<year>[12]\\d{3})';
const COUNT = '(?<count>\\d{1,6}|an?)';
const DAY_UNIT = '(?<unit>d|days?|w|weeks?|mo|months?|y|years?)';

const SPAN_UNITS: Readonly<Record<string, number>> = { h: HOUR, m: MINUTE, s: 1000 };
const SPAN = '(?:\\d{1,6}(?:\\.\\d{1,3})?|an?) ?(?:h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)';
const SPANS = new RegExp(`^(?<future>in )?(?<spans>${SPAN}(?: ?(?:and )?${SPAN})*)(?: ago)?$`);

const CLOCK =
  '(?<hour>\\d{1,2})(?::(?<minute>\\d{2})(?::(?<second>\\d{2})(?:\\.\\d{1,9})?)?(?: ?(?<half>[ap]m))?| ?(?<wholeHalf>[ap]m))';
const ZONE = '(?: ?(?<zone>z|utc|gmt|[+-]\\d{2}:?\\d{2}))?';
const TIME_ALONE = new RegExp(`^(?:at )?${CLOCK}${ZONE}$`);
const DAY_AND_TIME = new RegExp(`^(?<day>.*?\\S)(?: (?:at )?|(?<=\\d)t)${CLOCK}${ZONE}$`);
const TIME_AND_DAY = new RegExp(`^(?:at )?${CLOCK}${ZONE} (?<day>.+)$`);

type Groups = Readonly<Record<string, string | undefined>>;
type Days = (today: number) => readonly number[];

/** Reads a phrase such as `2 h ago`, `10m`, `monday 14:00`, `5 january`, `2026-01-31T02:00:00Z`.
 * @returns null if the text is no time */
export function parseTimePhrase(text: string): TimePhrase | null {
  const phrase = text.trim().toLowerCase().replaceAll(',', ' ').replaceAll(/\s+/g, ' ');
  if (phrase === 'now') return { kind: 'span', milliseconds: 0 };
  const spans = SPANS.exec(phrase)?.groups;
  if (spans) return spanOf(spans);
  const clock = (TIME_ALONE.exec(phrase) ?? DAY_AND_TIME.exec(phrase) ?? TIME_AND_DAY.exec(phrase))?.groups;
  const named = clock ? clock['day'] : phrase;
  const daysFrom = named === undefined ? lastDays : parseDays(named);
  if (daysFrom === null) return null;
  const timeOfDay = clock ? timeOfDayOf(clock) : null;
  const zone = zoneOf(clock?.['zone']);
  if (timeOfDay === 'impossible' || zone === null) return { kind: 'impossible' };
  return { kind: 'days', daysFrom, timeOfDay, zone };
}

function spanOf({ future, spans = '' }: Groups): TimePhrase {
  const amounts = [...spans.matchAll(/(\d[\d.]*|an?) ?([hms])[a-z]*/g)].map(
    ([, count = '', unit = '']) => countOf(count) * (SPAN_UNITS[unit] ?? Number.NaN),
  );
  const milliseconds = Math.round(amounts.reduce((sum, each) => sum + each, 0));
  return { kind: 'span', milliseconds: future === undefined ? milliseconds : -milliseconds };
}

const countOf = (text: string): number => (text.startsWith('a') ? 1 : Number(text));

/** Days of a time without a day: today, or earlier if today skips that time or it is still to come. */
const lastDays: Days = (today) => [today, today - 1, today - 2];

/** Parses a day such as `monday` or `5 january`; null if the text is no day. */
function parseDays(text: string): Days | null {
  for (const [pattern, daysOf] of DAY_PATTERNS) {
    const match = pattern.exec(text);
    if (match) return daysOf(match.groups ?? {});
  }
  return null;
}

const DAY_PATTERNS: readonly (readonly [RegExp, (groups: Groups) => Days])[] = [
  [/^today$/, () => (today) => [today]],
  [/^yesterday$/, () => (today) => [today - 1]],
  [/^tomorrow$/, () => (today) => [today + 1]],
  [
    /^(?:on )?(?<last>last )?(?<weekday>mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)$/,
    ({ last, weekday = '' }) => daysOfWeekday(WEEKDAYS.indexOf(weekday.slice(0, 3)), last !== undefined),
  ],
  [
    new RegExp(`^${COUNT} ?${DAY_UNIT}(?: ago)?$`),
    ({ count = '', unit = '' }) => daysAway(countOf(count), unit),
  ],
  [new RegExp(`^in ${COUNT} ?${DAY_UNIT}$`), ({ count = '', unit = '' }) => daysAway(-countOf(count), unit)],
  [/^(?<year>[12]\d{3})-(?<month>\d{1,2})-(?<date>\d{1,2})$/, dateOf],
  [new RegExp(`^(?:on )?(?:the )?${DATE} (?:of )?${MONTH}(?: ${YEAR})?$`), dateOf],
  [new RegExp(`^(?:on )?${MONTH} ${DATE}(?: ${YEAR})?$`), dateOf],
];

function daysOfWeekday(weekday: number, isBeforeToday: boolean): Days {
  return (today) => {
    const since = (weekdayOf(today) - weekday + 7) % 7;
    const latest = today - (since === 0 && isBeforeToday ? 7 : since);
    return [latest, latest - 7, latest - 14];
  };
}

/** Returns the day that is a number of units away from today.
 * @param count days, weeks, months or years before today; negative for after today */
function daysAway(count: number, unit: string): Days {
  if (unit.startsWith('d')) return (today) => [today - count];
  if (unit.startsWith('w')) return (today) => [today - 7 * count];
  const months = unit.startsWith('m') ? count : 12 * count;
  return (today) => {
    const { year, month, date } = dateOfDay(today);
    const counted = year * 12 + month - 1 - months;
    return existing([{ year: Math.floor(counted / 12), month: (((counted % 12) + 12) % 12) + 1, date }]);
  };
}

/** Years to search for a date: leap years may be eight years apart. */
const YEARS = [0, 1, 2, 3, 4, 5, 6, 7, 8];

function dateOf({ year, month = '', date = '' }: Groups): Days {
  const given = {
    month: /^\d/.test(month) ? Number(month) : MONTHS.indexOf(month.slice(0, 3)) + 1,
    date: Number(date),
  };
  if (year !== undefined) return () => existing([{ ...given, year: Number(year) }]);
  return (today) => existing(YEARS.map((ago) => ({ ...given, year: dateOfDay(today).year - ago })));
}

const existing = (dates: readonly CalendarDate[]): number[] =>
  dates.flatMap(({ year, month, date }) => dayOfDate(year, month, date) ?? []);

function timeOfDayOf({
  hour = '',
  minute = '0',
  second = '0',
  half,
  wholeHalf,
}: Groups): number | 'impossible' {
  const half12 = half ?? wholeHalf;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  const isOnTheClock = half12 === undefined ? hours <= 23 : hours >= 1 && hours <= 12;
  if (!isOnTheClock || minutes > 59 || seconds > 59) return 'impossible';
  const hours24 = half12 === undefined ? hours : (hours % 12) + (half12 === 'pm' ? 12 : 0);
  return hours24 * HOUR + minutes * MINUTE + seconds * 1000;
}

/** Parses an offset such as `+01:00`; null if it is impossible. */
function zoneOf(text: string | undefined): Zone | null {
  if (text === undefined) return LOCAL;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
  return () => offset;
}
