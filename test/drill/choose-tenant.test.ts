import { describe, expect, test } from 'vitest';
import { chooseTenant } from '../../functions/drill/choose-tenant.ts';

describe('whose turn it is', () => {
  const drills = [
    { tenant: 'a', writtenAt: new Date('2026-01-03') },
    { tenant: 'left', writtenAt: new Date('2026-01-02') },
    { tenant: 'b', writtenAt: new Date('2026-01-02') },
    { tenant: 'a', writtenAt: new Date('2026-01-01') },
  ];

  test.each<[candidates: string[], chosen: string | null]>([
    [['a', 'b'], 'b'],
    [['b', 'a'], 'b'],
    [['a'], 'a'],
    [['b', 'new', 'newer'], 'new'],
    [[], null],
  ])('of %j: %s', (candidates, chosen) => {
    expect(chooseTenant(candidates, drills)).toBe(chosen);
  });
});
