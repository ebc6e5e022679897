import { expect, it } from 'vitest';
import { pathTable, step } from '../../../functions/config/model/path-table.ts';

const table = pathTable<'one' | 'two' | 'three'>([
  ['a.*.b|c', 'one'],
  ['a.x.b', 'two'],
  ['*.x', 'three'],
]);
const marksAt = (...path: string[]): string[] => {
  let cursor: ReturnType<typeof step> | typeof table = table;
  for (const key of path) cursor = step(cursor, key) as typeof table;
  return [...(cursor?.marks ?? [])].sort();
};

it.each([
  [['a', 'y', 'b'], ['one']],
  [['a', 'y', 'c'], ['one']],
  [['a', 'y', 'd'], []],
  [
    ['a', 'x', 'b'],
    ['one', 'two'],
  ],
  [['a', 'x'], ['three']],
  [['z', 'x'], ['three']],
  [['z', 'x', 'b'], []],
  [['a'], []],
  [[], []],
])('finds at %j the marks of every pattern that fits', (path, marks) => {
  expect(marksAt(...path)).toEqual(marks);
});
