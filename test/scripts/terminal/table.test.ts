import { describe, expect, it } from 'vitest';
import { table, wrap } from '../../../scripts/terminal/table.ts';

describe('table', () => {
  it('makes each column as wide as its widest cell, and ends no line with spaces', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '1'],
          ['longer', ''],
        ],
      ),
    ).toBe('name    n\na       1\nlonger');
  });

  it('shows the header alone where there is no row', () => {
    expect(table(['name', 'n'], [])).toBe('name  n');
  });
});

describe('wrap', () => {
  it('breaks between words, and never within one', () => {
    expect(wrap(['aa', 'bb', 'cc', 'a-very-long-word'], 8)).toBe('aa · bb\ncc\na-very-long-word');
  });
});
