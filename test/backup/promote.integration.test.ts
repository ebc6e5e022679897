import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import type { BackupRequest } from '../../functions/backup/request.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import type { Tier } from '../../functions/runtime/names.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol } from '../deployed.ts';

/** Copies in weekly, monthly and yearly, when attempts break off between two uploads: real S3, KMS and HTTP calls. */

const request = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-03-03T02:00:00Z' } as const;

let deployed: Deployed;
let sandbox: Sandbox;
let clients: Clients;

beforeAll(async () => {
  deployed = await deploy();
  sandbox = await startSandbox();
  clients = await clientsInProcess(deployed);
  await enrol(deployed, sandbox, { id: 'acme', tree: demoTenants()[0]?.tree ?? {} });
});

afterAll(async () => {
  await sandbox?.close();
  await deployed?.close();
});

/** The clients of a delivery that comes after the end of earlier claims. */
const later = (minutes: number): Clients => ({
  ...clients,
  now: () => new Date(Date.now() + minutes * 60_000),
});

/** The clients of a function that ends before it stores anything in this tier. */
const endingBefore = (tier: Tier, minutes: number): Clients => ({
  ...later(minutes),
  vault: {
    ...clients.vault,
    put: async (...put) => {
      if (put[0] === tier) throw new Error(`ended before ${tier}`);
      return clients.vault.put(...put);
    },
  },
});

const backUp = async (asked: BackupRequest, tools = clients) =>
  backUpTenant(asked, await clients.enrolments.get(asked.tenant), tools);

const tiers = async () => (await deployed.deployment.versionsOf('acme')).map(({ tier }) => tier).sort();

test('a request that comes again after attempts that broke off fills every tier once', async () => {
  await expect(backUp(request, endingBefore('monthly', 0))).rejects.toThrow('ended before monthly');
  expect(await tiers()).toEqual(['weekly']);
  // Found in its own tier, a request has nothing left to do: so that comes last.
  await expect(backUp(request, endingBefore('daily', 5))).rejects.toThrow('ended before daily');
  expect(await tiers()).toEqual(['monthly', 'weekly', 'yearly']);

  expect(await backUp(request, later(10))).toMatchObject({ outcome: 'stored', promoted: [] });
  expect(await backUp(request)).toMatchObject({ outcome: 'found' });
  expect(await tiers()).toEqual(['daily', 'monthly', 'weekly', 'yearly']);
});

test('the report says which tiers got a copy', async () => {
  const again = (scheduledTime: string) => backUp({ ...request, scheduledTime });
  expect(await again('2026-03-04T02:00:00Z')).toMatchObject({ outcome: 'stored', promoted: [] });
  expect(await again('2026-03-30T02:00:00Z')).toMatchObject({ promoted: ['weekly'] });
  expect(await again('2026-04-01T02:00:00Z')).toMatchObject({ promoted: ['monthly'] });
});
