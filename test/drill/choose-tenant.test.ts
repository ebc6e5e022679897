import { describe, expect, test } from 'vitest';
import { tenantsInTurn } from '../../functions/drill/choose-tenant.ts';

describe('whose turn it is', () => {
  const drills = [
    { tenant: 'a', writtenAt: new Date('2026-01-03') },
    { tenant: 'left', writtenAt: new Date('2026-01-02') },
    { tenant: 'b', writtenAt: new Date('2026-01-02') },
    { tenant: 'a', writtenAt: new Date('2026-01-01') },
  ];

  test.each<[candidates: string[], inTurn: string[]]>([
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [
      ['b', 'a'],
      ['b', 'a'],
    ],
    [['a'], ['a']],
    [
      ['b', 'newer', 'new'],
      ['new', 'newer', 'b'],
    ],
    [[], []],
  ])('of %j: %j', (candidates, inTurn) => {
    expect(tenantsInTurn(candidates, drills)).toEqual(inTurn);
  });
});
