import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findByPrefix, idShortener } from '../../../../scripts/cli/ui/short-ids.ts';
import { rejectionOf } from '../../../rejection.ts';

const find = (prefix: string, ids: string[]) =>
  findByPrefix(
    prefix,
    ids,
    (id) => id,
    (id) => id,
  );

describe('findByPrefix', () => {
  test('finds the one id that begins so', () => {
    expect(find('ab', ['abc', 'xyz'])).toBe('abc');
  });

  test('takes a whole id for itself, although others begin with it', () => {
    expect(find('ab', ['abc', 'ab'])).toBe('ab');
  });

  test.each(['', 'q'])('finds nothing by %j', (prefix) => {
    expect(find(prefix, ['abc'])).toBeNull();
  });

  test('lists the candidates if there are several, and how many more', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `ab${index}`);
    expect(await rejectionOf(() => find('ab', ids))).toMatchObject({
      code: 'ID_AMBIGUOUS',
      message: '"ab" matches 7 ids: ab0, ab1, ab2, ab3, ab4, and 2 more',
    });
  });
});

test('what the shortener shows of an id always finds that id', () => {
  const ids = fc.uniqueArray(
    fc.string({ minLength: 8, maxLength: 12, unit: fc.constantFrom('a', 'b', '1') }),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(ids, (all) => {
      const shorten = idShortener(all);
      for (const id of all) expect(find(shorten(id), all)).toBe(id);
    }),
  );
});
