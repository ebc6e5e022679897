import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { rejectionOf } from '../rejection.ts';
import { type DumpStage, dumpStage } from './dump-stage.ts';
import { openStage, type Stage } from './stage.ts';

/** The SecureAuth tenant is gone: all parts of its backup go into a new tenant, which has another id. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

const PARTS = ['hub', 'system', 'identity'];

async function newTarget(id: string): Promise<string> {
  await stage.newTenant(id, { tree: { name: 'Empty', servers: { main: { name: 'Main' } } } });
  await stage.changeEnrolment(id, { parts: PARTS });
  return id;
}

/** A collection without the client that backs up the tenant and without ids that an import generates, as texts. */
const shown = (tenant: string, collection: string, from: string, to: string): string[] =>
  dumps
    .list(tenant, collection)
    .filter((each) => !JSON.stringify(each).includes('tenant-backup'))
    .map((each) => JSON.stringify(each).replaceAll(`"tenant_id":"${from}"`, `"tenant_id":"${to}"`))
    .sort();

const BESIDE_TREES = [
  'acrs',
  'roles',
  'secrets',
  'vanity_domains',
  'users',
  'user_credentials',
  'user_identifiers',
  'groups',
  'group_members',
];

describe('a backup of a tenant that is gone', () => {
  test('goes into a new tenant with roles, ACRs, vanity domains and people, and every object is verified', async () => {
    const from = await dumps.backedUp('gone');
    const target = await newTarget('in-its-place');
    const before = dumps.everything(from);
    const report = await stage.restoring(from, { into: target, parts: PARTS });
    expect(report).toMatchObject({ verdict: 'verified', tenant: target, backup: { tenant: from } });
    expect(Object.keys(report.parts)).toEqual(PARTS);
    for (const collection of BESIDE_TREES) {
      const expected = shown(from, collection, from, target);
      expect([collection, expected.length > 0]).toEqual([collection, true]);
      expect(shown(target, collection, from, target)).toEqual(expected);
    }
    // Nothing names the tenant that is gone, and nothing was written to it.
    expect(JSON.stringify([stage.sandbox.dump(target), stage.sandbox.identity(target)])).not.toContain(
      `"tenant_id":"${from}"`,
    );
    expect(dumps.dumpWritesTo(from)).toEqual([]);
    expect(dumps.everything(from)).toEqual(before);
  });

  test('takes other ids of workspaces and clients, and other hosts, along in all parts', async () => {
    const from = await dumps.backedUp('renamed');
    const target = await newTarget('renamed-target');
    const [domain = {}] = dumps.list(from, 'vanity_domains').filter(({ type }) => type === 'server');
    const host = String(domain['domain'] ?? domain['name'] ?? domain['host']);
    const transform = {
      tenant: { id: { from, to: target }, name: 'In its place' },
      hosts: { [host]: 'login.in-its-place.example' },
      ids: { workspaces: { customers: 'clientele' }, clients: { portal: 'door' } },
    };
    const report = await stage.restoring(from, { into: target, parts: PARTS, transform });
    expect(report.warnings.filter(({ code }) => code === 'TRANSFORM_UNMATCHED')).toEqual([]);
    const acrs = dumps.list(target, 'acrs');
    expect(acrs.some((each) => each['authorization_server_id'] === 'clientele')).toBe(true);
    expect(acrs.some((each) => each['authorization_server_id'] === 'customers')).toBe(false);
    expect(JSON.stringify(dumps.list(target, 'vanity_domains'))).toContain('login.in-its-place.example');
    expect(JSON.stringify(dumps.list(target, 'roles'))).not.toContain('"workspace_id":"customers"');
    expect(dumps.list(target, 'users')).toHaveLength(dumps.list(from, 'users').length);
  });

  test('is planned, and the plan is carried out, for the part system', async () => {
    const from = await dumps.backedUp('planned');
    const target = await newTarget('planned-target');
    await stage.restoring(from, { into: target, parts: ['hub'] });
    const event = { tenant: target, desired: { tenant: from }, parts: ['system'], credentials: 'restore' };
    const { planId, counts } = await plan(parsePlanRequest(event, new Date()), stage.clients);
    expect(counts.created).toBeGreaterThan(0);
    expect(await stage.restoring(target, { plan: planId })).toMatchObject({ verdict: 'verified' });
    expect(dumps.list(target, 'roles')).toHaveLength(dumps.list(from, 'roles').length);
  });

  test('is undone by the safety backup of the new tenant', async () => {
    const from = await dumps.backedUp('undone');
    const target = await newTarget('undone-target');
    await stage.backUp(target);
    const { operationId } = await stage.restoring(from, { into: target, parts: PARTS });
    const { next } = await stage.statusOf(target, operationId);
    expect(await stage.restoring(target, next.requests.back)).toMatchObject({ verdict: 'verified' });
    expect(dumps.list(target, 'users')).toEqual([]);
    expect(dumps.list(target, 'roles')).toEqual([]);
  });

  test.each<[transform: object, parts: string[], message: RegExp]>([
    [{ credentials: 'regenerate' }, PARTS, /transform.credentials must be "carry"/],
    [{ drop: [{ workspaces: ['partners'] }] }, ['system'], /transform must not drop objects/],
    [{ credentialValues: { '/a': 'x' } }, ['identity'], /transform.credentialValues must be empty/],
  ])('is not transformed by %j in the parts %j', async (transform, parts, message) => {
    const refused = await rejectionOf(async () =>
      stage.restoring('any', { into: 'other', parts, transform }),
    );
    expect(refused).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringMatching(message) });
  });
});
