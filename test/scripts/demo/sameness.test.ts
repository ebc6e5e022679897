import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differencesBetween } from '../../../scripts/demo/sameness.ts';

describe('differencesBetween', () => {
  it('finds nothing between a document and its copy', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(differencesBetween(value as never, structuredClone(value) as never)).toEqual([]);
      }),
    );
  });

  it.each([
    ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, ['/a/b']],
    ['a member that is gone', { a: { b: 1 } }, { a: {} }, ['/a/b']],
    ['a member that was added', { a: {} }, { a: { b: 1 } }, ['/a/b']],
    ['null in the place of nothing', { a: {} }, { a: { b: null } }, ['/a/b']],
    ['another order in a list', { a: ['x', 'y'] }, { a: ['y', 'x'] }, ['/a/0', '/a/1']],
    ['a list in the place of an object', { a: [] }, { a: {} }, ['/a']],
    ['names with slashes', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, ['/a~1b/~0']],
  ])('finds %s', (_name, a, b, pointers) => {
    expect(differencesBetween(a as never, b as never)).toEqual(pointers);
  });

  it('passes over the times that the server stamps, and over nothing else', () => {
    const stamped = (time: string) => ({
      client: { updated_at: time, created_at: time, client_id_issued_at: time },
    });
    expect(differencesBetween(stamped('1'), stamped('2'))).toEqual([]);
    expect(differencesBetween({ last_active: '1' }, { last_active: '2' })).toEqual(['/last_active']);
  });
});
