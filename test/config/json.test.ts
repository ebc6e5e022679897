import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRawNumber,
  type Json,
  MAX_DEPTH,
  member,
  parseJson,
  stringifyJson,
} from '../../functions/config/json.ts';
import { anyJson } from './any-json.ts';
import { failureOf } from './failure.ts';

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
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
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

  it('refuse a document deeper than the limit, naming both depths', () => {
    const error = failureOf(() => parseJson('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1)));
    expect(error.code).toBe('EXPORT_MALFORMED');
    expect(error.message).toBe('json must be nested at most 10000 deep, got 10001');
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

  it('write a deep document as the native function writes a shallow one', () => {
    let deep: Json = { '': [null, true, 'ü\ud800', 1.5, {}, []], b: {} };
    const shallow = JSON.stringify(deep);
    for (let level = 0; level < 20_000; level++) deep = [deep];
    expect(stringifyJson(deep)).toBe('['.repeat(20_000) + shallow + ']'.repeat(20_000));
  });
});

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
