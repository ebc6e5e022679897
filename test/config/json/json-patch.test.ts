import fc from 'fast-check';
import patching from 'fast-json-patch';
import { describe, expect, it, test } from 'vitest';
import { type Json, parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import {
  applyJsonPatch,
  jsonPatchBetween,
  parseJsonPatch,
} from '../../../functions/config/json/json-patch.ts';
import { JSON_PATCH_EXAMPLES } from '../../rfc6902-examples.ts';
import { anyJson } from '../any-json.ts';
import { failureOf } from '../failure.ts';

const apply = (document: unknown, patch: unknown): Json =>
  applyJsonPatch(document as Json, parseJsonPatch(patch as Json));

/** Besides those of appendix A. */
const EXAMPLES: readonly (readonly [name: string, document: unknown, patch: unknown, result: unknown])[] = [
  // Section 4: the whole document, and what is there already.
  ['4.1 replacing the root', { foo: 'bar' }, [{ op: 'add', path: '', value: [1] }], [1]],
  ['4.1 adding what exists', { foo: 'bar' }, [{ op: 'add', path: '/foo', value: null }], { foo: null }],
  [
    '4.5 copying',
    { a: { b: 1 } },
    [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'add', path: '/c/d', value: 2 },
    ],
    { a: { b: 1 }, c: { b: 1, d: 2 } },
  ],
  ['4.6 testing numbers by value', { a: 1 }, [{ op: 'test', path: '/a', value: 1.0 }], { a: 1 }],
];

/** Those that must be refused. */
const REFUSED: readonly (readonly [name: string, document: unknown, patch: unknown])[] = [
  ['A.9 a test that fails', { baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'bar' }]],
  ['A.12 adding to a nonexistent target', { foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 'qux' }]],
  ['A.15 comparing texts and numbers', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: '10' }]],
  ['4.2 removing nothing', { foo: 1 }, [{ op: 'remove', path: '/bar' }]],
  ['4.3 replacing nothing', { foo: 1 }, [{ op: 'replace', path: '/bar', value: 1 }]],
  ['4.4 moving into itself', { a: { b: 1 } }, [{ op: 'move', from: '/a', path: '/a/b' }]],
  ['an index beyond the end', { foo: [1] }, [{ op: 'add', path: '/foo/2', value: 1 }]],
  ['an index with a leading zero', { foo: [1, 2] }, [{ op: 'remove', path: '/foo/01' }]],
  ['an operation that is none', {}, [{ op: 'spam', path: '/foo' }]],
  ['no value', {}, [{ op: 'add', path: '/foo' }]],
  ['no pointer', {}, [{ op: 'remove', path: 'foo' }]],
  ['no list', {}, { op: 'remove', path: '/foo' }],
];

describe('applyJsonPatch', () => {
  it('keeps a copy apart from what it was made of, whatever was changed before', () => {
    const patch = [
      { op: 'add', path: '/a/x', value: 1 },
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'add', path: '/c/d', value: 2 },
      { op: 'remove', path: '/a/b' },
    ];
    expect(apply({ a: { b: 1 } }, patch)).toEqual({ a: { x: 1 }, c: { b: 1, x: 1, d: 2 } });
  });

  it.each([...JSON_PATCH_EXAMPLES, ...EXAMPLES])(
    'does as RFC 6902 says: %s',
    (_, document, patch, result) => {
      const before = structuredClone(document);
      expect(apply(document, patch)).toEqual(result);
      expect(document).toEqual(before);
    },
  );

  it.each(REFUSED)('refuses %s', (_, document, patch) => {
    expect(failureOf(() => apply(document, patch)).code).toBe('INVALID_REQUEST');
  });

  it('names the operation that does not fit, and no value', () => {
    const patch = [{ op: 'test', path: '/clients/portal/client_secret', value: 'canary-guess' }];
    expect(
      failureOf(() => apply({ clients: { portal: { client_secret: 'canary-real' } } }, patch)).message,
    ).toBe('json patch: operation 0 (test /clients/portal/client_secret) is not what the document has');
  });
});

describe('jsonPatchBetween', () => {
  test('applied to the one document it makes the other, by ours and by another implementation', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        const patch = jsonPatchBetween(a, b);
        expect(stringifySorted(applyJsonPatch(a, patch))).toBe(stringifySorted(b));
      }),
    );
    fc.assert(
      fc.property(fc.object({ maxDepth: 3 }), fc.object({ maxDepth: 3 }), (left, right) => {
        const [a, b] = [plain(left), plain(right)];
        const patch = structuredClone(jsonPatchBetween(a, b)) as never;
        expect(patching.applyPatch(structuredClone(a), patch, true, true, false).newDocument).toEqual(b);
      }),
    );
  });

  test('is empty for documents that are the same', () => {
    fc.assert(
      fc.property(anyJson, (a) => {
        expect(jsonPatchBetween(a, parseJson(stringifyJson(a)))).toEqual([]);
      }),
    );
  });

  it('leaves alone what two lists begin and end with alike', () => {
    const list = (middle: Json[]) => ['a', 'b', ...middle, 'y', 'z'];
    expect(jsonPatchBetween(list(['c', 'd']), list(['x']))).toEqual([
      { op: 'test', path: '', value: list(['c', 'd']) },
      { op: 'replace', path: '/2', value: 'x' },
      { op: 'remove', path: '/3' },
    ]);
  });

  it.each<[what: string, present: Json]>([
    ['has another order', { uris: ['b', 'a'] }],
    ['has an element more', { uris: ['a', 'b', 'c'] }],
    ['has one less', { uris: ['a'] }],
    ['has other elements', { uris: ['a', 'x'] }],
    ['is gone', {}],
    ['is a text', { uris: 'a' }],
  ])('edits no list that %s meanwhile', (_, present) => {
    for (const to of [['a', 'c'], ['b'], ['a', 'b', 'z'], []]) {
      const patch = jsonPatchBetween({ uris: ['a', 'b'] }, { uris: to });
      expect(failureOf(() => applyJsonPatch(present, patch)).message).toMatch(
        /^json patch: operation 0 \(test \/uris\)/,
      );
    }
  });

  it('tests the outermost list alone, and members of objects not at all', () => {
    const of = (name: string, inner: string) => ({ name, list: [{ keep: 1, inner: [inner] }, 'x'] });
    expect(jsonPatchBetween(of('a', 'c'), of('b', 'd'))).toEqual([
      { op: 'replace', path: '/name', value: 'b' },
      { op: 'test', path: '/list', value: of('a', 'c').list },
      { op: 'replace', path: '/list/0/inner/0', value: 'd' },
    ]);
  });

  it('takes many operations on a large document', () => {
    const clients = (count: number, name: string) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`client-${at}`, { client_name: name, at }]),
      );
    const [a, b] = [{ clients: clients(20_000, 'before') }, { clients: clients(20_000, 'after') }];
    const patch = jsonPatchBetween(a, b);
    expect(patch).toHaveLength(20_000);
    expect(applyJsonPatch(a, patch)).toEqual(b);
    expect(a.clients['client-0']?.client_name).toBe('before');
  });
});

/** JSON of a value whose members are in any order, raw numbers as they are. */
function stringifySorted(value: Json): string {
  const sort = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(sort);
    if (typeof inner !== 'object' || inner === null || Object.getPrototypeOf(inner) === null) return inner;
    return Object.fromEntries(
      Object.entries<Json>(inner as never)
        .sort(([x], [y]) => (x < y ? -1 : 1))
        .map(([k, v]) => [k, sort(v)]),
    );
  };
  return stringifyJson(sort(value));
}

/** Without what the other implementation refuses. */
const plain = (value: object): Json =>
  JSON.parse(JSON.stringify(value, (key, inner) => (key === '__proto__' ? undefined : inner)));
