import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDuplicateMember } from '../functions/duplicate-members.ts';

describe('findDuplicateMember', () => {
  it.each<[text: string, pointer: string | null]>([
    ['{"servers":{},"servers":{}}', '/servers'],
    ['{"a":{"b":1,"c":{"b":2}},"b":3}', null],
    ['[{"op":"remove","path":"/a","path":"/b"}]', '/0/path'],
    ['[{"a":1},{"a":1},[{"b":[0,{"c":1,"c":2}]}]]', '/2/0/b/1/c'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"a/b~c":{"d":1,"d":1}}', '/a~1b~0c/d'],
    ['{"a":"{\\"b\\":1,\\"b\\":2}","c":"\\\\"}', null],
    ['{"__proto__":1,"constructor":2,"__proto__":3}', '/__proto__'],
    [' {\n"a" : [1, 2] ,\t"a" : null}', '/a'],
    ['{"":1,"":2}', '/'],
    ['"a,a"', null],
    ['{}', null],
  ])('%s: %s', (text, pointer) => {
    expect(findDuplicateMember(text)).toBe(pointer);
  });

  it('finds none in what a program has written, and any that is added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const text = JSON.stringify(value);
        expect(findDuplicateMember(text)).toBeNull();
        const [first] = Object.keys(value) as [string];
        const twice = `${text.slice(0, -1)},${JSON.stringify(first)}:0}`;
        expect(findDuplicateMember(twice)).toBe(`/${first.replaceAll('~', '~0').replaceAll('/', '~1')}`);
      }),
    );
  });
});
