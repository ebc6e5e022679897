import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../scripts/sandbox/json.ts';
import { applyJsonPatch, applyMergePatch, PatchError } from '../../../../scripts/sandbox/state/patch.ts';
import { JSON_PATCH_EXAMPLES } from '../../../rfc6902-examples.ts';
import { MERGE_PATCH_EXAMPLES } from '../../../rfc7396-examples.ts';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('applyMergePatch', () => {
  it.each(MERGE_PATCH_EXAMPLES)('makes of %j and %j %j', (document, patch, result) => {
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
  it.each(JSON_PATCH_EXAMPLES)('%s', (_name, document, patch, result) => {
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
