import { expect, it } from 'vitest';
import { NO_LOCKS, versionLocks } from '../../../functions/vault/retention/retention-locks.ts';

const days = { daily: 7, weekly: 7, monthly: 7, yearly: 365, manual: 0, safety: 3 };
const now = () => new Date('2026-03-01T12:00:00Z');

it('locks a version for the days of its tier, from now on', () => {
  expect(versionLocks({ mode: 'governance', days }, now)('daily')).toEqual({
    ObjectLockMode: 'GOVERNANCE',
    ObjectLockRetainUntilDate: new Date('2026-03-08T12:00:00Z'),
  });
  expect(versionLocks({ mode: 'compliance', days }, now)('safety')).toEqual({
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: new Date('2026-03-04T12:00:00Z'),
  });
});

it('asks for nothing where a tier, or the vault, has no lock', () => {
  expect(versionLocks({ mode: 'governance', days }, now)('manual')).toEqual({});
  expect(versionLocks(null, now)('daily')).toEqual({});
  expect(NO_LOCKS('daily')).toEqual({});
});
