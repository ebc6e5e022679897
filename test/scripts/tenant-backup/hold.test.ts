import { describe, expect, it } from 'vitest';
import type { KeyHistory } from '../../../functions/vault/retention.client.ts';
import { chooseHeld } from '../../../scripts/tenant-backup/hold.ts';

const entry = (versionId: string, day: number, more: object = {}) => ({
  versionId,
  storedAt: new Date(Date.UTC(2026, 2, day)),
  sizeBytes: 1,
  ...more,
});
const histories: KeyHistory[] = [
  { tier: 'daily', tenant: 'acme', entries: [entry('d2', 2), entry('d1', 1, { held: true })] },
  { tier: 'weekly', tenant: 'acme', entries: [entry('w1', 1), entry('marker', 9, { deleteMarker: true })] },
  { tier: 'safety', tenant: 'acme', entries: [entry('s3', 3)] },
];
const codeOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'nothing thrown';
};

describe('chooseHeld', () => {
  it('holds the newest backup, safety backups and delete markers aside', () => {
    expect(chooseHeld(histories, 'acme', undefined, true)).toEqual({
      tenant: 'acme',
      tier: 'daily',
      versionId: 'd2',
    });
  });

  it('holds and releases the version asked for, in whatever tier', () => {
    expect(chooseHeld(histories, 'acme', 's3', true)).toMatchObject({ tier: 'safety', versionId: 's3' });
    expect(chooseHeld(histories, 'acme', 'd2', false)).toMatchObject({ versionId: 'd2' });
  });

  it('releases the only one that is held', () => {
    expect(chooseHeld(histories, 'acme', undefined, false)).toMatchObject({ versionId: 'd1' });
  });

  it('asks which one of several to release', () => {
    const several = [
      ...histories,
      { tier: 'manual' as const, tenant: 'acme', entries: [entry('m1', 1, { held: true })] },
    ];
    expect(() => chooseHeld(several, 'acme', undefined, false)).toThrow(/which of 2 held backups: d1, m1/);
  });

  it('refuses what does not exist', () => {
    expect(codeOf(() => chooseHeld([], 'acme', undefined, true))).toBe('NO_BACKUP');
    expect(codeOf(() => chooseHeld(histories, 'acme', 'marker', true))).toBe('VERSION_NOT_FOUND');
    expect(codeOf(() => chooseHeld(histories.slice(2), 'acme', undefined, true))).toBe('VERSION_NOT_FOUND');
    expect(codeOf(() => chooseHeld(histories.slice(1), 'acme', undefined, false))).toBe('VERSION_NOT_FOUND');
  });
});
