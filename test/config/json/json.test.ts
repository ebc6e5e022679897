import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRawNumber,
  type Json,
  MAX_DEPTH,
  member,
  parseJson,
  stringifyJson,
} from '../../../functions/config/json/json.ts';
import { parseInPieces } from '../../../functions/config/json/json-pieces.ts';
import { anyJson } from '../any-json.ts';
import { failureOf } from '../failure.ts';

const roundTrip = (text: string): string => stringifyJson(parseJson(text));

describe('parseJson and stringifyJson', () => {
  it('give back any JSON value', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = JSON.stringify(value);
        expect(roundTrip(text)).toBe(text);
        expect(parseJson(text)).toEqual(value);
      }),
    );
  });

  it('give back any number in its own digits', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(digits, (text) => {
        const value = parseJson(text);
        if (isRawNumber(value)) expect(stringifyJson(value)).toBe(text);
        // A number that became a double must be worth the same: its text converts back to the same digits.
        else expect(sameDecimal(stringifyJson(value), text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '12345678901234567890',
    '1e400',
    '1e9999999999999999',
    '-0',
    '0.10000000000000000001',
    '9007199254740993',
  ])('keep %s, which a double cannot hold, inside arrays and objects', (text) => {
    expect(roundTrip(`{"a":[1,${text},{"__proto__":${text}}],"b":"${text}"}`)).toBe(
      `{"a":[1,${text},{"__proto__":${text}}],"b":"${text}"}`,
    );
  });

  it('leave digits inside of texts alone, whatever is escaped there', () => {
    const text = fc
      .array(fc.constantFrom('\\', '"', '\\"', '1e400', ' ', ':', '[', '}', 'x'))
      .map((parts) => parts.join(''));
    // Names without escapes: V8 13.6 may read one with escapes as a name that it read before (`"\` as `\"`), as it
    // compares the source that is not decoded yet.
    const name = fc.array(fc.constantFrom('1e400', ' ', ':', '[', '}', 'x')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.dictionary(name, text), (value) => {
        expect(roundTrip(JSON.stringify({ ...value, n: 0 }))).toBe(JSON.stringify({ ...value, n: 0 }));
      }),
    );
  });

  it('keep a text that reads like the marker of a number', () => {
    const text = '{"a":"number-0:1","b":[1e999,"number-1:x"],"number-0:2":"\\u006eumber-0:5"}';
    expect(roundTrip(text)).toBe(text.replace('\\u006e', 'n'));
  });

  it('read numbers of fifteen digits as plain numbers', () => {
    expect(parseJson('[123456789012345,0.1,1.50,1e3]')).toEqual([123456789012345, 0.1, 1.5, 1000]);
  });

  it('keep a member called __proto__ as a member', () => {
    const value = parseJson('{"__proto__":{"x":1},"constructor":2}');
    expect(member(value, '__proto__')).toEqual({ x: 1 });
    expect(member(parseJson('{}'), '__proto__')).toBeUndefined();
    expect(member(parseJson('{}'), 'constructor')).toBeUndefined();
  });

  it('take the last of two members with one name', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it('read bytes, with or without a byte order mark', () => {
    expect(parseJson(Buffer.from('{"a":"ü"}'))).toEqual({ a: 'ü' });
    expect(parseJson(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 });
    expect(parseJson('\uFEFF1')).toBe(1);
  });

  it('keep documents as deep as the limit, numbers and all', () => {
    const text = `${'{"a":['.repeat(MAX_DEPTH / 2)}1e400${']}'.repeat(MAX_DEPTH / 2)}`;
    expect(roundTrip(text)).toBe(text);
  });

  it('refuse a document deeper than the limit, naming it', () => {
    const error = failureOf(() => parseJson('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1)));
    expect(error.code).toBe('EXPORT_MALFORMED');
    expect(error.message).toBe('json must be nested at most 512 deep');
  });

  it('refuse every proper beginning of an export as incomplete', () => {
    const text =
      '{"servers":{"a":{"secret":"q\\"u\\u006f","n":[1,-2.5e3,true,null,false],"x":{}}},"name":"t"}';
    for (let end = 1; end < text.length; end++) {
      expect(failureOf(() => parseJson(text.slice(0, end))).code, text.slice(0, end)).toBe(
        'EXPORT_INCOMPLETE',
      );
    }
  });

  it.each(['', ' ', '<html>', '{"a":1}}', '[1,]', '{"a":01}', '{"a":1.}', '{a:1}', '{"a":[1}', '[1 2]'])(
    'refuse %j as malformed',
    (text) => {
      expect(failureOf(() => parseJson(text)).code).toBe('EXPORT_MALFORMED');
    },
  );

  it('refuse bytes that are not UTF-8 instead of replacing them', () => {
    expect(failureOf(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).code).toBe('EXPORT_MALFORMED');
  });

  it('never quote the document in an error', () => {
    const error = failureOf(() => parseJson('{"secret":"canary" canary'));
    expect(JSON.stringify([error.message, error.facts, error.cause, error.stack])).not.toContain('canary');
  });

  it('refuse a document however deep', () => {
    for (const levels of [20_000, 1_000_000]) {
      const error = failureOf(() => parseJson(`${'[1e400,'.repeat(levels)}1${']'.repeat(levels)}`));
      expect(error.code).toBe('EXPORT_MALFORMED');
    }
  });

  it.each([
    '{9999E9999:1}',
    '{"a":1e400,2e400:1}',
    '[1e400 2e400]',
    '[-]',
    '[+1e400]',
    '[01e400]',
    '[1e400.5]',
    '{"a":1,"a":"number-0:1e400"}',
    '{"a":1e400,"a":"x"}',
    '{"a":"x","a":1e400}',
    '{"a":[1e400],"a":{"b":-0}}',
    '{"a":{"a":1e400},"a":{"a":"1e400"}}',
    '{"__proto__":1e400,"__proto__":{"x":-0}}',
    '{"0":1e400,"a":1,"0":-0}',
  ])('take %s as JSON.parse does', (text) => {
    expectNative(text);
  });

  it('accept and refuse exactly what JSON.parse does, and read the same', () => {
    const token = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"a"',
        '"a"',
        '"__proto__"',
        '"1e400"',
        '"number-0:1e400"',
        'true',
        'null',
      ],
      ...[
        '1',
        '-0',
        '-0.0',
        '1e400',
        '9999E9999',
        '1.50',
        '-',
        '01',
        '1.',
        '.5',
        '12345678901234567890',
        '0e0',
      ],
      ...['"', '\\', '\\u0000', '\u0000', ' ', '\n', '\ufeff', 'NaN', "'", '//'],
    );
    const soup = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(''));
    const number = fc.constantFrom(
      '1',
      '-0',
      '1e400',
      '12345678901234567890',
      '0.1',
      '"1e400"',
      '"x"',
      '[-0]',
      '{"a":1e-400}',
    );
    const twice = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '0', 'number-0:1'), number), { maxLength: 6 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`);
    const broken = fc
      .tuple(
        fc.oneof(
          twice,
          anyJson.map((value) => JSON.stringify(value)),
        ),
        fc.nat(),
        fc.nat(3),
        token,
      )
      .map(([text, at, removed, added]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + added + text.slice(place + removed);
      });
    const texts = fc.oneof(soup, twice, broken);
    fc.assert(
      fc.property(texts, (text) => expectNative(text)),
      { numRuns: 5_000 },
    );
    const inPieces = (text: string) => parseInPieces(Buffer.from(text), ['servers']);
    fc.assert(
      fc.property(texts, (text) => expectNative(`{"servers":${text.toWellFormed()}}`, inPieces)),
      { numRuns: 2_000 },
    );
  });
});

/** Expect of a text what `JSON.parse` makes of it. */
function expectNative(text: string, read: (text: string) => Json = parseJson): void {
  let native: Json | undefined;
  try {
    // A byte order mark is left out by us, and refused by the native function.
    native = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    expect(() => read(text), text).toThrow();
    return;
  }
  const value = read(text);
  expect(JSON.stringify(asDoubles(value)), text).toBe(JSON.stringify(native));
  expect(parseJson(stringifyJson(value))).toEqual(value);
}

/** A value with the doubles that its raw numbers come closest to. */
function asDoubles(value: Json): Json {
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(asDoubles);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries<Json>(value as never).map(([key, inner]) => [key, asDoubles(inner)]),
  );
}

/** Compare decimals without floating point: digits and exponent as big integers. */
function sameDecimal(a: string, b: string): boolean {
  const parse = (text: string): [bigint, bigint] => {
    const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return [BigInt(whole + fraction), BigInt(exponent) - BigInt(fraction.length)];
  };
  const [digitsA, exponentA] = parse(a);
  const [digitsB, exponentB] = parse(b);
  // One of the two shifts is by zero.
  const shift = exponentA - exponentB;
  return digitsA * 10n ** (shift > 0n ? shift : 0n) === digitsB * 10n ** (shift < 0n ? -shift : 0n);
}
