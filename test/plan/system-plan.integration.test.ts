import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../functions/plan/plan.ts';
import { planAnswer } from '../../functions/plan/plan-answer.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { readPlan } from '../../functions/plan/stored-plan.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { rejectionOf } from '../rejection.ts';
import { type DumpStage, damageSystem, dumpStage } from '../restore/dump-stage.ts';
import { openStage, type Stage } from '../restore/stage.ts';

/** Plans of what no tree shows, made with a key that opens no credential. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

/** Clients with an opener that no part but configurations can be opened with. */
const withoutCredentialsKey = (): Clients => ({
  ...stage.clients,
  sealer: {
    ...stage.clients.sealer,
    opener: (trusted) => stage.clients.sealer.opener({ ...trusted, credentials: [] } as never),
  },
});

const planFor = (tenant: string, request: object = { parts: ['system'] }) =>
  plan(parsePlanRequest({ tenant, ...request }, new Date()), withoutCredentialsKey());

describe('a plan of the part system', () => {
  test('finds nothing where nothing has changed', async () => {
    const tenant = await dumps.backedUp('plan-same');
    const made = await planFor(tenant);
    expect(made).toMatchObject({
      parts: ['system'],
      isEmpty: true,
      changes: [],
      credentialsCompared: true,
      needsCredentialChoice: false,
    });
    expect(made.counts.unchanged).toBeGreaterThan(100);
    expect(made.leftOut).toContain('/clients/system/tenant-backup');
  });

  test('names what is damaged, of a secret only that it differs, and tells as much as a restore', async () => {
    const tenant = await dumps.backedUp('plan-damaged');
    const secrets = dumps.secretsOf(tenant);
    await damageSystem(dumps, tenant);
    const writes = dumps.dumpWritesTo(tenant).length;
    const made = await planFor(tenant);
    expect(made.counts).toMatchObject({ created: 4, updated: 4 });
    const { counts } = await stage.restoring(tenant, { parts: ['system'], dryRun: true });
    expect(made.counts).toEqual(counts);
    expect(made.countsByType['acrs']).toEqual({ created: 1, updated: 2 });
    const of = (pointer: string) => made.changes.find((each) => each.pointer === pointer);
    expect(of('/secrets/customers/crm-token')).toMatchObject({
      type: 'secrets',
      id: 'crm-token',
      workspace: 'customers',
      kind: 'updated',
      properties: [{ pointer: '/secrets/customers/crm-token/secret', secret: true }],
    });
    const disabled = made.changes.find(({ type, kind }) => type === 'acrs' && kind === 'updated');
    expect(disabled?.properties).toEqual([
      { pointer: `${disabled?.pointer}/disabled`, old: true, new: false, secret: false },
    ]);
    expect(made.needsCredentialChoice).toBe(true);
    expect(made.credentialsDiffering).toContain('/secrets/customers/crm-token');
    const said = JSON.stringify([
      planAnswer(made, new Date()),
      await readPlan(stage.clients.ledger, tenant, made.planId),
    ]);
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(said).not.toContain('rotated-by-mistake');
    const { text } = planAnswer(made, new Date());
    expect(text).toContain(`plan ${made.planId}: restore ${tenant} (part system) to backup `);
    expect(text).toContain('~ secrets crm-token in customers\n    secret: secret differs');
    expect(dumps.dumpWritesTo(tenant)).toHaveLength(writes);
  });

  test('is carried out as it is, as long as the tenant is what it was', async () => {
    const tenant = await dumps.backedUp('plan-done');
    const good = dumps.everything(tenant);
    await damageSystem(dumps, tenant);
    const made = await planFor(tenant);
    const unchosen = await rejectionOf(stage.restoring(tenant, { plan: made.planId }));
    expect(unchosen.code).toBe('CREDENTIALS_CHOICE');
    await dumps.damage(tenant, 'system', 'consents', (consent) => ({ ...consent, version: 7 }));
    const request = { plan: made.planId, credentials: 'restore' };
    expect(await rejectionOf(stage.restoring(tenant, request))).toMatchObject({
      code: 'PLAN_STALE',
      facts: { outcome: 'untouched' },
    });
    const fresh = await planFor(tenant, { parts: ['system'], credentials: 'restore' });
    const report = await stage.restoring(tenant, { plan: fresh.planId });
    expect(Object.keys(report.parts)).toEqual(['system']);
    expect(dumps.everything(tenant)).toEqual(good);
  });

  test('of a selection stays fresh where others change', async () => {
    const tenant = await dumps.backedUp('plan-selected');
    await damageSystem(dumps, tenant);
    const selection = [{ resourceType: 'acrs' }];
    const made = await planFor(tenant, { parts: ['system'], selection });
    expect(made.counts).toEqual({ created: 1, updated: 2 });
    await dumps.damage(tenant, 'system', 'consents', (consent) => ({ ...consent, version: 7 }));
    const report = await stage.restoring(tenant, { plan: made.planId });
    expect(report).toMatchObject({ verdict: 'verified', counts: { created: 1, updated: 2 } });
  });

  test('is what a backup without the hub has', async () => {
    const tenant = await dumps.backedUp('plan-no-hub', ['system', 'identity']);
    expect(await planFor(tenant, {})).toMatchObject({ parts: ['system'], isEmpty: true });
    expect((await rejectionOf(planFor(tenant, { parts: ['hub'] }))).code).toBe('PART_ABSENT');
  });

  test('tells what two backups differ in, without asking the tenant', async () => {
    const tenant = await dumps.backedUp('plan-history', ['system']);
    const first = await stage.backUp(tenant, '2026-01-31T03:00:00Z');
    await damageSystem(dumps, tenant);
    const second = await stage.backUp(tenant, '2026-02-01T02:00:00Z');
    const before = stage.sandbox.requests.length;
    const made = await planFor(tenant, {
      parts: ['system'],
      versionId: first.versionId,
      actual: { versionId: second.versionId },
    });
    expect(made).toMatchObject({ digests: {}, counts: { created: 4, updated: 4 } });
    expect(stage.sandbox.requests).toHaveLength(before);
  });
});

describe('what cannot be planned', () => {
  test.each<[string, object, string, string]>([
    ['people', { parts: ['identity'] }, 'PART_SEALED', 'use a dry run of a restore'],
    ['people among others', { parts: ['hub', 'identity'] }, 'PART_SEALED', 'use a dry run of a restore'],
    ['deleting', { parts: ['system'], prune: true }, 'INVALID_REQUEST', 'prune must be false'],
    [
      'dropped objects',
      { parts: ['system'], transform: { drop: [{ ids: ['a'] }] } },
      'INVALID_REQUEST',
      'transform must not drop objects',
    ],
    [
      'a type of trees',
      { parts: ['system'], selection: [{ resourceType: 'client' }] },
      'INVALID_REQUEST',
      'collection',
    ],
  ])('is refused: %s', async (_, request, code, message) => {
    const refusal = await rejectionOf(async () => planFor('nobody', request));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(message);
  });

  test('nor is a backup of people alone', async () => {
    const tenant = await dumps.backedUp('plan-people', ['identity']);
    expect((await rejectionOf(planFor(tenant, {}))).code).toBe('PART_SEALED');
  });
});
