import { describe, expect, expectTypeOf, it } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import { TIERS } from '../../functions/runtime/names.ts';
import { completeSettings, type SettingsInput } from '../../infra/settings.ts';
import type { TenantBackupProps } from '../../infra/tenant-backup-props.ts';
import { shippedSettings } from './synthesize.ts';

const nightly = { name: 'nightly', expression: 'cron(0 2 * * ? *)' };
const smallest = { schedules: [nightly] };

/** The same with readonly fields and lists. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

const refusal = (settings: unknown): TenantBackupError => {
  try {
    completeSettings(settings, 'tenantBackup');
  } catch (error) {
    if (error instanceof TenantBackupError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
};

describe('completeSettings', () => {
  it('accepts the settings that are shipped', () => {
    const { schedules, retention } = completeSettings(shippedSettings, 'tenantBackup');
    expect(schedules).toEqual([
      {
        ...nightly,
        timeZone: 'Etc/UTC',
        flexibleWindowMinutes: 30,
        spreadMinutes: 0,
        storeUnchanged: true,
        tier: 'daily',
      },
    ]);
    expect(retention.daily).toEqual({ days: 35, newestVersions: 14, transitions: [] });
  });

  it('needs schedules only, and fills in the rest as it is shipped', () => {
    const { schedules: _, ...shipped } = completeSettings(shippedSettings, 'tenantBackup');
    expect(completeSettings(smallest, 'tenantBackup')).toMatchObject(shipped);
  });

  it('has a retention for every tier', () => {
    expect(Object.keys(completeSettings(smallest, 'tenantBackup').retention).sort()).toEqual(
      [...TIERS].sort(),
    );
  });

  it('keeps the defaults of a tier beside the one that is set', () => {
    const { retention } = completeSettings(
      { ...smallest, retention: { weekly: { days: 7 } } },
      'tenantBackup',
    );
    expect(retention.weekly).toEqual({ days: 7, newestVersions: 4, transitions: [] });
    expect(retention.daily).toEqual({ days: 35, newestVersions: 14, transitions: [] });
  });

  it.each([
    ['Europe/Berlin'],
    ['America/Argentina/Buenos_Aires'],
    ['UTC'],
    ['US/Pacific'],
    ['EST5EDT'],
    ['Etc/GMT-2'],
  ])('accepts the time zone %s', (timeZone) => {
    const { schedules } = completeSettings({ schedules: [{ ...nightly, timeZone }] }, 'tenantBackup');
    expect(schedules[0]?.timeZone).toBe(timeZone);
  });

  it.each<[name: string, settings: object, words: readonly string[]]>([
    ['an unknown field', { retentionDays: 3 }, ['unknown field', 'retentionDays']],
    [
      'an unknown field of a schedule',
      { schedules: [{ ...nightly, timezone: 'UTC' }] },
      ['unknown field', 'schedules.0.timezone'],
    ],
    ['an unknown tier', { retention: { hourly: { days: 3 } } }, ['unknown field', 'retention.hourly']],
    [
      'a tag with a wildcard',
      { restorePrincipalTag: { key: 'mfa', value: '*' } },
      ['restorePrincipalTag.value', 'letters, digits', '"*"'],
    ],
    [
      'a tag without a key',
      { restorePrincipalTag: { key: '', value: 'yes' } },
      ['restorePrincipalTag.key', 'letters, digits', '""'],
    ],
    ['no schedule', { schedules: [] }, ['schedules', 'at least 1', 'got []']],
    ['a missing expression', { schedules: [{ name: 'nightly' }] }, ['schedules.0.expression', 'string']],
    [
      'a schedule named twice',
      { schedules: [nightly, { ...nightly, expression: 'rate(1 day)' }] },
      ['schedules.1.name', 'must not be used twice', '"nightly"'],
    ],
    [
      'a name that a schedule cannot have',
      { schedules: [{ ...nightly, name: 'Every night' }] },
      ['schedules.0.name', 'lower-case', '"Every night"'],
    ],
    [
      'a wrong expression',
      { schedules: [{ ...nightly, expression: 'cron(0 25 * * ? *)' }] },
      ['schedules.0.expression', 'hours between 0 and 23', '25'],
    ],
    [
      'an unknown time zone',
      { schedules: [{ ...nightly, timeZone: 'Europe/Atlantis' }] },
      ['schedules.0.timeZone', 'IANA', '"Europe/Atlantis"'],
    ],
    [
      'an offset for a time zone',
      { schedules: [{ ...nightly, timeZone: '+02:00' }] },
      ['schedules.0.timeZone', 'IANA', '"+02:00"'],
    ],
    [
      'a time zone in lower case',
      { schedules: [{ ...nightly, timeZone: 'europe/berlin' }] },
      ['schedules.0.timeZone', 'IANA', '"europe/berlin"'],
    ],
    [
      'a step larger than its field',
      { schedules: [{ ...nightly, expression: 'cron(0 2/24 * * ? *)' }] },
      ['schedules.0.expression', 'hours with steps of 1 to 23', '2/24'],
    ],
    [
      'a step larger than its field, for drills',
      { drill: { schedule: 'cron(*/60 2 * * ? *)', into: 'scratch' } },
      ['drill.schedule', 'minutes with steps of 1 to 59', '*/60'],
    ],
    [
      'a date that never comes',
      { schedules: [{ ...nightly, expression: 'cron(0 2 31 2 ? *)' }] },
      ['schedules.0.expression', 'a date from', '31 2'],
    ],
    [
      'hours between audits that do not divide a day',
      { audit: { everyHours: 5 } },
      ['audit.everyHours', '12, 24', '5'],
    ],
    [
      'a window of more than a day',
      { schedules: [{ ...nightly, flexibleWindowMinutes: 1441 }] },
      ['schedules.0.flexibleWindowMinutes', 'at most 1440', '1441'],
    ],
    [
      'a schedule that makes safety backups',
      { schedules: [{ ...nightly, tier: 'safety' }] },
      ['schedules.0.tier', 'daily, weekly, monthly, yearly', '"safety"'],
    ],
    [
      'a retention of no days',
      { retention: { daily: { days: 0 } } },
      ['retention.daily.days', 'at least 1', '0'],
    ],
    [
      'more newest versions than S3 keeps',
      { retention: { daily: { newestVersions: 102 } } },
      ['retention.daily.newestVersions', 'at most 101', '102'],
    ],
    ['half a day', { retention: { daily: { days: 0.5 } } }, ['retention.daily.days', '0.5']],
    [
      'a log retention that CloudWatch does not have',
      { logRetentionDays: 42 },
      ['logRetentionDays', '90', '42'],
    ],
    ['logs for ever', { logRetentionDays: 9999 }, ['logRetentionDays', '9999']],
    ['a concurrency of one', { maximumConcurrency: 1 }, ['maximumConcurrency', 'at least 2', '1']],
    [
      'a concurrency beyond SQS',
      { maximumConcurrency: 1001 },
      ['maximumConcurrency', 'at most 1000', '1001'],
    ],
    [
      'two lanes of one name',
      {
        lanes: [
          { name: 'eu', maximumConcurrency: 5 },
          { name: 'eu', maximumConcurrency: 9 },
        ],
      },
      ['lanes.1.name', 'must not be used twice', 'eu'],
    ],
    ['a lane without a limit', { lanes: [{ name: 'eu' }] }, ['lanes.0.maximumConcurrency', 'number']],
    [
      'an unchanged backup that is neither stored nor left out',
      { schedules: [{ ...nightly, storeUnchanged: 'no' as never }] },
      ['schedules.0.storeUnchanged', 'boolean'],
    ],
    [
      'a spread longer than SQS delays',
      { schedules: [{ ...nightly, spreadMinutes: 16 }] },
      ['schedules.0.spreadMinutes', 'at most 15', '16'],
    ],
    ['no attempt', { maxReceiveCount: 0 }, ['maxReceiveCount', 'at least 1', '0']],
    ['an export limit of nothing', { maxExportMegabytes: 0 }, ['maxExportMegabytes', 'at least 1', '0']],
    [
      'a timeout beyond Lambda',
      { backup: { timeoutSeconds: 901 } },
      ['backup.timeoutSeconds', 'at most 900', '901'],
    ],
    [
      'less memory than Lambda has',
      { restore: { memoryMegabytes: 64 } },
      ['restore.memoryMegabytes', 'at least 128', '64'],
    ],
    [
      'exports that the backup function has no memory for',
      { maxExportMegabytes: 121 },
      ['backup.memoryMegabytes', 'at least 2064', '121 megabytes', 'got 2048'],
    ],
    [
      'exports that the restore function has no memory for',
      { maxExportMegabytes: 49 },
      ['restore.memoryMegabytes', 'at least 3068', '49 megabytes', 'got 3008'],
    ],
    ['another removal', { removal: 'snapshot' }, ['removal', 'retain, destroy', '"snapshot"']],
    ['a name with a space', { name: 'Tenant Backup' }, ['name', '"Tenant Backup"']],
    ['a name that leaves no room for the verb', { name: 'n'.repeat(41) }, ['name', '1 to 40']],
    [
      'a prefix of secrets without a slash',
      { enrolmentPrefix: 'acme' },
      ['enrolmentPrefix', 'end in a slash', '"acme"'],
    ],
    ['a number as text', { maxReceiveCount: '3' }, ['maxReceiveCount', 'number', '"3"']],
  ])('refuses %s, naming field, bound and value', (_, settings, words) => {
    const error = refusal({ ...smallest, ...settings });
    expect(error.code).toBe('INVALID_CONFIGURATION');
    for (const word of words) expect(error.message).toContain(word);
  });

  it('takes exactly the props of the construct', () => {
    expectTypeOf<keyof SettingsInput>().toEqualTypeOf<keyof TenantBackupProps>();
    ({}) as Frozen<SettingsInput> satisfies TenantBackupProps;
    ({}) as TenantBackupProps satisfies Omit<Frozen<SettingsInput>, 'logRetentionDays'>;
  });
});
