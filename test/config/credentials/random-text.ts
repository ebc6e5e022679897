/** Random characters for secrets that tests make at run time, so that no scanner takes a test for a leak. */
import { createHash } from 'node:crypto';

const ALPHABETS = {
  word: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  hex: '0123456789abcdef',
  digits: '0123456789',
};

/** Makes random characters, always the same for one seed. */
export function randomOf(seed: string) {
  let count = 0;
  return (length: number, alphabet: keyof typeof ALPHABETS = 'word'): string =>
    Array.from({ length }, () => {
      const byte = createHash('sha256').update(`${seed} ${count++}`).digest().readUInt16LE();
      return ALPHABETS[alphabet][byte % ALPHABETS[alphabet].length];
    }).join('');
}

export type Random = ReturnType<typeof randomOf>;
