/** Deployments that differ, for the checks of templates against the rules of AWS. */
import { generateKeyPairSync } from 'node:crypto';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TIERS } from '../../functions/runtime/names.ts';
import { MEMORY_AT_LEAST, MEMORY_PER_EXPORT } from '../../infra/settings.ts';
import { TenantBackup } from '../../infra/tenant-backup.ts';
import type { TenantBackupProps } from '../../infra/tenant-backup-props.ts';
import { buildStack } from '../infra/synthesize.ts';

const pem = (type: 'ec' | 'rsa'): string =>
  (type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 4096 })
  ).publicKey.export({ type: 'spki', format: 'pem' }) as string;

const nightly = { name: 'nightly', expression: 'cron(0 2 * * ? *)' };
const lane = (index: number) => ({ name: `lane-${index}`.padEnd(32, 'x'), maximumConcurrency: 1000 });

/** To every storage class. For all tiers, they leave too little room for the other options in the environment. */
const TRANSITIONS = [
  { storageClass: 'STANDARD_IA', days: 30 },
  { storageClass: 'INTELLIGENT_TIERING', days: 60 },
  { storageClass: 'GLACIER_IR', days: 90 },
  { storageClass: 'GLACIER', days: 180 },
  { storageClass: 'DEEP_ARCHIVE', days: 360 },
] as const;

/** Every option, as far from its default as a template shows it. The type demands each new one. */
const everything: { readonly [Option in keyof Required<TenantBackupProps>]: TenantBackupProps[Option] } = {
  name: 'N'.repeat(40),
  enrolmentPrefix: `${'p'.repeat(99)}/`,
  schedules: [
    {
      ...nightly,
      timeZone: 'Europe/Berlin',
      flexibleWindowMinutes: 1440,
      spreadMinutes: 15,
      storeUnchanged: false,
      freshWithinHours: 30,
    },
    { name: 'often', expression: 'rate(5 minutes)', tier: 'weekly' },
    { name: 'once', expression: 'at(2030-01-01T00:00:00)', tier: 'yearly' },
  ],
  retention: Object.fromEntries(
    TIERS.map((tier) => [
      tier,
      {
        days: 36_500,
        newestVersions: 101,
        transitions: tier === 'yearly' ? TRANSITIONS : TRANSITIONS.slice(3, 4),
      },
    ]),
  ),
  promote: ['weekly', 'monthly', 'yearly'],
  objectLock: { mode: 'compliance', days: 30, tiers: { manual: 0, yearly: 2557 } },
  escrowPublicKey: pem('rsa'),
  trustedSigningKeys: Array.from({ length: 2 }, () => pem('ec')),
  maximumConcurrency: 1000,
  lanes: Array.from({ length: 4 }, (_, index) => lane(index)),
  maxReceiveCount: 9,
  retryDelaySeconds: 3600,
  maxExportMegabytes: Math.floor((10_240 - MEMORY_AT_LEAST) / MEMORY_PER_EXPORT.restore),
  dispatch: { memoryMegabytes: 10_240, timeoutSeconds: 900 },
  backup: { memoryMegabytes: 10_240, timeoutSeconds: 900 },
  restore: { memoryMegabytes: 10_240, timeoutSeconds: 900 },
  plan: { memoryMegabytes: 10_240, timeoutSeconds: 900 },
  status: { memoryMegabytes: 10_240, timeoutSeconds: 900 },
  audit: { memoryMegabytes: 10_240, everyHours: 24, shrinkPercent: 1, changePercent: 1, compareDays: 90 },
  drill: {
    memoryMegabytes: 10_240,
    schedule: 'rate(7 days)',
    timeZone: 'Asia/Kolkata',
    into: 'scratch',
    tenants: ['acme', 'shop'],
    credentials: 'carry',
    withinHours: 200,
  },
  alarmEmail: 'identity@example.com',
  restoreNeedsMfa: true,
  restorePrincipalTag: { key: 'k'.repeat(128), value: 'v'.repeat(256) },
  logRetentionDays: 3653,
  ledgerRetentionDays: 36_500,
  accessLogRetentionDays: 36_500,
  removal: 'retain',
};

const settings: Readonly<Record<string, Record<string, unknown>>> = {
  default: {},
  everything: { ...everything, tags: { owner: 'identity' }, terminationProtection: true },
  trial: { removal: 'destroy', logRetentionDays: 1 },
  'trial with a lock': { removal: 'destroy', objectLock: { mode: 'governance', days: 1 } },
  drills: { drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' } },
  lanes: { lanes: [lane(1)], alarmEmail: 'identity@example.com' },
  'smallest sizes': {
    name: 'n',
    enrolmentPrefix: 'p/',
    maxExportMegabytes: 1,
    promote: [],
    retention: { daily: { days: 1, newestVersions: 1 } },
    ...Object.fromEntries(
      ['dispatch', 'backup', 'restore', 'plan', 'status', 'audit'].map((verb) => [
        verb,
        { memoryMegabytes: MEMORY_AT_LEAST + MEMORY_PER_EXPORT.restore, timeoutSeconds: 1 },
      ]),
    ),
  },
};

/** Two deployments in a stack of somebody else. */
function twins(): Template {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Identity');
  new TenantBackup(stack, 'Eu', { schedules: [nightly] });
  new TenantBackup(stack, 'Us', {
    name: 'us',
    enrolmentPrefix: 'us/',
    schedules: [{ ...nightly, name: 'nightly-us' }],
  });
  return Template.fromStack(stack);
}

/** The templates of all configurations, by name. */
export const templates: Readonly<Record<string, Template>> = {
  ...Object.fromEntries(
    Object.entries(settings).map(([name, over]) => [name, Template.fromStack(buildStack(over).stack)]),
  ),
  twins: twins(),
};
