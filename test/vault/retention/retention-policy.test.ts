import { describe, expect, it } from 'vitest';
import { TenantBackupError } from '../../../functions/errors.ts';
import { TIERS } from '../../../functions/runtime/names.ts';
import { parseRetentionPolicy } from '../../../functions/vault/retention/retention-policy.ts';
import { tierRules } from '../../../functions/vault/retention/retention-rules.ts';
import { completeSettings } from '../../../infra/settings.ts';

const smallest = { schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }] };
const policyOf = (settings: object) =>
  completeSettings({ ...smallest, ...settings }, 'tenantBackup').retentionPolicy;

const refusal = (action: () => unknown): TenantBackupError => {
  try {
    action();
  } catch (error) {
    if (error instanceof TenantBackupError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

const moves = (...transitions: [storageClass: string, days: number][]) => ({
  retention: {
    monthly: { transitions: transitions.map(([storageClass, days]) => ({ storageClass, days })) },
  },
});

describe('the retention policy', () => {
  it('locks nothing and copies to all calendar tiers unless told otherwise', () => {
    expect(policyOf({})).toMatchObject({
      promote: ['weekly', 'monthly', 'yearly'],
      objectLock: null,
      onlyLifecycleDeletes: true,
      tiers: { daily: { days: 35, newestVersions: 14, transitions: [] } },
    });
    expect(policyOf({ promote: [] }).promote).toEqual([]);
  });

  it('locks each tier for the same days but where a tier has days of its own', () => {
    const { objectLock } = policyOf({
      objectLock: { mode: 'compliance', days: 7, tiers: { yearly: 365, manual: 0 } },
    });
    expect(objectLock).toEqual({
      mode: 'compliance',
      days: { daily: 7, weekly: 7, monthly: 7, yearly: 365, manual: 0, safety: 7 },
    });
  });

  it('allows a lock as long as the lifecycle waits', () => {
    expect(policyOf({ objectLock: { mode: 'governance', days: 30 } }).objectLock?.days.safety).toBe(30);
  });

  it('does not refuse deletions in a vault for trials', () => {
    expect(policyOf({ removal: 'destroy' }).onlyLifecycleDeletes).toBe(false);
  });

  it.each([
    ['straight to an archive', moves(['DEEP_ARCHIVE', 1])],
    ['to an archive thirty days after infrequent access', moves(['STANDARD_IA', 30], ['GLACIER', 60])],
    [
      'down the whole waterfall',
      moves(['INTELLIGENT_TIERING', 1], ['GLACIER_IR', 2], ['GLACIER', 3], ['DEEP_ARCHIVE', 4]),
    ],
    ['from one zone to an archive', moves(['ONEZONE_IA', 30], ['DEEP_ARCHIVE', 60])],
  ])('moves old versions %s', (_, settings) => {
    const { days, transitions } = policyOf(settings).tiers.monthly;
    expect(days).toBe(400);
    expect(transitions).toEqual(settings.retention.monthly.transitions);
  });

  it.each<[name: string, settings: object, words: readonly string[]]>([
    [
      'infrequent access too early',
      moves(['STANDARD_IA', 29]),
      ['retention.monthly.transitions.0.days', 'at least 30 for STANDARD_IA', 'got 29'],
    ],
    [
      'one zone too early',
      moves(['ONEZONE_IA', 7]),
      ['transitions.0.days', 'at least 30 for ONEZONE_IA', 'got 7'],
    ],
    [
      'an archive too soon after infrequent access',
      moves(['STANDARD_IA', 30], ['GLACIER', 59]),
      ['transitions.1.days', 'at least 60', 'STANDARD_IA from day 30', 'got 59'],
    ],
    [
      'two moves on one day',
      moves(['GLACIER_IR', 5], ['GLACIER', 5]),
      ['transitions.1.days', 'at least 6', 'got 5'],
    ],
    [
      'a move upwards',
      moves(['GLACIER', 5], ['GLACIER_IR', 50]),
      ['transitions.1.storageClass', 'from GLACIER', 'got "GLACIER_IR"'],
    ],
    [
      'the same class twice',
      moves(['GLACIER', 5], ['GLACIER', 50]),
      ['transitions.1.storageClass', 'got "GLACIER"'],
    ],
    [
      'one zone to instant retrieval',
      moves(['ONEZONE_IA', 30], ['GLACIER_IR', 90]),
      ['transitions.1.storageClass', 'from ONEZONE_IA'],
    ],
    [
      'a move of what has gone',
      moves(['GLACIER', 400]),
      ['transitions.0.days', 'less than the 400 days', 'got 400'],
    ],
    [
      'the standard class',
      moves(['STANDARD', 40]),
      ['transitions.0.storageClass', 'DEEP_ARCHIVE', 'got "STANDARD"'],
    ],
    ['a tier to copy to twice', { promote: ['weekly', 'weekly'] }, ['promote', 'once']],
    [
      'a tier that is no calendar tier to copy to',
      { promote: ['safety'] },
      ['promote.0', 'weekly, monthly, yearly', 'got "safety"'],
    ],
    ['a lock without mode', { objectLock: { days: 3 } }, ['objectLock.mode', 'governance, compliance']],
    [
      'a lock of no days',
      { objectLock: { mode: 'governance', days: 0 } },
      ['objectLock.days', 'at least 1', 'got 0'],
    ],
    [
      'a lock of an unknown tier',
      { objectLock: { mode: 'governance', days: 3, tiers: { hourly: 1 } } },
      ['objectLock.tiers', 'hourly'],
    ],
    [
      'a lock that outlasts the lifecycle',
      { objectLock: { mode: 'governance', days: 31 } },
      ['objectLock.days', 'at most retention.safety.days (30)', 'got 31', 'cannot delete what is locked'],
    ],
    [
      'a lock of one tier that outlasts its lifecycle',
      { objectLock: { mode: 'governance', days: 3, tiers: { daily: 36 } } },
      ['objectLock.tiers.daily', 'at most retention.daily.days (35)', 'got 36'],
    ],
    [
      'compliance in a vault for trials',
      { removal: 'destroy', objectLock: { mode: 'compliance', days: 3 } },
      ['objectLock.mode', 'governance', 'removal', 'got "compliance"'],
    ],
  ])('refuses %s, naming field, bound and value', (_, settings, words) => {
    const error = refusal(() => policyOf(settings));
    expect(error.code).toBe('INVALID_CONFIGURATION');
    for (const word of words) expect(error.message).toContain(word);
  });
});

describe('parseRetentionPolicy', () => {
  it('reads what the stack writes', () => {
    const policy = policyOf({
      ...moves(['STANDARD_IA', 30]),
      objectLock: { mode: 'governance', days: 3 },
    });
    expect(parseRetentionPolicy(JSON.stringify(policy), 'RETENTION')).toEqual(policy);
  });

  it.each([
    ['no JSON', 'daily: 3', /RETENTION must be JSON/],
    ['a missing tier', JSON.stringify({ ...policyOf({}), tiers: {} }), /RETENTION: tiers\.daily/],
    ['an unknown field', JSON.stringify({ ...policyOf({}), mode: 'x' }), /RETENTION: unknown field "mode"/],
  ])('refuses %s', (_, text, message) => {
    const error = refusal(() => parseRetentionPolicy(text, 'RETENTION'));
    expect(error).toMatchObject({ code: 'INVALID_ENVIRONMENT', message: expect.stringMatching(message) });
  });
});

describe('tierRules', () => {
  it('has a rule for every tier that counts the current version among the newest', () => {
    const rules = tierRules(policyOf({ retention: { daily: { days: 3, newestVersions: 1 } } }));
    expect(rules.map(({ prefix }) => prefix)).toEqual(TIERS.map((tier) => `${tier}/`));
    expect(rules[0]).toEqual({
      id: 'daily',
      prefix: 'daily/',
      noncurrentDays: 3,
      newerNoncurrentVersions: 0,
      transitions: [],
      expiredObjectDeleteMarker: true,
      abortUploadsAfterDays: 1,
    });
    expect(rules[1]).toMatchObject({ noncurrentDays: 84, newerNoncurrentVersions: 3 });
  });
});
