import type { Command } from 'commander';
import { remark } from './output.ts';
import { type DayMeans, parsePastTime, showTimeAndAge } from './times.ts';

/** Reads a time that has been, and says before anything is done what it was taken for.
 * @throws INVALID_REQUEST */
export function readPastTime(
  text: string,
  option: string,
  dayMeans: DayMeans,
  command: Command,
  now = new Date(),
): Date {
  const time = parsePastTime(text, option, now, dayMeans);
  remark(command, `${option} "${text.trim()}" is ${showTimeAndAge(time, now)}`);
  return time;
}
