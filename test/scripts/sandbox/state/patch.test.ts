import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../scripts/sandbox/json.ts';
import { applyJsonPatch, applyMergePatch, PatchError } from '../../../../scripts/sandbox/state/patch.ts';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('applyMergePatch', () => {
  // RFC 7396 appendix A, all of it.
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('makes of %j and %j %j', (document, patch, result) => {
    expect(applyMergePatch(document, patch)).toEqual(result);
  });

  it('keeps members of any name, and their order', () => {
    const document = JSON.parse('{"__proto__":1,"constructor":{"a":1},"z":1,"b":2}');
    const patched = applyMergePatch(document, JSON.parse('{"b":3,"constructor":{"a":null},"__proto__":2}'));
    expect(JSON.stringify(patched)).toBe('{"__proto__":2,"constructor":{},"z":1,"b":3}');
  });

  it('changes neither document nor patch', () => {
    fc.assert(
      fc.property(json, json, (document, patch) => {
        const before = structuredClone([document, patch]);
        applyMergePatch(document, patch);
        expect([document, patch]).toEqual(before);
      }),
    );
  });
});

describe('applyJsonPatch', () => {
  // RFC 6902 appendix A.
  it.each<[string, Json, Json, Json]>([
    ['A.1', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [
      'A.2',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['A.3', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['A.4', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [
      'A.5',
      { baz: 'qux', foo: 'bar' },
      [{ op: 'replace', path: '/baz', value: 'boo' }],
      { baz: 'boo', foo: 'bar' },
    ],
    [
      'A.6',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'A.8',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'A.10',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    [
      'A.11',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
      { foo: 'bar', baz: 'qux' },
    ],
    ['A.14', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [
      'A.16',
      { foo: ['bar'] },
      [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
      { foo: ['bar', ['abc', 'def']] },
    ],
  ])('%s', (_name, document, patch, result) => {
    const before = structuredClone(document);
    expect(applyJsonPatch(document, patch)).toEqual(result);
    expect(document).toEqual(before);
  });

  it.each<[string, Json, Json, PatchError['reason']]>([
    ['A.9: a test that fails', { baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'bar' }], 'unfit'],
    [
      'A.12: a target that is not there',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz/bat', value: 1 }],
      'unfit',
    ],
    [
      'A.15: a number for a string',
      { '/': 9, '~1': 10 },
      [{ op: 'test', path: '/~01', value: '10' }],
      'unfit',
    ],
    ['a removal of nothing', {}, [{ op: 'remove', path: '/a' }], 'unfit'],
    ['an index out of range', { a: [] }, [{ op: 'add', path: '/a/1', value: 1 }], 'unfit'],
    ['no list', {}, {}, 'malformed'],
    ['no operations', {}, [1], 'malformed'],
    ['A.13: an unknown operation', {}, [{ op: 'boo', path: '/a' }], 'malformed'],
    ['a value that is missing', {}, [{ op: 'add', path: '/a' }], 'malformed'],
  ])('refuses %s', (_name, document, patch, reason) => {
    let caught: unknown;
    try {
      applyJsonPatch(document, patch);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(PatchError);
    expect(caught).toMatchObject({ reason });
  });

  it('does all or nothing', () => {
    const document = { a: 1 };
    const patch = [
      { op: 'replace', path: '/a', value: 2 },
      { op: 'remove', path: '/b' },
    ];
    expect(() => applyJsonPatch(document, patch)).toThrow('path that does not exist');
    expect(document).toEqual({ a: 1 });
  });
});
