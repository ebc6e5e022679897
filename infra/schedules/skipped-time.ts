import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { longestPause, type TimedSchedule } from './schedule-age.ts';

/** Warns at synthesis of a schedule that summer time robs of a run: its freshness limit grows by that pause all year.
 * @param name the schedule in the setting's words */
export function warnOfSkippedTime(schedule: Construct, name: string, timed: TimedSchedule): void {
  const skip = longestPause(timed, new Date())?.skip;
  if (!skip) return;
  const [date, time] = new Date(skip.wall).toISOString().split(/[T.]/);
  const better = new Date(skip.better).toISOString().slice(11, 16);
  Annotations.of(schedule).addWarningV2(
    'tenant-backup:skippedTime',
    `${name} does not run at ${time?.slice(0, 5)} on ${date}: ${timed.timeZone} skips that time, which leaves ` +
      `${skip.milliseconds / 3_600_000} hours without a run; ${better} exists every day`,
  );
}
