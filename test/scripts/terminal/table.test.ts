import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { shorten, table, wrap } from '../../../scripts/terminal/table.ts';

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

describe('a table with a width', () => {
  it('cuts the widest column, names in the middle and sentences at their end', () => {
    const rows = [['hub.config', 'arn:aws:kms:eu-central-1:111122223333:key/b95b0568']];
    expect(table(['PART', 'KEY'], rows, { width: 33 })).toBe(
      'PART        KEY\nhub.config  arn:aws:km…y/b95b0568',
    );
    expect(shorten('a sentence of some words', 10)).toBe('a sentenc…');
  });

  it('has no line that is wider, unless every column is as narrow as may be', () => {
    const rows = fc.array(
      fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), { minLength: 3, maxLength: 3 }),
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 28, max: 120 }), (cells, width) => {
        for (const line of table(['aa', 'bb', 'cc'], cells, { width }).split('\n')) {
          expect(stringWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('counts characters as wide as terminals show them', () => {
    expect(table(['name', 'n'], [['東京', '1']])).toBe('name  n\n東京  1');
  });
});

describe('wrap', () => {
  it('breaks between words, and never within one', () => {
    expect(wrap(['aa', 'bb', 'cc', 'a-very-long-word'], 8)).toBe('aa · bb\ncc\na-very-long-word');
  });
});
