import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../rejection.ts';
import { escrowPair } from '../vault/sample-backup.ts';
import { longestOf } from './longest-values.ts';
import { buildStack, resourcesOf, synthesize } from './synthesize.ts';

const named = (count: number, length = 32): string[] =>
  Array.from({ length: count }, (_, index) => `${index}`.padEnd(length, 'n'));
const publicKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    type: 'spki',
    format: 'pem',
  }) as string;

/** The longest names that all others begin with. */
const longNames = { stackName: 'S'.repeat(40), enrolmentPrefix: `${'e'.repeat(99)}/` };
const schedules = (count: number, length?: number) =>
  named(count, length).map((name) => ({ name, expression: 'cron(0 2 * * ? *)' }));
const lanes = named(20).map((name) => ({ name, maximumConcurrency: 1000 }));
const trustedSigningKeys = Array.from({ length: 8 }, publicKey);
const escrowPublicKey = escrowPair(4096).publicKey;
const drill = { schedule: 'rate(1 day)', into: 'scratch' };
const objectLock = { mode: 'governance', days: 30 };
const tier = {
  days: 36_500,
  newestVersions: 101,
  transitions: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'].map(
    (storageClass, index) => ({ storageClass, days: 10_000 + index * 1_000 }),
  ),
};
const retention = { daily: tier, weekly: tier, monthly: tier, yearly: tier, manual: tier, safety: tier };

/** Bytes of each function's environment as Lambda measures them: the JSON of all variables. */
function bytesByFunction(settings: Record<string, unknown>): Record<string, number> {
  const template = synthesize(settings);
  const stackName = String(settings['stackName'] ?? 'TenantBackup');
  return Object.fromEntries(
    Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(({ Properties }) => {
      const { Variables } = Properties['Environment'] as { Variables: Record<string, unknown> };
      const variables = Object.fromEntries(
        Object.entries(Variables).map(([name, value]) => [name, longestOf(value, template, stackName)]),
      );
      return [String(Properties['FunctionName']), Buffer.byteLength(JSON.stringify(variables))];
    }),
  );
}

/** The first synthesis of a process takes the longest. */
const shipped = bytesByFunction({ drill });

describe('the environment of every function fits into 4 KB', () => {
  it.each<[string, Record<string, unknown>]>([
    ['fifty-five schedules with the longest names', { ...longNames, drill, schedules: schedules(55) }],
    ['twenty lanes with the longest names', { ...longNames, drill, lanes }],
    ['eight signing keys and an escrow key', { ...longNames, drill, trustedSigningKeys, escrowPublicKey }],
    [
      'the longest retention',
      {
        ...longNames,
        drill,
        retention,
        objectLock,
        escrowPublicKey,
        trustedSigningKeys: trustedSigningKeys.slice(0, 2),
      },
    ],
    [
      'sixty schedules, twenty lanes and keys',
      {
        drill,
        lanes,
        schedules: schedules(60, 20),
        trustedSigningKeys: trustedSigningKeys.slice(0, 2),
        escrowPublicKey,
        objectLock,
      },
    ],
  ])('with %s', (_, settings) => {
    const bytes = bytesByFunction(settings);
    expect(Object.keys(bytes)).toHaveLength(Object.keys(shipped).length);
    for (const [name, size] of Object.entries(bytes)) expect(size, name).toBeLessThanOrEqual(4096);
  });
});

describe('synthesis refuses settings that fit into no environment, and names function, bound, and what takes most', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'schedules',
      { ...longNames, schedules: schedules(80) },
      /Audit: the settings of the function audit must fit into 4096 bytes, got \d+: schedules \d+, retention/,
    ],
    [
      'keys',
      { retention, trustedSigningKeys, schedules: schedules(30) },
      /the function audit must fit into 4096 bytes, got \d+: retention and objectLock \d+, trustedSigningKeys \d+, schedules \d+/,
    ],
    [
      'tenants of drills',
      { drill: { ...drill, tenants: named(1000) } },
      /the function drill must fit into 4096 bytes, got \d+: drill\.tenants \d+/,
    ],
  ])('%s', async (_, settings, message) => {
    const refusal = await rejectionOf(() => buildStack(settings));
    expect(refusal.code).toBe('INVALID_CONFIGURATION');
    expect(refusal.message).toMatch(message);
  });

  it.each([40, 50, 60, 65, 70])(
    'or what is refused would not fit, and what is not does: %s schedules',
    (count) => {
      const settings = { ...longNames, objectLock, schedules: schedules(count) };
      try {
        expect(Math.max(...Object.values(bytesByFunction(settings)))).toBeLessThanOrEqual(4096);
      } catch (refusal) {
        expect(String(refusal)).toContain('must fit into 4096 bytes');
      }
    },
  );
});
