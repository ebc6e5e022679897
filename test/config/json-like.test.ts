import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, member, parseJson, stringifyJson } from '../../functions/config/json.ts';
import { parseJsonLike, share } from '../../functions/config/json-like.ts';
import { identical } from '../../functions/config/same-value.ts';
import { anyJson } from './any-json.ts';
import { failureOf } from './failure.ts';

/** Whatever is larger is taken apart: nearly everything. */
const PIECE_BYTES = 8;

const parsedLike = (text: string, like: Json | undefined) =>
  parseJsonLike(Buffer.from(text), like, PIECE_BYTES);

/** The same JSON: with members in another order, maybe. */
function expectSame(value: Json, other: Json): void {
  expect(identical(value, other), `${stringifyJson(value)} is not ${stringifyJson(other)}`).toBe(true);
}

/** Something else at some places: another value, a member less or more, another order. */
function change(value: Json, random: () => number): Json {
  const kind = random();
  if (kind < 0.1) return 'other';
  if (kind < 0.15) return { other: [1, 'value'] };
  if (Array.isArray(value)) {
    const elements = value.map((element: Json) => change(element, random));
    return kind < 0.25 ? elements.slice(1) : elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries<Json>(value as Record<string, Json>).map(
    ([name, inner]) => [name, change(inner, random)] as const,
  );
  if (kind < 0.3) entries.reverse();
  if (kind < 0.4) entries.pop();
  if (kind < 0.45) entries.push(['more', 1]);
  return Object.fromEntries(entries);
}

/** Every place that is in both, and equal there, is one value. */
function expectShared(value: Json, like: Json): void {
  if (typeof value !== 'object' || value === null || typeof like !== 'object' || like === null) return;
  if (identical(value, like)) {
    expect(value).toBe(like);
    return;
  }
  for (const name of Object.keys(value)) {
    const [inner, other] = [member(value, name), member(like, name)];
    if (inner !== undefined && other !== undefined) expectShared(inner, other);
  }
}

const randoms = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
const space = fc.constantFrom(undefined, 1);

describe('parseJsonLike', () => {
  it('gives what the plain parser gives, whatever the other document is', () => {
    fc.assert(
      fc.property(anyJson, fc.option(anyJson, { nil: undefined }), space, (document, like, indent) => {
        const text = JSON.stringify(document, null, indent);
        expectSame(parsedLike(text, like), parseJson(text));
      }),
      { numRuns: 500 },
    );
  });

  it('shares with a similar document all that is equal, and leaves that document as it was', () => {
    fc.assert(
      fc.property(anyJson, randoms, space, (document, stream, indent) => {
        const like = parseJson(JSON.stringify(document));
        const before = stringifyJson(like);
        const changed = JSON.stringify(
          change(like, () => stream.next().value),
          null,
          indent,
        );
        const value = parsedLike(changed, like);
        expectSame(value, parseJson(changed));
        expectShared(value, like);
        expect(stringifyJson(like)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('is the other document itself if both are equal, in whatever order their members stand', () => {
    const like = parseJson('{"a":{"x":[1,{"y":2}],"s":"z"},"__proto__":{"t":null},"n":12345678901234567890}');
    const text = '{"n":12345678901234567890,"__proto__":{"t":null},"a":{"s":"z","x":[1,{"y":2}]}}';
    expect(parsedLike(text, like)).toBe(like);
    expect(parseJsonLike(Buffer.from(text), like)).toBe(like);
  });

  it.each([
    ['__proto__ with another prototype', '{"__proto__":{"a":1},"b":[1,2,3]}', '{"b":[1,2,3]}'],
    ['a member that an object inherits', '{"constructor":{"a":"long enough"}}', '{}'],
    ['numbers that a double would change', '{"a":[1e400,-0,12345678901234567890]}', '{"a":[1e401,0,1]}'],
    ['a name twice', '{"a":{"long":"enough"},"a":{"short":1}}', '{"a":{"long":"enough"}}'],
    ['a name twice, once escaped', '{"a":{"long":"enough"},"\\u0061":1}', '{"a":{"long":"enough"}}'],
    ['a list against an object', '{"a":[1,2,3,4,5,6]}', '{"a":{"0":1,"1":2}}'],
    ['empty containers', '{"a":{},"b":[],"cccccccc":{}}', '{"a":[],"b":{},"cccccccc":{}}'],
    ['space everywhere', ' { "a" : [ 1 , { } , "x" ] , "b" : null } ', '{"a":[1]}'],
    ['a byte order mark', '\ufeff{"a":"long enough"}', '{"a":"long enough"}'],
    ['a text alone', '"long enough"', '{}'],
  ])('reads %s as the plain parser does', (_, text, like) => {
    expectSame(parsedLike(text, parseJson(like)), parseJson(text));
  });

  it('reads what is nested as deep as can be', () => {
    const text = `{"a":${'['.repeat(9_999)}"x"${']'.repeat(9_999)}}`;
    const like = parseJson(text);
    expect(parsedLike(text, like)).toBe(like);
    expectSame(parsedLike(text, parseJson('{"a":[["x"]]}')), like);
  });

  it.each([
    ['is cut short', '{"a":{"long":"enough"},"b":[1,2'],
    ['goes on behind its end', '{"a":{"long":"enough"}}x'],
    ['lacks a comma', '{"a":{"long":"enough"} "b":1}'],
    ['lacks a colon', '{"a" {"long":"enough"}}'],
    ['has a byte order mark inside', '{"a":\ufeff1,"b":"long enough"}'],
    ['has a mistake within a piece', '{"a":{"long":enough},"b":1}'],
    ['has a name that is no text', '{"a":1,b:"long enough"}'],
    ['ends a list like an object', '{"a":[1,2,3,4,5}}'],
    ['is nested too deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ])('refuses a text that %s, as the plain parser does', (_, text) => {
    const expected = failureOf(() => parseJson(Buffer.from(text)));
    expect(failureOf(() => parsedLike(text, parseJson('{"a":{"long":"enough"}}')))).toEqual(expected);
    expect(expected.code).toMatch(/^EXPORT_(MALFORMED|INCOMPLETE)$/);
  });

  it('refuses bytes that are not utf-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"long enough'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(failureOf(() => parseJsonLike(bytes, undefined, PIECE_BYTES)).code).toBe('EXPORT_MALFORMED');
  });
});

describe('share', () => {
  it('takes equal raw numbers from the other value', () => {
    const like = parseJson('[12345678901234567890,1]');
    const value = share(parseJson('[12345678901234567890,2]'), like);
    expect(member(value, '0')).toBe(member(like, '0'));
    expect(stringifyJson(value)).toBe('[12345678901234567890,2]');
  });
});
