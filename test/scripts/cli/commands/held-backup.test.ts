import { describe, expect, it } from 'vitest';
import type { KeyHistory } from '../../../../functions/vault/storage/retention.client.ts';
import { chooseHeld } from '../../../../scripts/cli/commands/held-backup.ts';

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
  it('holds and releases the version asked for, in whatever tier', () => {
    expect(chooseHeld(histories, 'acme', 's3')).toMatchObject({ tier: 'safety', versionId: 's3' });
    expect(chooseHeld(histories, 'acme', 'd2')).toMatchObject({ versionId: 'd2' });
  });

  it('releases the only one that is held', () => {
    expect(chooseHeld(histories, 'acme', undefined)).toMatchObject({ versionId: 'd1' });
  });

  it('asks which one of several to release', () => {
    const several = [
      ...histories,
      { tier: 'manual' as const, tenant: 'acme', entries: [entry('m1', 1, { held: true })] },
    ];
    expect(() => chooseHeld(several, 'acme', undefined)).toThrow(/name one of 2 held backups: d1, m1/);
  });

  it('refuses what does not exist', () => {
    expect(codeOf(() => chooseHeld([], 'acme', undefined))).toBe('NO_BACKUP');
    expect(codeOf(() => chooseHeld(histories, 'acme', 'marker'))).toBe('VERSION_NOT_FOUND');
    expect(codeOf(() => chooseHeld(histories.slice(1), 'acme', undefined))).toBe('VERSION_NOT_FOUND');
  });
});
