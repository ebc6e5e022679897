import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../../scripts/sandbox/limits.ts';
import { Clock } from './support.ts';

const setUp = (order: unknown) => {
  const clock = new Clock();
  const limiter = new RateLimiter(clock.now);
  limiter.set('acme', order);
  return { clock, limiter };
};

describe('a token bucket', () => {
  it('lets a burst pass, then tells how long to wait, and fills again', () => {
    const { clock, limiter } = setUp({ rates: { hub: { rate: 1, burst: 2, periodSeconds: 10 } } });
    const take = () => limiter.take('acme', 'hub', false);
    expect([take(), take()]).toEqual([undefined, undefined]);
    expect(take()).toEqual({ kind: 'rate', retryAfterSeconds: 10 });
    clock.advanceSeconds(4);
    expect(take()).toEqual({ kind: 'rate', retryAfterSeconds: 6 });
    clock.advanceSeconds(6);
    expect(take()).toBeUndefined();
    clock.advanceSeconds(1000);
    expect([take(), take(), take()].map((refusal) => refusal?.kind)).toEqual([undefined, undefined, 'rate']);
  });

  it('is one for each tenant and family of APIs', () => {
    const { limiter } = setUp({ rates: { hub: { rate: 1, burst: 1 } } });
    limiter.take('acme', 'hub', false);
    expect(limiter.take('acme', 'system', false)).toBeUndefined();
    expect(limiter.take('globex', 'hub', false)).toBeUndefined();
    expect(limiter.take('acme', 'hub', false)).toMatchObject({ kind: 'rate' });
  });
});

describe('writes', () => {
  it('are refused while too many are in progress', () => {
    const { limiter } = setUp({ writesAtOnce: 1 });
    expect(limiter.take('acme', 'hub', true)).toBeUndefined();
    expect(limiter.take('acme', 'system', true)).toEqual({ kind: 'burst' });
    expect(limiter.take('acme', 'hub', false)).toBeUndefined();
    limiter.end('acme');
    expect(limiter.take('acme', 'hub', true)).toBeUndefined();
  });

  it('are refused if too many come within a while', () => {
    const { clock, limiter } = setUp({ burst: { writes: 2, withinSeconds: 15 } });
    const take = () => limiter.take('acme', 'hub', true)?.kind;
    expect([take(), take(), take()]).toEqual([undefined, undefined, 'burst']);
    clock.advanceSeconds(14);
    expect(take()).toBe('burst');
    clock.advanceSeconds(1);
    expect(take()).toBeUndefined();
  });
});

it('names what is wrong with a limit', () => {
  expect(() => setUp({ rates: { hub: { rate: 0, burst: 1 } } })).toThrow(/limits rates.hub.rate: /);
  expect(() => setUp({ rates: { moon: { rate: 1, burst: 1 } } })).toThrow(/limits /);
});
