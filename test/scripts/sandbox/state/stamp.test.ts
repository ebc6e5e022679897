import { describe, expect, it } from 'vitest';
import { timestamp } from '../../../../scripts/sandbox/state/stamp.ts';

describe('timestamp', () => {
  it.each([
    ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.120Z', '2026-01-02T03:04:05.12Z'],
    ['2026-01-02T03:04:05.007Z', '2026-01-02T03:04:05.007Z'],
    ['2026-01-02T03:04:00.000Z', '2026-01-02T03:04:00Z'],
  ])('prints %s as %s', (at, printed) => {
    expect(timestamp(new Date(at))).toBe(printed);
  });
});
