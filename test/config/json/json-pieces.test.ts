import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import { parseInPieces } from '../../../functions/config/json/json-pieces.ts';
import { anyJson } from '../any-json.ts';

/** What comes of a text, or the code by which it is refused. */
const outcomeOf = (parse: () => unknown): unknown => {
  try {
    return stringifyJson(parse() as never);
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('parseInPieces', () => {
  it('reads every document as parseJson does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), anyJson, (servers, rest) => {
        const bytes = Buffer.from(stringifyJson({ rest, servers, after: 1 } as never));
        expect(stringifyJson(parseInPieces(bytes, ['servers']))).toBe(stringifyJson(parseJson(bytes)));
      }),
    );
  });

  it.each([
    ['a member twice', '{"servers":{"a":{},"a":1}}'],
    ['the object twice', '{"servers":{"a":1},"servers":{}}'],
    ['no such object', '{"other":{"a":1}}'],
    ['a list in its place', '{"servers":[{"a":1}]}'],
    ['a byte order mark before a member', '{"servers":{"a":\uFEFF{}}}'],
    ['a byte order mark before a number', '{"servers":{"a":\uFEFF1}}'],
    ['a byte order mark before the document', '\uFEFF{"servers":{"a":{}}}'],
    ['a member without value', '{"servers":{"a":}}'],
    ['a missing comma', '{"servers":{"a":{} "b":{}}}'],
    ['a trailing comma', '{"servers":{"a":{},}}'],
    ['text after the end', '{"servers":{"a":{}}} x'],
    ['a cut document', '{"servers":{"a":{"b":'],
    ['a member called __proto__', '{"servers":{"__proto__":{"a":1}}}'],
    ['a number beyond doubles', '{"servers":{"a":12345678901234567890}}'],
  ])('says of %s what parseJson says', (_, text) => {
    const bytes = Buffer.from(text);
    expect(outcomeOf(() => parseInPieces(bytes, ['servers']))).toEqual(outcomeOf(() => parseJson(bytes)));
  });
});
