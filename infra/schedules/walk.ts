import type { CronTimes } from './schedule-times.ts';
import { instantOf, offsetsAround, type Zone } from './time-zone.ts';

/** A run that does not happen because the zone skips its time. */
export interface Skip {
  /** Its local time in milliseconds, counted as if it were UTC. */
  readonly wall: number;
  /** The same time once the clocks are moved. */
  readonly better: number;
  /** The time without a run that it leaves. */
  readonly milliseconds: number;
}

/** The longest pause between two runs. */
export interface Pauses {
  /** 0 if there are no two runs. */
  readonly milliseconds: number;
  /** Those that leave a longer pause than the schedule has without summer time, ascending. */
  readonly skips: readonly Skip[];
}

const NO_SUMMER_TIME: Zone = () => 0;

/** Walks the times of a cron expression in a zone. */
export function longestPauseOf(times: CronTimes, zone: Zone): Pauses {
  const ordinary = walk(times, NO_SUMMER_TIME, 0).milliseconds;
  return walk(times, zone, ordinary);
}

/** @param ordinary the longest pause without summer time */
function walk({ days, timesOfDay }: CronTimes, zone: Zone, ordinary: number): Pauses {
  const skips: Skip[] = [];
  let longest = 0;
  let last: number | null = null;
  let skipped: Omit<Skip, 'milliseconds'> | null = null;
  const run = (instant: number): void => {
    const pause = last === null ? 0 : instant - last;
    longest = Math.max(longest, pause);
    if (skipped !== null && pause > ordinary) skips.push({ ...skipped, milliseconds: pause });
    last = instant;
    skipped = null;
  };
  const [first = 0, latest = 0] = [timesOfDay[0], timesOfDay.at(-1)];
  const withinDay = Math.max(0, ...timesOfDay.slice(1).map((time, index) => time - (timesOfDay[index] ?? 0)));
  for (const day of days) {
    const offsets = offsetsAround(day, zone);
    const [before, after] = offsets;
    if (before === after) {
      // The times of this day are as far apart as on the wall.
      run(day + first - before);
      longest = Math.max(longest, withinDay);
      last = day + latest - before;
      continue;
    }
    for (const time of timesOfDay) {
      const instant = instantOf(day + time, zone, offsets);
      if (instant === null) skipped ??= { wall: day + time, better: day + time + after - before };
      else run(instant);
    }
  }
  return { milliseconds: longest, skips };
}
