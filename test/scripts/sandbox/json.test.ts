import { describe, expect, it } from 'vitest';
import { memberOf, pointerTo, pointerTokens, replaceAt, valuesAt } from '../../../scripts/sandbox/json.ts';

describe('memberOf', () => {
  it('does not see what the prototype holds', () => {
    expect(memberOf({}, 'constructor')).toBeUndefined();
    expect(memberOf(JSON.parse('{"__proto__":1}'), '__proto__')).toBe(1);
  });
});

describe('pointers', () => {
  it('escape and unescape the two characters that need it', () => {
    expect(pointerTo('/themes', 'pages/a~b.tmpl')).toBe('/themes/pages~1a~0b.tmpl');
    expect(pointerTokens('/themes/pages~1a~0b.tmpl')).toEqual(['themes', 'pages/a~b.tmpl']);
    expect(pointerTokens('')).toEqual([]);
  });
});

describe('paths', () => {
  const document = { a: [{ b: 1 }, { b: 2, c: 3 }], d: { e: null } };

  it('reach every member and element behind a star', () => {
    expect(valuesAt(document, ['a', '*', 'b'])).toEqual([1, 2]);
    expect(valuesAt(document, ['d', 'e', 'f'])).toEqual([]);
  });

  it('replace what they reach and leave the document alone', () => {
    const before = structuredClone(document);
    expect(replaceAt(document, ['a', '*', 'b'], () => 0)).toEqual({
      a: [{ b: 0 }, { b: 0, c: 3 }],
      d: { e: null },
    });
    expect(document).toEqual(before);
  });

  it('add nothing where the member is missing', () => {
    expect(replaceAt({ a: 1 }, ['b'], () => 0)).toEqual({ a: 1 });
  });
});
