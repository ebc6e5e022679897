import { describe, expect, it } from 'vitest';
import { mapLimited } from '../functions/map-limited.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('mapLimited', () => {
  it('works on so many at once, and answers in the order of the items', async () => {
    let busy = 0;
    let most = 0;
    const results = await mapLimited([5, 3, 4, 1, 2], 2, async (item) => {
      most = Math.max(most, ++busy);
      for (let turn = 0; turn < item; turn++) await tick();
      busy--;
      return item * 10;
    });
    expect(results).toEqual([50, 30, 40, 10, 20]);
    expect(most).toBe(2);
  });

  it('ends with the first failure', async () => {
    await expect(
      mapLimited([1, 2], 2, async (item) => {
        if (item === 2) throw new Error('second');
      }),
    ).rejects.toThrow('second');
  });
});
