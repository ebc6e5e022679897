import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heap, type Night, simulateNight } from '../../../scripts/night/simulate.ts';

const night: Night = {
  tenants: 2000,
  backupSeconds: 2,
  lanes: [{ maximumConcurrency: 50 }, { maximumConcurrency: 50 }],
  hostRate: 1000,
  failing: 0,
  maxReceiveCount: 3,
  retryDelaySeconds: 60,
};
const half = () => 0.5;

describe('a simulated night', () => {
  test('backs up every tenant, never more at a time than the lanes allow', () => {
    const report = simulateNight(night, half);
    expect(report).toMatchObject({ done: 2000, deadLetters: 0 });
    expect(report.peakConcurrency).toBeLessThanOrEqual(100);
  });

  test('takes at least as long as each limit alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 2, max: 400 }),
        fc.double({ min: 1, max: 500, noNaN: true }),
        (tenants, maximumConcurrency, hostRate) => {
          const { lastSeconds, limits } = simulateNight(
            { ...night, tenants, lanes: [{ maximumConcurrency }], hostRate },
            half,
          );
          for (const { what, seconds } of limits) {
            if (!/^request rate of (KMS|S3|Secrets)/.test(what))
              expect(lastSeconds).toBeGreaterThanOrEqual(seconds * 0.999);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is limited by the host where that allows little, and by the lanes where they do', () => {
    expect(simulateNight({ ...night, hostRate: 1 }, half).limits[0]?.what).toContain('SecureAuth');
    const lanes = [{ maximumConcurrency: 2 }];
    expect(simulateNight({ ...night, lanes }, half).limits[0]?.what).toContain('lanes');
  });

  test('is limited by the account where the lanes ask for more than that has', () => {
    const lanes = Array.from({ length: 4 }, () => ({ maximumConcurrency: 1000 }));
    const { peakConcurrency, limits } = simulateNight({ ...night, lanes, backupSeconds: 100 }, half);
    expect(peakConcurrency).toBeLessThanOrEqual(1000);
    expect(limits[0]?.what).toBe('concurrency of the account');
  });

  test('tries again what failed, as often as the queue does, and loses nobody', () => {
    let flip = 0;
    const { done, deadLetters } = simulateNight({ ...night, failing: 0.5 }, () => (flip++ * 0.618) % 1);
    expect(done + deadLetters).toBe(2000);
    expect(deadLetters).toBeGreaterThan(0);
    expect(simulateNight({ ...night, tenants: 10, failing: 1 }, half)).toMatchObject({
      done: 0,
      deadLetters: 10,
    });
  });
});

test('a heap gives back what it was given, the smallest first', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true })), (values) => {
      const heap = new Heap<number>((value) => value);
      for (const value of values) heap.push(value);
      const popped: number[] = [];
      for (let value = heap.pop(); value !== undefined; value = heap.pop()) popped.push(value);
      expect(popped.map((value) => value + 0)).toEqual(
        values.toSorted((a, b) => a - b).map((value) => value + 0),
      );
    }),
  );
});

test('the command tells when the last tenant is done and what limits it', () => {
  const main = fileURLToPath(new URL('../../../scripts/night/main.ts', import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [main, '--tenants', '100000'], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/last one done after (\d+ h )?\d+ min \d+ s/);
  expect(stdout).toMatch(/What limits this night: /);
});
