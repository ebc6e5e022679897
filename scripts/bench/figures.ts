/** Median, minimum and maximum of the rounds. */
export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    minimum: at(0),
    maximum: at(sorted.length - 1),
  };
}

/** Of each round, ours to what was measured beside it. */
export const ratiosOf = (ours: readonly number[], others: readonly number[]): Spread =>
  spreadOf(ours.map((time, round) => time / (others[round] ?? Number.NaN)));

export const inMilliseconds = ({ median, minimum, maximum }: Spread): string =>
  `${median.toFixed(0)} ms (${minimum.toFixed(0)} to ${maximum.toFixed(0)})`;

export const asRatio = ({ median, minimum, maximum }: Spread): string =>
  `${median.toFixed(2)}× (${minimum.toFixed(2)} to ${maximum.toFixed(2)})`;

export const MEGABYTE = 1_000_000;

export const inMegabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(0)} MB`;

export const inKilobytesOrMegabytes = (bytes: number): string =>
  bytes < MEGABYTE ? `${(bytes / 1000).toFixed(0)} kB` : inMegabytes(bytes);
