import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import { applyMergePatch, mergePatchBetween } from '../../../functions/config/json/merge-patch.ts';
import { MERGE_PATCH_EXAMPLES } from '../../rfc7396-examples.ts';
import { anyJson } from '../any-json.ts';
import { twoTenants } from '../two-tenants.ts';

describe('applyMergePatch', () => {
  it.each(MERGE_PATCH_EXAMPLES)('%j and %j make %j', (original, patch, result) => {
    const before = structuredClone(original);
    expect(applyMergePatch(original, patch)).toEqual(result);
    expect(original).toEqual(before);
  });

  // RFC 7396, section 3.
  it('does the example of the RFC', () => {
    const document = {
      title: 'Goodbye!',
      author: { givenName: 'John', familyName: 'Doe' },
      tags: ['example', 'sample'],
      content: 'This will be unchanged',
    };
    const patch = {
      title: 'Hello!',
      phoneNumber: '+01-123-456-7890',
      author: { familyName: null },
      tags: ['example'],
    };
    expect(applyMergePatch(document, patch)).toEqual({
      title: 'Hello!',
      author: { givenName: 'John' },
      tags: ['example'],
      content: 'This will be unchanged',
      phoneNumber: '+01-123-456-7890',
    });
  });

  it('takes a member called __proto__ for a member', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}');
    const patched = applyMergePatch({}, patch);
    expect(Object.keys(patched as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('mergePatchBetween', () => {
  test('is empty for documents that are the same', () => {
    fc.assert(
      fc.property(anyJson, (document) => {
        const holder = { document };
        expect(mergePatchBetween(holder, structuredClone(JSON.parse(JSON.stringify(holder))))).toEqual({});
      }),
    );
  });

  test('applied to the one tenant it makes the other', () => {
    fc.assert(
      fc.property(twoTenants, ({ a, b }) => {
        const { differences } = compareTrees(b, applyMergePatch(a, mergePatchBetween(a, b)));
        expect(differences).toEqual([]);
      }),
    );
  });

  test('applied to the one object it makes the other exactly, where nothing is null', () => {
    const noNull = fc.object({ maxDepth: 3, values: [fc.string(), fc.integer(), fc.boolean()] });
    fc.assert(
      fc.property(noNull, noNull, (left, right) => {
        const [a, b] = [JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right))];
        expect(applyMergePatch(a, mergePatchBetween(a, b))).toEqual(b);
      }),
    );
  });
});
