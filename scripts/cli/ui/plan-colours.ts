import { bad, doubtful, good, weak } from './output.ts';

const PAINT: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^\+ /, good],
  [/^~ /, doubtful],
  [/^- /, bad],
  [/^! |^problem |^warning /, doubtful],
  [/^[=?] /, weak],
];

/** The lines of a plan's text, painted by what they begin with. */
export const coloured = (text: string): string[] =>
  text.split('\n').map((line) => PAINT.find(([pattern]) => pattern.test(line))?.[1](line) ?? line);
