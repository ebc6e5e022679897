import { dim, green, red, yellow } from './output.ts';

const COLOURS: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^\+ /, green],
  [/^~ /, yellow],
  [/^- /, red],
  [/^! |^problem |^warning /, yellow],
  [/^[=?] /, dim],
];

/** Colours the lines of a plan by their first characters. */
export const coloured = (text: string): string[] =>
  text.split('\n').map((line) => COLOURS.find(([pattern]) => pattern.test(line))?.[1](line) ?? line);
