import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { buildStack } from '../synthesize.ts';

const warningsOf = (settings: Record<string, unknown>): unknown[] =>
  Annotations.fromStack(buildStack(settings).stack)
    .findWarning('*', Match.anyValue())
    .map(({ id, entry }) => [id, entry.data]);

const nightly = (expression: string, timeZone: string) => ({
  schedules: [{ name: 'nightly', expression, timeZone }],
});

describe('synthesis', () => {
  it('warns of a schedule that summer time robs of a night, and names a better hour', () => {
    expect(warningsOf(nightly('cron(30 2 * * ? *)', 'Europe/Berlin'))).toEqual([
      [
        '/TenantBackup/Default/Schedules/nightly',
        expect.stringMatching(
          /^schedule nightly does not run at 02:30 on 20\d\d-03-\d\d: Europe\/Berlin skips that time, which leaves 47 hours without a run; 03:30 exists every day/,
        ),
      ],
    ]);
  });

  it('warns of such a drill', () => {
    const drill = { schedule: 'cron(0 2 ? * SUN *)', timeZone: 'America/New_York', into: 'scratch' };
    expect(warningsOf({ drill })).toEqual([
      [
        '/TenantBackup/Default/Drill/Schedule',
        expect.stringContaining('the drill does not run at 02:00 on '),
      ],
    ]);
  });

  it.each([
    ['the shipped schedule', {}],
    ['an hour that exists', nightly('cron(30 3 * * ? *)', 'Europe/Berlin')],
    ['nights that are never skipped', nightly('cron(30 2 ? * MON-FRI *)', 'Europe/Berlin')],
    ['runs before and after', nightly('cron(0/15 * * * ? *)', 'Europe/Berlin')],
  ])('does not warn of %s', (_, settings) => {
    expect(warningsOf(settings)).toEqual([]);
  });
});
