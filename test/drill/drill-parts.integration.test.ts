import { afterAll, beforeAll, expect, test } from 'vitest';
import { drill } from '../../functions/drill/drill.ts';
import { createDrillTools } from '../../functions/drill/drill-tools.client.ts';
import { type DumpStage, dumpStage } from '../restore/dump-stage.ts';
import { openStage, type Stage } from '../restore/stage.ts';

/** A drill restores all parts of a backup but people, and leaves nothing of the drill before. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

async function newScratch(id: string, changes: object = {}): Promise<string> {
  await stage.newTenant(id, { tree: { name: 'Scratch', servers: { old: { name: 'Old' } } } });
  await stage.changeEnrolment(id, { scratch: true, parts: ['hub', 'system'], ...changes });
  return id;
}

const drilling = (tenant: string, into: string, credentials: 'regenerate' | 'carry' = 'regenerate') => {
  const { s3 } = stage.deployed.deployment;
  const bucket = stage.deployed.deployment.output('vaultBucket');
  return drill({ tenant }, { into, credentials }, createDrillTools(stage.clients, bucket, s3));
};

const elsewhere = (tenant: string, into: string, collection: string) =>
  dumps.list(tenant, collection).map((element) => ({ ...element, tenant_id: into, created_at: null }));
const stored = (into: string, collection: string) =>
  dumps.list(into, collection).map((element) => ({ ...element, created_at: null }));

test('brings back what the hub lacks, with or without secrets, and no roles, domains and people', async () => {
  const tenant = await dumps.backedUp('drilled-parts');
  const scratch = await newScratch('scratch-parts');
  const report = await drilling(tenant, scratch);
  expect(report).toMatchObject({ verdict: 'verified', extra: 0, notDrilled: ['identity.credentials'] });
  expect(report.warnings.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['CREDENTIALS_LOST', 'TENANT_BOUND']),
  );
  for (const name of ['acrs', 'authorization_details', 'consents', 'brute_force_limits']) {
    expect(stored(scratch, name)).toEqual(elsewhere(tenant, scratch, name));
  }
  expect(JSON.stringify(dumps.list(scratch, 'secrets'))).not.toContain('canary-');
  for (const name of ['roles', 'vanity_domains', 'users']) expect(dumps.list(scratch, name)).toEqual([]);

  await drilling(tenant, scratch, 'carry');
  expect(stored(scratch, 'secrets')).toEqual(elsewhere(tenant, scratch, 'secrets'));
});

test('leaves nothing of the tenant drilled before, whose workspaces are gone', async () => {
  const tenant = await dumps.backedUp('drilled-first');
  const { tenant: next } = await stage.backedUp('drilled-next', {
    tree: { name: 'Next', servers: { main: { name: 'Main' } } },
  });
  const scratch = await newScratch('scratch-next');
  await drilling(tenant, scratch);
  expect(dumps.list(scratch, 'acrs')).toHaveLength(3);
  expect(await drilling(next, scratch)).toMatchObject({ verdict: 'verified', notDrilled: [] });
  for (const name of ['acrs', 'secrets', 'consents']) expect(dumps.list(scratch, name)).toEqual([]);
});

test('is of the hub alone where the scratch tenant is enrolled without the system', async () => {
  const tenant = await dumps.backedUp('drilled-hub');
  const scratch = await newScratch('scratch-hub', { parts: ['hub'] });
  expect(await drilling(tenant, scratch)).toMatchObject({
    verdict: 'verified',
    notDrilled: ['system.config', 'system.credentials', 'identity.credentials'],
  });
  expect(dumps.list(scratch, 'acrs')).toEqual([]);
});
