import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesWildcard } from '../../../functions/config/json/wildcard.ts';

it.each([
  ['portal', 'portal', true],
  ['portal', 'portal2', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['Portal*', 'Portal', true],
  ['*tal', 'Portal', true],
  ['P*t*l', 'Portal', true],
  ['P*x*l', 'Portal', false],
  ['a*a', 'a', false],
  ['a**b', 'ab', true],
  ['*ab*ab*', 'ab', false],
  ['.', 'x', false],
])('%s and %s: %s', (pattern, text, matches) => {
  expect(matchesWildcard(pattern, text)).toBe(matches);
});

it('agrees with a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
      expect(matchesWildcard(pattern, text)).toBe(
        new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text),
      );
    }),
    { numRuns: 2000 },
  );
});
