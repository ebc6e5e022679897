import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../functions/plan/plan.ts';
import type { Plan, PlanDocument } from '../../functions/plan/plan-document.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { rejectionOf } from '../rejection.ts';
import { at, openStage, type Stage, withHub } from './stage.ts';

/** What was approved is what is applied: plans that somebody changed in the ledger, or wrote there. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const planFor = (tenant: string, request: object = {}) =>
  plan(parsePlanRequest({ tenant, credentials: 'restore', ...request }, new Date()), stage.clients);

/** A tenant with two backups, damaged, and a plan to put it back to the second. */
async function planned(id: string): Promise<{ tenant: string; made: Plan; first: string }> {
  const { tenant } = await stage.backedUp(id);
  const [version] = await stage.deployed.deployment.versionsOf(tenant);
  stage.sandbox.changeTenant(tenant, (tree) => {
    Object.assign(at(tree, 'servers', 'customers', 'clients', 'portal'), { description: 'since' });
  });
  await stage.backUp(tenant, '2026-02-01T02:00:00Z');
  stage.damageBadly(tenant);
  return { tenant, made: await planFor(tenant), first: version?.versionId ?? '' };
}

/** What a thief of the plan function's role can do: it signs plans. */
const overwrite = (tenant: string, planId: string, document: object) =>
  stage.clients.ledger.write('plans', tenant, planId, document);

/** What a thief can do who may only put objects. */
const putBytes = (tenant: string, planId: string, document: object) =>
  stage.deployed.deployment.s3.send(
    new PutObjectCommand({
      Bucket: stage.deployed.deployment.output('ledgerBucket'),
      Key: `plans/${tenant}/${planId}.json`,
      Body: `${JSON.stringify(document, null, 2)}\n`,
    }),
  );

const documentOf = ({ planId: _, ...document }: Plan): PlanDocument => document;

type Forgery = (document: PlanDocument, first: string) => object;

const FORGERIES: readonly [what: string, forge: Forgery][] = [
  ['another backup', (made, first) => ({ ...made, desired: { ...made.desired, versionId: first } })],
  ['another mode', (made) => ({ ...made, options: { ...made.options, mode: 'ignore' } })],
  ['that it deletes', (made) => ({ ...made, options: { ...made.options, prune: true } })],
  [
    'another selection',
    (made) => ({
      ...made,
      options: { ...made.options, selection: { ...made.options.selection, exclude: [{ ids: ['portal'] }] } },
    }),
  ],
  ['a transform', (made) => ({ ...made, options: { ...made.options, transform: { hosts: {} } } })],
  ['what becomes of credentials', (made) => ({ ...made, options: { ...made.options, credentials: 'keep' } })],
];

/** What a plan shows, and does not do by it. */
const LIES: readonly [what: string, forge: Forgery][] = [
  ['fewer changes', (made) => ({ ...made, changes: made.changes.slice(1) })],
  ['no changes', (made) => ({ ...made, changes: [], counts: {}, countsByType: {}, isEmpty: true })],
  [
    'another value',
    (made) => JSON.parse(JSON.stringify(made).replaceAll('attacker.example', 'harmless.example')),
  ],
  ['other counts', (made) => ({ ...made, counts: { ...made.counts, updated: 1 } })],
  ['no warnings', (made) => ({ ...made, warnings: [{ code: 'X', message: 'harmless', pointers: [] }] })],
  ['another ETag', (made) => ({ ...made, desired: { ...made.desired, etag: '"0"' } })],
  [
    'another time of the backup',
    (made) => ({ ...made, desired: { ...made.desired, storedAt: '2026-01-01T00:00:00.000Z' } }),
  ],
];

describe('a plan that somebody changed after it was made is not carried out:', () => {
  test.each([...FORGERIES, ...LIES])('%s', async (what, forge) => {
    const { tenant, made, first } = await planned(`forged-${what.toLowerCase().replaceAll(' ', '-')}`);
    await overwrite(tenant, made.planId, forge(documentOf(made), first));
    const before = stage.sandbox.tenant(tenant);
    for (const dryRun of [false, true]) {
      expect(await rejectionOf(stage.restoring(tenant, { plan: made.planId, dryRun }))).toMatchObject({
        code: 'PLAN_CHANGED',
        disposition: 'halt',
      });
    }
    expect(stage.sandbox.tenant(tenant)).toEqual(before);
    expect(stage.writesTo(tenant)).toEqual([]);
    await overwrite(tenant, made.planId, documentOf(made));
    expect(await stage.restoring(tenant, { plan: made.planId })).toMatchObject({ verdict: 'verified' });
  });
});

test('a plan that says one thing and does another is not carried out, even under an id of its own', async () => {
  const { tenant, made, first } = await planned('lying');
  // Where nothing is to be deleted, that it deletes is no lie.
  const forgeries = FORGERIES.filter(([what]) => what !== 'that it deletes');
  for (const [what, forge] of [...LIES, ...forgeries]) {
    const forged = forge(documentOf(made), first);
    const planId = await stage.clients.ledger.add('plans', tenant, forged);
    expect((await rejectionOf(stage.restoring(tenant, { plan: planId }))).code, what).toBe('PLAN_CHANGED');
  }
  expect(stage.writesTo(tenant)).toEqual([]);
});

test('a plan that the plan function did not sign is not carried out, even as it was made', async () => {
  const { tenant, made } = await planned('unsigned');
  await putBytes(tenant, made.planId, documentOf(made));
  for (const dryRun of [false, true]) {
    const error = await rejectionOf(stage.restoring(tenant, { plan: made.planId, dryRun }));
    expect(error.code).toBe('PLAN_CHANGED');
  }
  expect(stage.writesTo(tenant)).toEqual([]);
});

test('a plan of another tenant is not carried out on this one', async () => {
  const { made } = await planned('of-another');
  const { tenant } = await planned('of-this-one');
  await overwrite(tenant, made.planId, documentOf(made));
  expect((await rejectionOf(stage.restoring(tenant, { plan: made.planId }))).code).toBe('PLAN_CHANGED');
  expect(stage.writesTo(tenant)).toEqual([]);
});

test('a plan is stale when the tenant changes between the check and the lock', async () => {
  const { tenant, made } = await planned('moving');
  let exports = 0;
  const changes = withHub(stage.clients, (hub) => ({
    async exportTree(options) {
      exports += 1;
      // The first two exports are of the check: with credentials, and without.
      if (exports === 3) {
        stage.sandbox.changeTenant(tenant, (tree) => {
          Object.assign(at(tree, 'servers', 'customers', 'clients', 'mobile-app'), { description: 'moved' });
        });
      }
      return hub.exportTree(options);
    },
  }));
  expect(await rejectionOf(stage.restoring(tenant, { plan: made.planId }, changes))).toMatchObject({
    code: 'PLAN_STALE',
    facts: { outcome: 'untouched' },
  });
  expect(stage.writesTo(tenant)).toEqual([]);
});

test('a plan is carried out as it is although the tenant gives its members in another order', async () => {
  const { tenant } = await planned('reordered');
  const made = await planFor(tenant, { prune: true });
  stage.sandbox.changeTenant(tenant, (tree) => {
    const { customers } = at(tree, 'servers') as Record<string, Record<string, object>>;
    for (const [name, objects] of Object.entries(customers ?? {})) {
      if (typeof objects !== 'object' || objects === null || Array.isArray(objects)) continue;
      Object.assign(customers ?? {}, { [name]: Object.fromEntries(Object.entries(objects).reverse()) });
    }
  });
  const report = await stage.restoring(tenant, { plan: made.planId });
  expect(report).toMatchObject({ verdict: 'verified', counts: made.counts });
});
