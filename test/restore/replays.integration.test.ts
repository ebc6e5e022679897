import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import type { Tier } from '../../functions/runtime/names.ts';
import { rejectionOf } from '../rejection.ts';
import { openStage, type Stage } from './stage.ts';

/** Old bytes that somebody with the right to put versions stores again. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** A tenant with two backups, and the first of them stored again. */
async function replayedTenant(tenant: string, tier: Tier = 'daily') {
  await stage.backedUp(tenant);
  const { vault } = stage.clients;
  const [first] = await vault.listVersions('daily', tenant);
  if (first === undefined) throw new Error('no backup');
  await stage.backUp(tenant, '2026-02-01T02:00:00Z');
  const bytes = await vault.get(first, { maxBytes: 100_000_000 });
  // S3 knows whole seconds, and what it stored within one has no order.
  await sleep(1_100);
  await vault.put(tier, tenant, bytes, '2026-02-02T02:00:00Z');
  return { first, bytes };
}

const planFor = (tenant: string, request: object = {}) =>
  plan(parsePlanRequest({ tenant, credentials: 'restore', ...request }, new Date()), stage.clients);

test.each<Tier>(['daily', 'monthly'])('are neither planned nor restored from the tier %s', async (tier) => {
  const tenant = `replayed-${tier}`;
  const { first } = await replayedTenant(tenant, tier);
  const before = stage.sandbox.tenant(tenant);
  expect((await rejectionOf(planFor(tenant))).code).toBe('BACKUP_REPLAYED');
  for (const request of [{}, { dryRun: true }, { tier }]) {
    expect((await rejectionOf(stage.restoring(tenant, request))).code).toBe('BACKUP_REPLAYED');
  }
  expect(stage.sandbox.tenant(tenant)).toEqual(before);
  // The same bytes where they were stored first are no replay.
  const { versionId } = first;
  expect(await stage.restoring(tenant, { versionId })).toMatchObject({ verdict: 'verified' });
});

test('are restored if that is said, which is on the record; by a plan, if it is said twice', async () => {
  await replayedTenant('replayed-meant');
  const report = await stage.restoring('replayed-meant', { allowOldBytes: true });
  const entry = await stage.clients.ledger.read('operations', 'replayed-meant', report.operationId);
  expect(entry?.document).toMatchObject({ request: { allowOldBytes: true } });
  const { planId } = await planFor('replayed-meant', { allowOldBytes: true });
  const refused = await rejectionOf(stage.restoring('replayed-meant', { plan: planId }));
  expect(refused.code).toBe('BACKUP_REPLAYED');
  const request = { plan: planId, allowOldBytes: true };
  expect(await stage.restoring('replayed-meant', request)).toMatchObject({ verdict: 'verified' });
});

test('are restored where a person uploaded them, and S3 keeps the name', async () => {
  const { bytes } = await replayedTenant('replayed-upload');
  const { vault } = stage.clients;
  const person = 'arn:aws:sts::111122223333:assumed-role/Operator/she,her';
  const stored = await vault.put('safety', 'replayed-upload', bytes, '2026-02-02T02:00:00Z', {
    uploadedBy: person,
  });
  const { versionId } = stored;
  expect(await vault.uploadedBy({ tier: 'safety', tenant: 'replayed-upload', versionId })).toBe(
    person.replace(',', '_'),
  );
  expect(await stage.restoring('replayed-upload', { versionId })).toMatchObject({ verdict: 'verified' });
});

test('are told from a put that was repeated because its answer was lost', async () => {
  const tenant = await stage.newTenant('put-twice');
  const { vault } = stage.clients;
  const twice: Clients['vault'] = {
    ...vault,
    async put(...put) {
      await vault.put(...put);
      await sleep(1_100);
      return vault.put(...put);
    },
  };
  const request = { tenant, tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;
  const enrolment = await stage.clients.enrolments.get(tenant);
  await backUpTenant(request, enrolment, { ...stage.clients, vault: twice });
  expect((await vault.listVersions('daily', tenant)).length).toBe(2);
  expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified' });
});
