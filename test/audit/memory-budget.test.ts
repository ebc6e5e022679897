import { describe, expect, it } from 'vitest';
import { Budget } from '../../functions/audit/memory-budget.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

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
