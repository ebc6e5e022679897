import type { Command } from 'commander';
import { note } from './output.ts';
import { type DayMeans, parsePastTime, showTimeAndAge } from './times.ts';

/** Reads a time in the past, and prints how it was understood before anything is done.
 * @throws INVALID_REQUEST */
export function readPastTime(
  text: string,
  option: string,
  dayMeans: DayMeans,
  command: Command,
  now = new Date(),
): Date {
  const time = parsePastTime(text, option, now, dayMeans);
  note(command, `${option} "${text.trim()}" is ${showTimeAndAge(time, now)}`);
  return time;
}
