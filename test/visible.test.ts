import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../functions/visible.ts';

const ALL = Array.from({ length: 0x110000 }, (_, point) => String.fromCodePoint(point));

test('leaves no character of control, format, line break or half a pair', () => {
  const left = ALL.filter((character) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(visible(character)));
  expect(left).toEqual([]);
});

test('leaves what people read as it is', () => {
  for (const text of ['Zoë & Søn', '東京 · ₿', '👍🏽 ok', 'a\u00a0b', 'تجربة', '\\u001b'])
    expect(visible(text)).toBe(text);
});

test.each([
  ['\u001b[2K', '\\u001b[2K'],
  ['\u009b2J', '\\u009b2J'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['a\r\nb\tc\u0085d\u2028e', 'a\\u000d\\u000ab\\u0009c\\u0085d\\u2028e'],
  ['\u200f\u2066\ufeff\u061c', '\\u200f\\u2066\\ufeff\\u061c'],
  ['\u{e0001}', '\\udb40\\udc01'],
  ['\ud800', '\\ud800'],
])('%j is written as JSON escapes it', (text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
      expect(JSON.parse(visible(JSON.stringify(JSON.parse(json))))).toEqual(JSON.parse(json));
    }),
  );
  expect(ALL.filter((character) => JSON.parse(visible(JSON.stringify(character))) !== character)).toEqual([]);
});
