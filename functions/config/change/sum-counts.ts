import type { KindCounts } from './change-set.ts';

/** Adds up numbers of objects, kind by kind. */
export function sumCounts(all: readonly KindCounts[]): KindCounts {
  const sums: { -readonly [Kind in keyof KindCounts]: KindCounts[Kind] } = {};
  for (const counts of all) {
    for (const [kind, count] of Object.entries(counts) as [keyof KindCounts, number][]) {
      sums[kind] = (sums[kind] ?? 0) + count;
    }
  }
  return sums;
}
