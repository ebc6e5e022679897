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
  ['transfer.\\*', 'transfer.*', true],
  ['transfer.\\*', 'transfer.read', false],
  ['\\*', 'anything', false],
  ['\\**', '*anything', true],
  ['\\**', 'anything', false],
  ['*\\*', 'anything*', true],
  ['a\\*b*c', 'a*bxc', true],
  ['a\\\\*', 'a\\anything', true],
  ['a\\\\*', 'a*', false],
  ['a\\\\\\*', 'a\\*', true],
  ['DOMAIN\\user', 'DOMAIN\\user', true],
  ['DOMAIN\\*', 'DOMAIN\\user', false],
  ['end\\', 'end\\', true],
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

it('matches any text by its own escaped form, and no other one', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '*', '\\'), maxLength: 8 });
  fc.assert(
    fc.property(texts, texts, (text, other) => {
      expect(matchesWildcard(text.replaceAll(/[\\*]/g, '\\$&'), other)).toBe(text === other);
    }),
    { numRuns: 2000 },
  );
});
