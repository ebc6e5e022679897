import { describe, expect, it } from 'vitest';
import { Budget, inTurns } from '../../functions/audit/map-limited.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('inTurns', () => {
  it('works on so many at once, and answers in the order of the items', async () => {
    let busy = 0;
    let most = 0;
    const results = await inTurns([5, 3, 4, 1, 2], 2, async (item) => {
      most = Math.max(most, ++busy);
      for (let turn = 0; turn < item; turn++) await tick();
      busy--;
      return item * 10;
    });
    expect(results).toEqual([50, 30, 40, 10, 20]);
    expect(most).toBe(2);
  });

  it('begins nothing more when it may not go on', async () => {
    let left = 2;
    expect(
      await inTurns(
        [1, 2, 3, 4],
        1,
        async (item) => item,
        () => left-- > 0,
      ),
    ).toEqual([1, 2, undefined, undefined]);
  });

  it('ends with the first failure', async () => {
    await expect(
      inTurns([1, 2], 2, async (item) => {
        if (item === 2) throw new Error('second');
      }),
    ).rejects.toThrow('second');
  });
});

describe('Budget', () => {
  it('admits what fits, in the order of arrival, and what is too large alone', async () => {
    const budget = new Budget(10);
    const inside = new Map<string, number>();
    const log: string[] = [];
    const work = (name: string, size: number) =>
      budget.use(size, async () => {
        inside.set(name, size);
        log.push([...inside.keys()].join('+'));
        await tick();
        inside.delete(name);
      });
    await Promise.all([work('a', 4), work('b', 6), work('large', 99), work('c', 1)]);
    expect(log).toEqual(['a', 'a+b', 'large', 'c']);
  });

  it('gives back what failed', async () => {
    const budget = new Budget(1);
    await expect(budget.use(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await budget.use(1, async () => 'next')).toBe('next');
  });
});
