/** One stolen role or right, one act a night, and the rest of the fleet in honest work: the audit of the next hour names each act,
 * and sends its name. */
import { PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DeleteSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import type { FindingCode } from '../../functions/audit/findings.ts';
import { ENROLMENT_PREFIX, SCHEDULE_TAG } from '../../functions/runtime/names.ts';
import { clientSettings } from '../../scripts/local/local-aws.ts';
import { LocalVault, treeOf } from './local-vault.ts';

const CLIENTS = 100;
const TENANTS = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'soylent', 'stark', 'wayne'] as const;
type Tenant = (typeof TENANTS)[number];

/** Clients whose secrets somebody replaced. */
const rotated = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`client-${index}`, { client_secret: `rotated-${index}` }]),
  );

let local: LocalVault;
let secrets: SecretsManagerClient;
let last: AuditReport;
let first: Readonly<Record<Tenant, string>>;

const night = async () =>
  Object.fromEntries(
    await Promise.all(TENANTS.map(async (tenant) => [tenant, await local.backUp(tenant, treeOf(CLIENTS))])),
  ) as Record<Tenant, string>;

/** Findings of the next audit that the one before did not have. */
async function nextHour() {
  const settings = { ...local.tools().settings, schedules: { nightly: 26, yearly: 8784 } };
  const report = await local.audit(0, { settings });
  const before = new Set(last?.findings.map(({ id }) => id));
  last = report;
  return report.findings.filter(({ id }) => !before.has(id));
}

beforeAll(async () => {
  local = await LocalVault.start();
  secrets = new SecretsManagerClient(clientSettings(local.localAws));
  for (const tenant of TENANTS) await local.enrol(tenant);
  first = await night();
  await night();
});
afterAll(async () => {
  secrets?.destroy();
  await local?.stop();
});

const tag = (tenant: Tenant, schedule: string) =>
  secrets.send(
    new TagResourceCommand({
      SecretId: ENROLMENT_PREFIX + tenant,
      Tags: [{ Key: SCHEDULE_TAG, Value: schedule }],
    }),
  );

/** Bytes of a night, put into the vault again by a thief of the backup role. */
async function replay(tenant: Tenant) {
  const versions = await local.vault.listVersions('daily', tenant);
  const old = versions.find(({ versionId }) => versionId === first[tenant]);
  if (!old) throw new Error('the first night is there');
  // S3 knows whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const bytes = await local.vault.get(old, { maxBytes: 1e6 });
  await local.vault.put('daily', tenant, bytes, '2026-01-31T02:00:00Z');
}

async function letIn(keyArn: string) {
  const account = keyArn.replace(/^(.*):kms:.*?:(\d+):.*/, '$1:iam::$2');
  const allow = (principal: string) => ({
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'kms:*',
    Resource: '*',
  });
  const Statement = [allow(`${account}:root`), allow(`${account}:user/mallory`)];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await local.kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy }));
}

async function shrinkSlowly(tenant: Tenant) {
  for (const clients of [93, 86, 79]) await local.backUp(tenant, treeOf(clients));
}

async function flood(tenant: Tenant) {
  for (let index = 0; index < 31; index++) await local.backUp(tenant, treeOf(1), { tier: 'manual' });
}

describe('a week of sabotage', () => {
  it('begins with nothing to find', async () => {
    expect(await nextHour()).toEqual([]);
  });

  it('has honest work in it, which is no finding', async () => {
    await local.backUp('acme', treeOf(CLIENTS, rotated(30)));
    await local.backUp('globex', treeOf(CLIENTS + 40));
    await local.backUp('initech', treeOf(CLIENTS - 10));
    await local.backUp('umbrella', treeOf(CLIENTS), { tier: 'manual' });
    expect(await nextHour()).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>, FindingCode, string | null]>([
    [
      'replaces every secret of a tenant',
      () => local.backUp('hooli', treeOf(CLIENTS, rotated(CLIENTS))),
      'SECRETS_CHANGED',
      'hooli',
    ],
    ['removes some clients each night', () => shrinkSlowly('umbrella'), 'BACKUP_SHRANK', 'umbrella'],
    [
      'points an enrolment at another host',
      () => local.backUp('globex', treeOf(CLIENTS + 40), { issuer: 'https://evil.example/globex/system' }),
      'SOURCE_CHANGED',
      'globex',
    ],
    [
      'leaves the credentials out of the backups',
      () => local.backUp('acme', treeOf(CLIENTS, rotated(30)), { parts: ['hub.config'] }),
      'BACKUP_NARROWED',
      'acme',
    ],
    ['names a slower schedule', () => tag('initech', 'yearly'), 'SCHEDULE_SLOWED', 'initech'],
    [
      'seals for a key of its own',
      async () => {
        const keys = { ...local.keys, credentials: await local.createKey('credentials', 'theirs') };
        await local.backUp('soylent', treeOf(CLIENTS), { keys });
      },
      'RECIPIENTS_CHANGED',
      null,
    ],
    ['lets itself in at a key', () => letIn(local.keys.credentials), 'KEY_PRINCIPAL_UNEXPECTED', null],
    ['stores an old night again', () => replay('stark'), 'BACKUP_BROKEN', 'stark'],
    ['floods the vault', () => flood('stark'), 'BACKUPS_TOO_MANY', 'stark'],
    [
      'deletes a version',
      () =>
        local.s3.send(
          new DeleteObjectCommand({ Bucket: 'vault', Key: 'daily/wayne.tar', VersionId: first.wayne }),
        ),
      'BACKUP_MISSING',
      'wayne',
    ],
    [
      'forges a history',
      () =>
        local.s3.send(
          new PutObjectCommand({
            Bucket: 'ledger',
            Key: 'reports/tenants/wayne.json',
            Body: '{"all":"well"}',
          }),
        ),
      'LEDGER_ENTRY_UNEXPECTED',
      null,
    ],
    ['shortens the lifecycle', () => local.setLifecycle((days) => days - 1), 'VAULT_SETTINGS_CHANGED', null],
    [
      'deletes an enrolment',
      () =>
        secrets.send(
          new DeleteSecretCommand({ SecretId: `${ENROLMENT_PREFIX}wayne`, ForceDeleteWithoutRecovery: true }),
        ),
      'ENROLMENT_GONE',
      'wayne',
    ],
  ])('names at the next hour who %s', async (_, act, code, tenant) => {
    await local.messages();
    await act();
    const found = await nextHour();
    expect(found.map((finding) => [finding.code, finding.tenant])).toContainEqual([code, tenant]);
    const [message] = await local.messages(1);
    expect(message?.text).toContain(code);
  });

  it('forgets none of them: what has not been undone or acknowledged is in the last report', async () => {
    await nextHour();
    const codes = new Set(
      last.findings.filter(({ severity }) => severity !== 'known').map(({ code }) => code),
    );
    expect([...codes]).toEqual(
      expect.arrayContaining([
        'SECRETS_CHANGED',
        'BACKUP_SHRANK',
        'SOURCE_CHANGED',
        'BACKUP_NARROWED',
        'SCHEDULE_SLOWED',
        'RECIPIENTS_CHANGED',
        'KEY_PRINCIPAL_UNEXPECTED',
        'ENROLMENT_GONE',
      ]),
    );
  });
});
