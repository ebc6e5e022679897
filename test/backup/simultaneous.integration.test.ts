import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { createLedger } from '../../functions/vault/storage/ledger.client.ts';
import { createVault } from '../../functions/vault/storage/vault.client.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol } from '../deployed.ts';

/** Deliveries of one request at the same time, with the rights of the backup function: real S3, KMS and HTTP calls. */

let deployed: Deployed;
let sandbox: Sandbox;
let s3: S3Client;
let clients: Clients;

beforeAll(async () => {
  deployed = await deploy();
  sandbox = await startSandbox();
  s3 = new S3Client({ ...(await deployed.asFunction('backupFunction')), forcePathStyle: true });
  clients = {
    ...(await clientsInProcess(deployed)),
    vault: createVault(s3, deployed.deployment.output('vaultBucket')),
    ledger: createLedger(s3, deployed.deployment.output('ledgerBucket')),
  };
  await enrol(deployed, sandbox, { id: 'acme', tree: demoTenants()[0]?.tree ?? {} });
});

afterAll(async () => {
  s3?.destroy();
  await sandbox?.close();
  await deployed?.close();
});

const deliver = async (scheduledTime: string, tools: Clients = clients) =>
  backUpTenant({ tenant: 'acme', tier: 'daily', scheduledTime }, await clients.enrolments.get('acme'), tools);

const versionsIn = (tier: 'daily' | 'weekly') => clients.vault.listVersions(tier, 'acme');

test.each([
  ['two', 2, '2026-03-03T02:00:00Z'],
  ['five', 5, '2026-03-10T02:00:00Z'],
])('%s deliveries of one request at the same time store one version in each tier', async (_, count, time) => {
  const before = { daily: await versionsIn('daily'), weekly: await versionsIn('weekly') };
  const reports = await Promise.all(Array.from({ length: count }, () => deliver(time)));
  const [newest, ...older] = await versionsIn('daily');
  expect(older).toHaveLength(before.daily.length);
  expect(await versionsIn('weekly')).toHaveLength(before.weekly.length + 1);
  expect(reports.map(({ outcome }) => outcome).sort()).toEqual([...Array(count - 1).fill('found'), 'stored']);
  // The others answer as a delivery that comes afterwards.
  const afterwards = await deliver(time);
  expect(afterwards).toMatchObject({ outcome: 'found', versionId: newest?.versionId });
  expect(reports.filter(({ outcome }) => outcome === 'found')).toEqual(Array(count - 1).fill(afterwards));
});

test('a delivery that dies between claim and put leaves the backup to the next one', async () => {
  const time = '2026-03-11T02:00:00Z';
  const dead = Promise.withResolvers<never>();
  const vault = { ...clients.vault, put: () => dead.promise };
  const claimed = Promise.withResolvers<void>();
  const ledger: Clients['ledger'] = {
    ...clients.ledger,
    create: (...entry) => clients.ledger.create(...entry).finally(claimed.resolve),
  };
  const dying = deliver(time, { ...clients, vault, ledger });
  await claimed.promise;
  let waited = 0;
  const next = {
    ...clients,
    now: () => new Date(Date.now() + waited),
    retryTools: {
      ...clients.retryTools,
      sleep: async (milliseconds: number) => {
        waited += milliseconds;
      },
    },
  };
  const report = await deliver(time, next);
  expect(report).toMatchObject({ outcome: 'stored' });
  // It waited for the end of the dead delivery's claim.
  expect(waited).toBeGreaterThan(60_000);
  expect((await versionsIn('daily'))[0]).toMatchObject({ versionId: report.versionId });
  dead.reject(new Error('the process ended'));
  await expect(dying).rejects.toThrow('the process ended');
});
