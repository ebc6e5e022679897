/** An oracle of EventBridge's schedules that looks at every minute, and shares nothing with the code that it judges. */

const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;
const DAY = 1440 * MINUTE;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Returns whether a field without special signs holds a value. */
function holds(
  field: string,
  value: number,
  last: number,
  names: readonly string[] = [],
  first = 1,
): boolean {
  const numberOf = (text: string) => (names.includes(text) ? names.indexOf(text) + first : Number(text));
  return field.split(',').some((item) => {
    const [range = '', step] = item.split('/');
    if (range === '*') return (value - (names.length > 0 || last === 31 ? 1 : 0)) % Number(step ?? 1) === 0;
    const [from = '', to] = range.split('-');
    // A range of hours over midnight.
    if (to !== undefined && last === 23 && Number(from) > Number(to)) {
      return value >= Number(from) || value <= Number(to);
    }
    const end = to === undefined ? (step === undefined ? numberOf(from) : last) : numberOf(to);
    return value >= numberOf(from) && value <= end && (value - numberOf(from)) % Number(step ?? 1) === 0;
  });
}

function isDay(dayOfMonth: string, dayOfWeek: string, date: Date): boolean {
  const day = date.getUTCDate();
  const weekday = date.getUTCDay() + 1;
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const workday = (of: number) =>
    ![0, 6].includes(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), of)).getUTCDay());
  if (dayOfMonth === 'L') return day === length;
  const nearest = /^(\d+|L)W$/.exec(dayOfMonth)?.[1];
  if (nearest === 'L')
    return (
      workday(day) &&
      Array.from({ length: length - day }, (_, i) => day + i + 1).every((each) => !workday(each))
    );
  if (nearest !== undefined) {
    const wanted = Number(nearest);
    const near = [0, -1, 1, -2, 2].map((away) => wanted + away).filter((each) => each >= 1 && each <= length);
    return wanted <= length && near.find(workday) === day;
  }
  if (dayOfMonth !== '?') return holds(dayOfMonth, day, 31);
  if (dayOfWeek === 'L') return weekday === 7;
  const [, name = '', sign, nth] = /^(\w+?)(L|#(\d))$/.exec(dayOfWeek) ?? [];
  if (sign === undefined) return holds(dayOfWeek, weekday, 7, WEEKDAYS);
  if (!holds(name, weekday, 7, WEEKDAYS)) return false;
  return sign === 'L' ? day + 7 > length : Math.ceil(day / 7) === Number(nth);
}

/** Returns whether a schedule names a day, given as its midnight in UTC. */
export function namesDay(
  [, , dayOfMonth = '', month = '', dayOfWeek = '', year = '']: readonly string[],
  midnight: number,
): boolean {
  const date = new Date(midnight);
  return (
    isDay(dayOfMonth, dayOfWeek, date) &&
    holds(month, date.getUTCMonth() + 1, 12, MONTHS) &&
    (year === '*' || holds(year, date.getUTCFullYear(), 2199))
  );
}

const namesTime = ([minutes = '', hours = '']: readonly string[], ofDay: number): boolean =>
  holds(minutes, (ofDay / MINUTE) % 60, 59) && holds(hours, Math.floor(ofDay / MINUTE / 60), 23);

/** A minute: when it is, and what a clock of the zone shows. */
export interface ClockMinute {
  readonly instant: number;
  readonly wall: number;
}

/** Lists the minutes of days in a zone, without those that a clock shows a second time. Clocks move on the half hour. */
export function minutesOf(timeZone: string, firstDay: number, days: number): ClockMinute[] {
  const clock = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const minutes = new Map<number, ClockMinute>();
  for (let half = firstDay - DAY; half < firstDay + (days + 1) * DAY; half += HALF_HOUR) {
    const shown = Date.parse(`${clock.format(half).replace(' ', 'T')}Z`);
    for (let minute = 0; minute < 30; minute++) {
      const wall = shown + minute * MINUTE;
      if (wall < firstDay || wall >= firstDay + days * DAY || minutes.has(wall)) continue;
      minutes.set(wall, { wall, instant: half + minute * MINUTE });
    }
  }
  return [...minutes.values()];
}

/** Returns the longest pause of a schedule within these minutes; 0 if it does not run twice. */
export function longestPauseAmong(minutes: readonly ClockMinute[], fields: readonly string[]): number {
  const days = new Map<number, boolean>();
  const times = Array.from({ length: 1440 }, (_, minute) => namesTime(fields, minute * MINUTE));
  let last: number | null = null;
  let longest = 0;
  for (const { instant, wall } of minutes) {
    if (!times[(wall % DAY) / MINUTE]) continue;
    const midnight = wall - (wall % DAY);
    const isNamed = days.get(midnight) ?? namesDay(fields, midnight);
    days.set(midnight, isNamed);
    if (!isNamed) continue;
    longest = Math.max(longest, last === null ? 0 : instant - last);
    last = instant;
  }
  return longest;
}
