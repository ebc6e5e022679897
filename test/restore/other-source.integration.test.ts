import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { rejectionOf } from '../rejection.ts';
import { differences, openStage, type Stage } from './stage.ts';

/** A name that was enrolled anew, with another tenant than its backups are of. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const planFor = (tenant: string, request: object = {}) =>
  plan(parsePlanRequest({ tenant, credentials: 'restore', ...request }, new Date()), stage.clients);

/** @returns a backed up name that leads to another tenant by now, and that tenant */
async function enrolledAnew(name: string) {
  const { tenant, good } = await stage.backedUp(name);
  const other = `${name}-other`;
  const issuer = await enrolAnew(tenant, other);
  stage.damageBadly(other);
  return { tenant, good, other, issuer };
}

async function enrolAnew(tenant: string, other: string): Promise<string> {
  const { issuer, clients } = stage.sandbox.addTenant({ id: other, tree: stage.tree });
  const { clientId, clientSecret } = clients[0] ?? {};
  await stage.changeEnrolment(tenant, { issuer, clientId, clientSecret });
  return issuer;
}

describe('a backup of another tenant than its name is enrolled as by now', () => {
  test.each([{}, { dryRun: true }])('is not restored by %j, and both issuers are named', async (request) => {
    const { tenant, other, issuer } = await enrolledAnew(`anew-${Object.keys(request).length}`);
    const before = stage.sandbox.tenant(other);
    const error = await rejectionOf(stage.restoring(tenant, request));
    expect(error).toMatchObject({
      code: 'SOURCE_MISMATCH',
      disposition: 'reject',
      facts: { tenant, backupIssuer: stage.sandbox.issuer(tenant), enrolledIssuer: issuer },
    });
    for (const each of [stage.sandbox.issuer(tenant), issuer, 'allowOtherSource']) {
      expect(error.message).toContain(each);
    }
    expect(stage.sandbox.tenant(other)).toEqual(before);
    expect(stage.writesTo(other)).toEqual([]);
    const versions = await stage.deployed.deployment.versionsOf(tenant);
    expect(versions.filter(({ tier }) => tier === 'safety')).toEqual([]);
  });

  test('is restored if that is said, which is on the record and in the advice', async () => {
    const { tenant, good, other } = await enrolledAnew('anew-meant');
    const report = await stage.restoring(tenant, { allowOtherSource: true });
    expect(report).toMatchObject({ verdict: 'verified' });
    const now = differences(good, stage.sandbox.tenant(other));
    expect(now.filter((pointer) => !pointer.startsWith('/servers/system/clients/tenant-backup'))).toEqual([]);
    const entry = await stage.clients.ledger.read('operations', tenant, report.operationId);
    expect(entry?.document).toMatchObject({ request: { allowOtherSource: true } });
    // The safety backup is of the tenant that was written to.
    const { next } = await stage.statusOf(tenant);
    expect(await stage.restoring(tenant, next.requests.back)).toMatchObject({ verdict: 'verified' });
  });

  test.each(['hub', 'system'])('is planned of the part %s with a warning', async (part) => {
    const tenant = await stage.newTenant(`anew-planned-${part}`);
    await stage.changeEnrolment(tenant, { parts: ['hub', 'system'] });
    await stage.backUp(tenant);
    expect((await planFor(tenant, { parts: [part] })).warnings).toEqual([]);
    const issuer = await enrolAnew(tenant, `${tenant}-other`);
    const { warnings } = await planFor(tenant, { parts: [part] });
    expect(warnings[0]).toMatchObject({ code: 'SOURCE_MISMATCH', pointers: [] });
    expect(warnings[0]?.message).toContain(`is of ${stage.sandbox.issuer(tenant)}, and "${tenant}"`);
    expect(warnings[0]?.message).toMatch(new RegExp(`is enrolled as ${issuer}$`));
  });

  test('is not restored by a plan either, unless that is said', async () => {
    const { tenant } = await enrolledAnew('anew-by-plan');
    const { planId } = await planFor(tenant);
    expect((await rejectionOf(stage.restoring(tenant, { plan: planId }))).code).toBe('SOURCE_MISMATCH');
    expect(await stage.restoring(tenant, { plan: planId, allowOtherSource: true })).toMatchObject({
      verdict: 'verified',
    });
  });

  test('is not restored into a third tenant, by a plan or without, unless that is said', async () => {
    const { tenant } = await enrolledAnew('anew-into');
    const target = await stage.newTenant('anew-target', {
      tree: { name: 'Target', servers: { main: { name: 'Main' } } },
    });
    const before = stage.sandbox.tenant(target);
    const { planId } = await planFor(target, { desired: { tenant } });
    const refused: [tenant: string, request: object][] = [
      [tenant, { into: target }],
      [tenant, { into: target, dryRun: true }],
      [target, { plan: planId }],
    ];
    for (const [each, request] of refused) {
      expect((await rejectionOf(stage.restoring(each, request))).code).toBe('SOURCE_MISMATCH');
    }
    expect(stage.sandbox.tenant(target)).toEqual(before);
    expect(await stage.restoring(target, { plan: planId, allowOtherSource: true })).toMatchObject({
      verdict: 'verified',
      backup: { tenant },
    });
  });
});

test('a plan is not carried out on a tenant that its target became later, even if that holds the same', async () => {
  const { tenant } = await stage.backedUp('retargeted-from');
  const tree = { name: 'Target', servers: { main: { name: 'Main' } } };
  const target = await stage.newTenant('retargeted', { tree });
  // Neither has the selected object, so nothing else tells the two apart.
  const selection = [{ resourceType: 'clients', ids: ['portal'] }];
  const { planId, counts } = await planFor(target, { desired: { tenant }, selection });
  expect(counts.created).toBeGreaterThan(0);
  const { issuer, clients } = stage.sandbox.addTenant({ id: 'production', tree });
  const { clientId, clientSecret } = clients[0] ?? {};
  await stage.changeEnrolment(target, { issuer, clientId, clientSecret });
  for (const request of [{}, { dryRun: true }, { allowOtherSource: true }]) {
    expect(await rejectionOf(stage.restoring(target, { plan: planId, ...request }))).toMatchObject({
      code: 'PLAN_CHANGED',
      facts: { differing: ['actual'] },
    });
  }
  expect(stage.writesTo('production')).toEqual([]);
});

test('the same tenant on a vanity domain of later looks like another one', async () => {
  const { tenant, good } = await stage.backedUp('vanity-of-later');
  stage.damageBadly(tenant);
  stage.sandbox.addVanityDomain('localhost', { tenantId: tenant, kind: 'tenant' });
  const issuer = `http://localhost:${stage.sandbox.port}/system`;
  await stage.changeEnrolment(tenant, { issuer, vanity: 'tenant', tenantId: tenant });
  const error = await rejectionOf(stage.restoring(tenant));
  expect(error).toMatchObject({ code: 'SOURCE_MISMATCH', facts: { enrolledIssuer: issuer } });
  await stage.restoring(tenant, { allowOtherSource: true });
  expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
});
