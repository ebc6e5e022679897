import { expect, it } from 'vitest';
import { completeSettings } from '../../infra/settings.ts';
import { escrowPair } from '../vault/sample-backup.ts';
import { pages } from './pages.ts';

const table = pages.find(({ path }) => path === 'docs/SETTINGS.md')?.text ?? '';

/** What `completeSettings` adds to the settings. */
const DERIVED = new Set(['retentionPolicy', 'auditSettings']);

it('docs/SETTINGS.md names every setting of cdk.json, and those of lists and functions', () => {
  const settings = completeSettings(
    {
      schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)', freshWithinHours: 26 }],
      lanes: [{ name: 'slow', maximumConcurrency: 2 }],
      objectLock: { mode: 'governance', days: 1 },
      alarmEmail: 'alarms@example.com',
      restorePrincipalTag: { key: 'mfa', value: 'yes' },
      escrowPublicKey: escrowPair().publicKey,
      drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' },
    },
    'tenantBackup',
  );
  const { schedules, lanes, objectLock, audit, backup, restorePrincipalTag } = settings;
  const names = [settings, schedules[0], lanes[0], objectLock, audit, backup, restorePrincipalTag].flatMap(
    (each) => Object.keys(each ?? {}),
  );
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !DERIVED.has(name) && !table.includes(`\`${name}\``))).toEqual([]);
});
