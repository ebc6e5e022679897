import fc from 'fast-check';
import { expect, it } from 'vitest';
import { childPointer, formatPointer, parsePointer } from '../../../functions/config/json/pointer.ts';

// The table of RFC 6901, section 5.
it.each([
  [[], ''],
  [['foo'], '/foo'],
  [['foo', '0'], '/foo/0'],
  [[''], '/'],
  [['a/b'], '/a~1b'],
  [['c%d'], '/c%d'],
  [['k"l'], '/k"l'],
  [[' '], '/ '],
  [['m~n'], '/m~0n'],
  [['~1'], '/~01'],
])('names %j as %j', (keys, pointer) => {
  expect(formatPointer(keys)).toBe(pointer);
  expect(parsePointer(pointer)).toEqual(keys);
});

it('reads back the keys of any pointer', () => {
  const key = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[~/01]*$/));
  fc.assert(
    fc.property(fc.array(key), (keys) => void expect(parsePointer(formatPointer(keys))).toEqual(keys)),
  );
});

it.each(['foo', '/~', '/~2', '/a~'])('finds no keys in %j, which is no pointer', (text) => {
  expect(parsePointer(text)).toBeUndefined();
});

it('names elements by their index', () => {
  expect(childPointer('/keys', 3)).toBe('/keys/3');
});
