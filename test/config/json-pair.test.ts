import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, member, parseJson, stringifyJson } from '../../functions/config/json.ts';
import { Overlay } from '../../functions/config/json-overlay.ts';
import { PairReader } from '../../functions/config/json-pair.ts';
import { anyJson } from './any-json.ts';
import { mapOf } from './arbitraries.ts';
import { failureOf } from './failure.ts';

const jsonOf = (other: Json | Overlay): Json => (other instanceof Overlay ? other.container() : other);

/** What reading two texts side by side gives: both documents, or null if they have to be read apart. */
function read(text: string, other: string): { members: [string, Json, Json][]; ends: number[] } | null {
  const members: [string, Json, Json][] = [];
  const ends = new PairReader(Buffer.from(text), Buffer.from(other)).readMembers(0, 0, 9_000, (member) =>
    members.push([member.name, member.value, jsonOf(member.other)]),
  );
  return ends && { members, ends: [ends.end, ends.otherEnd] };
}

function expectRead(text: string, other: string): void {
  const result = read(text, other);
  const document = (at: 1 | 2) =>
    stringifyJson(Object.fromEntries(result?.members.map((entry) => [entry[0], entry[at]]) ?? []));
  expect(document(1)).toBe(stringifyJson(parseJson(text)));
  expect(document(2)).toBe(stringifyJson(parseJson(other)));
  expect(result?.ends).toEqual([Buffer.byteLength(text), Buffer.byteLength(other)]);
}

/** Something else at some places: a blank, another value, a member less or more, another order. */
function change(value: Json, random: () => number): Json {
  const kind = random();
  if (kind < 0.1) return '';
  if (kind < 0.15) return null;
  if (kind < 0.2) return [{ other: 'value' }, 12_345];
  if (Array.isArray(value)) {
    const elements = value.map((element) => change(element, random));
    return kind < 0.3 ? elements.slice(1) : elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, change(member, random)] as const);
  if (kind < 0.3) entries.reverse();
  if (kind < 0.4) entries.pop();
  if (kind < 0.45) entries.push(['more', 1]);
  return Object.fromEntries(entries);
}

const nested = (depth: number, value: string) => `{"a":${'['.repeat(depth)}${value}${']'.repeat(depth)}}`;

describe('PairReader', () => {
  it('reads both texts as each by itself would be read, whatever differs', () => {
    fc.assert(
      fc.property(
        mapOf(fc.string(), anyJson, 4),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom(undefined, 2),
        (document, randoms, space) => {
          const text = JSON.stringify(document, null, space);
          const values = parseJson(text) as Record<string, Json>;
          const other = Object.entries(values).map(
            ([name, value]) => [name, change(value, () => randoms.next().value)] as const,
          );
          expectRead(text, JSON.stringify(Object.fromEntries(other), null, space));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('shares with the first text what is equal in the second', () => {
    const result = read('{"a":{"x":[1,{"y":2}],"s":"z"}}', '{"a":{"x":[1,{"y":2}],"s":""}}');
    const [, value, other] = result?.members[0] ?? [];
    expect(other).toEqual({ x: [1, { y: 2 }], s: '' });
    expect(member(other, 'x')).toBe(member(value, 'x'));
  });

  it.each([
    [
      'numbers that a double would change',
      '{"a":{"n":12345678901234567890,"s":"x"}}',
      '{"a":{"n":1,"s":""}}',
    ],
    ['such a number in the second text', '{"a":{"n":1}}', '{"a":{"n":12345678901234567890}}'],
    ['minus zero and exponents', '{"a":[-0,1e400,-0.5]}', '{"a":[-0,1e400,-0.6]}'],
    ['one number that begins like the other', '{"a":{"n":12,"m":1}}', '{"a":{"n":123,"m":1}}'],
    ['a text that begins like the other', '{"a":["x","xy"]}', '{"a":["xy","x"]}'],
    ['quotes and backslashes', '{"a":{"s":"\\\\\\"","t":"}"}}', '{"a":{"s":"\\\\","t":"\\"}"}}'],
    ['escaped names', '{"a":{"\\u0062":"x","\\"":"y"}}', '{"a":{"\\u0062":"","\\"":""}}'],
    ['names that are numbers', '{"a":{"10":"x","9":"y"}}', '{"a":{"10":"","9":""}}'],
    ['__proto__', '{"__proto__":{"__proto__":{"s":"x"}}}', '{"__proto__":{"__proto__":{"s":""}}}'],
    ['a name twice, the first changed', '{"a":{"s":"x","s":"y"}}', '{"a":{"s":"","s":"y"}}'],
    ['a name twice, the last changed', '{"a":{"s":{"t":1},"s":{"t":2}}}', '{"a":{"s":{"t":1},"s":{"t":3}}}'],
    ['other space', '{"a":{"s":"x", "t":[1,2]}}', '{"a":{"s":"x","t":[ 1,2 ]}}'],
    ['a value of another kind', '{"a":{"s":{"t":1},"u":[1]}}', '{"a":{"s":null,"u":{}}}'],
    ['empty containers', '{"a":{},"b":[],"c":{"x":1},"d":[1]}', '{"a":{"x":1},"b":[1],"c":{},"d":[]}'],
    [
      'deep nesting',
      `{"a":${'['.repeat(99)}1${']'.repeat(99)}}`,
      `{"a":${'['.repeat(99)}2${']'.repeat(99)}}`,
    ],
    ['nothing', '{}', '{}'],
  ])('reads %s', (_, text, other) => expectRead(text, other));

  it('refuses what is nested deeper than allowed', () => {
    expect(failureOf(() => read(nested(9_001, '1'), nested(9_001, '2')))).toMatchObject({
      code: 'EXPORT_MALFORMED',
      facts: { depth: 9_001, maxDepth: 9_000 },
    });
  });

  it.each([
    ['other names', '{"a":1,"b":2}', '{"a":1,"c":2}'],
    ['another order', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['fewer members', '{"a":1,"b":2}', '{"a":1}'],
    ['more members', '{"a":1}', '{"a":1,"b":2}'],
    ['a name twice', '{"a":1,"a":2}', '{"a":1,"a":2}'],
    ['no end', '{"a":{"b":1}', '{"a":{"b":1}'],
    ['no end of the second', '{"a":{"b":1}}', '{"a":{"b":1'],
    ['no end of a text', '{"a":{"b":"x', '{"a":{"b":"y'],
    ['no object', '[1]', '[1]'],
    ['no name', '{1:2}', '{1:2}'],
    ['a line feed in a name', '{"a\n":1}', '{"a\n":1}'],
  ])('says that texts with %s have to be read apart', (_, text, other) => {
    expect(read(text, other)).toBeNull();
  });

  it.each([
    ['the first', '{"a":{"b":x}}', '{"a":{"b":1}}'],
    ['the second', '{"a":{"b":1}}', '{"a":{"b":x}}'],
    ['a word of the second', '{"a":{"b":"x"}}', '{"a":{"b":nul1}}'],
    ['both', '{"a":{"b" 1}}', '{"a":{"b" 1}}'],
    ['both, with no value', '{"a":,"b":1}', '{"a":,"b":1}'],
  ])('refuses a mistake in %s', (_, text, other) => {
    expect(failureOf(() => read(text, other)).code).toBe('EXPORT_MALFORMED');
  });
});
