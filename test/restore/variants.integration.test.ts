import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareTrees } from '../../functions/config/compare/compare.ts';
import type { Json } from '../../functions/config/json/json.ts';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { at, differences, OWN_CLIENT, openStage, type Stage } from './stage.ts';

/** Other ways to say what a tenant should be: a patch, a plan that was made before, the backup of another tenant. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const planFor = (tenant: string, request: object = {}) =>
  plan(parsePlanRequest({ tenant, ...request }, new Date()), stage.clients);

const WITHOUT_CLAIMS = Object.fromEntries(
  ['customers', 'workforce', 'partners'].map((workspace) => [workspace, { claims: null }]),
);

describe('a patch', () => {
  test.each([
    [
      'rfc7396',
      {
        servers: {
          customers: { clients: { portal: { client_name: 'Patched' }, 'mobile-app': null } },
        },
      },
    ],
    [
      'rfc6902',
      [
        { op: 'replace', path: '/servers/customers/clients/portal/client_name', value: 'Patched' },
        { op: 'remove', path: '/servers/customers/clients/mobile-app' },
      ],
    ],
  ])('of format %s is applied, proved, and can be undone', async (format, document) => {
    const tenant = await stage.newTenant(`patched-${format}`);
    const before = stage.sandbox.tenant(tenant);
    const planned = await stage.restoring(tenant, { patch: { format, document }, dryRun: true });
    expect(planned).toMatchObject({ verdict: 'planned', counts: { updated: 1, pruned: 1 } });
    expect(stage.writesTo(tenant)).toEqual([]);

    const report = await stage.restoring(tenant, { patch: { format, document } });
    expect(report).toMatchObject({ verdict: 'verified', operation: 'patch', backup: null });
    expect(new Set(differences(before, stage.sandbox.tenant(tenant)))).toEqual(
      new Set(['/servers/customers/clients/portal/client_name', '/servers/customers/clients/mobile-app']),
    );
    const { next } = await stage.statusOf(tenant);
    await stage.restoring(tenant, next.requests.back);
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('is in no record', async () => {
    const tenant = await stage.newTenant('patched-secretly');
    const secret = 'patched-in-0123456789abcdef';
    const document = { servers: { customers: { clients: { portal: { client_secret: secret } } } } };
    const { operationId } = await stage.restoring(tenant, { patch: { format: 'rfc7396', document } });
    expect(at(stage.sandbox.tenant(tenant), 'servers', 'customers', 'clients')['portal']).toMatchObject({
      client_secret: secret,
    });
    const entry = await stage.clients.ledger.read('operations', tenant, operationId);
    expect(entry?.document).toMatchObject({ operation: 'patch', request: { patch: { format: 'rfc7396' } } });
    expect(JSON.stringify(entry)).not.toContain(secret);
  });

  test.each<[what: string, request: object, code: string, message: RegExp]>([
    [
      'that touches our own client',
      { patch: { format: 'rfc6902', document: [{ op: 'remove', path: OWN_CLIENT }] } },
      'INVALID_REQUEST',
      /must not change \/servers\/system\/clients\/tenant-backup/,
    ],
    [
      'that does not fit',
      { patch: { format: 'rfc6902', document: [{ op: 'remove', path: '/nowhere/at/all' }] } },
      'INVALID_REQUEST',
      /nothing was written/,
    ],
    [
      'that deletes more than was said',
      { patch: { format: 'rfc7396', document: { servers: WITHOUT_CLAIMS } } },
      'PRUNE_UNEXPECTED',
      /prune must be \{"expected": \d\d+\} to delete more than 10 objects/,
    ],
  ])('%s is refused before anything is written', async (what, request, code, message) => {
    const tenant = await stage.newTenant(`refused-${what.replaceAll(' ', '-')}`);
    const error = await rejectionOf(stage.restoring(tenant, request));
    expect(error).toMatchObject({ code, facts: { outcome: 'untouched' } });
    expect(error.message).toMatch(message);
    expect(stage.writesTo(tenant)).toEqual([]);
    if (code === 'PRUNE_UNEXPECTED') return;
    expect(await rejectionOf(stage.restoring(tenant, { ...request, dryRun: true }))).toMatchObject({ code });
  });

  test('that deletes more than was said is counted by a dry run', async () => {
    const tenant = await stage.newTenant('counted-dry');
    const patch = { format: 'rfc7396', document: { servers: WITHOUT_CLAIMS } };
    const { counts } = await stage.restoring(tenant, { patch, dryRun: true });
    expect(counts.pruned).toBeGreaterThan(10);
    expect(await stage.restoring(tenant, { patch, prune: { expected: counts.pruned } })).toMatchObject({
      verdict: 'verified',
    });
  });

  test.each<[request: object, message: RegExp]>([
    [{ patch: { format: 'rfc7396', document: [] } }, /patch.document must be an object/],
    [{ patch: { format: 'rfc7396', document: '{"a":' } }, /patch.document must be JSON: json ends early/],
    [{ patch: { format: 'json', document: {} } }, /patch.format must be one of rfc7396, rfc6902/],
    [{ patch: { format: 'rfc7396', document: {} }, versionId: 'v1' }, /unknown field "versionId"/],
  ])('like %j is no patch', async (request, message) => {
    const error = await rejectionOf(async () => stage.restoring('nobody', request));
    expect(error.code).toBe('INVALID_REQUEST');
    expect(error.message).toMatch(message);
  });
});

describe('a plan', () => {
  test('is carried out as it says', async () => {
    const { tenant, good } = await stage.backedUp('as-planned');
    stage.damageBadly(tenant);
    stage.sandbox.changeTenant(tenant, (tree) => {
      at(tree, 'servers', 'partners', 'policies')['added-since'] = { policy_name: 'Added', type: 'user' };
    });
    const { planId, counts } = await planFor(tenant, { prune: true, credentials: 'restore' });
    const report = await stage.restoring(tenant, { plan: planId });
    expect(report).toMatchObject({ verdict: 'verified', counts });
    expect(counts.pruned).toBe(1);
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('is refused when what it is about has changed since, and not when something else has', async () => {
    const { tenant } = await stage.backedUp('stale');
    stage.damageBadly(tenant);
    const selection = [{ resourceType: 'client', workspaces: ['customers'] }];
    const { planId } = await planFor(tenant, { selection, credentials: 'restore' });
    stage.sandbox.changeTenant(tenant, (tree) => {
      Object.assign(at(tree, 'servers', 'customers', 'clients', 'mobile-app'), { description: 'changed' });
    });
    const error = await rejectionOf(stage.restoring(tenant, { plan: planId }));
    expect(error).toMatchObject({ code: 'PLAN_STALE', facts: { outcome: 'untouched' } });
    expect(stage.writesTo(tenant)).toEqual([]);
    expect(await rejectionOf(stage.restoring(tenant, { plan: planId, dryRun: true }))).toMatchObject({
      code: 'PLAN_STALE',
    });

    const { planId: another } = await planFor(tenant, { selection, credentials: 'restore' });
    stage.sandbox.changeTenant(tenant, (tree) => {
      Object.assign(at(tree, 'pools', 'consumers'), { description: 'changed' });
    });
    expect(await stage.restoring(tenant, { plan: another, dryRun: true })).toMatchObject({
      verdict: 'planned',
    });
    expect(await stage.restoring(tenant, { plan: another })).toMatchObject({ verdict: 'verified' });
  });

  test('that leaves open what becomes of credentials needs an answer', async () => {
    const { tenant } = await stage.backedUp('open');
    stage.damageBadly(tenant);
    const { planId } = await planFor(tenant);
    expect((await rejectionOf(stage.restoring(tenant, { plan: planId }))).code).toBe('CREDENTIALS_CHOICE');
    expect(await stage.restoring(tenant, { plan: planId, credentials: 'keep' })).toMatchObject({
      verdict: 'verified',
    });
  });

  test('that nobody made is not found', async () => {
    const tenant = await stage.newTenant('unplanned');
    const plan = '0'.repeat(64);
    expect((await rejectionOf(stage.restoring(tenant, { plan }))).code).toBe('PLAN_NOT_FOUND');
  });
});

describe('the backup of another tenant', () => {
  test('is restored into this one, which is saved first, and nothing is written to the other', async () => {
    const { tenant: source, good } = await stage.backedUp('source');
    const target = await stage.newTenant('target', {
      tree: { name: 'Target', servers: { main: { name: 'Main' } } },
    });
    const report = await stage.restoring(source, { into: target, transform: { tenant: { name: 'Copy' } } });
    expect(report).toMatchObject({ verdict: 'verified', tenant: target, backup: { tenant: source } });
    const copy = stage.sandbox.tenant(target);
    expect(copy['name']).toBe('Copy');
    const workspaceOf = (tree: JsonObject) =>
      ({ servers: { customers: at(tree, 'servers')['customers'] } }) as Json;
    expect(compareTrees(workspaceOf(good), workspaceOf(copy))).toMatchObject({ differences: [] });
    expect(at(copy, 'servers')['main']).toBeDefined();
    expect(stage.sandbox.tenant(source)).toEqual(good);
    expect(stage.writesTo(source)).toEqual([]);
    const tiers = (await stage.deployed.deployment.versionsOf(target)).map(({ tier }) => tier);
    expect(tiers).toEqual(['safety']);
    expect(await stage.statusOf(target)).toMatchObject({ tenant: target, backup: { tenant: source } });
  });

  test('leaves out the client that backs up the other, and the one of this one', async () => {
    const { tenant: source } = await stage.backedUp('source-with-client');
    const target = await stage.newTenant('target-with-client', {
      tree: { name: 'Target', servers: { main: { name: 'Main' } } },
      clients: [{ clientId: 'its-own-backup' }],
    });
    const own = at(stage.sandbox.tenant(target), 'servers', 'system', 'clients')['its-own-backup'];
    await stage.restoring(source, { into: target });
    const clients = at(stage.sandbox.tenant(target), 'servers', 'system', 'clients');
    expect(clients['its-own-backup']).toEqual(own);
    expect(clients['tenant-backup']).toBeUndefined();
  });
});

describe('a tenant of which some workspaces are enrolled', () => {
  test('is restored in these, and written to nowhere else', async () => {
    const { tenant, good } = await stage.backedUp('listed');
    const { versionId } = await stage.backUp(tenant);
    await stage.changeEnrolment(tenant, { workspaces: ['customers'] });
    stage.sandbox.changeTenant(tenant, (live) => {
      delete at(live, 'servers', 'customers', 'clients')['portal'];
      delete at(live, 'servers', 'partners', 'clients')['data-feed'];
    });
    const damaged = stage.sandbox.tenant(tenant);
    const error = await rejectionOf(stage.restoring(tenant, { versionId }));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', facts: { outcome: 'untouched' } });
    expect(error.message).toContain('must write only the 1 workspaces that the enrolment lists');
    expect(stage.sandbox.tenant(tenant)).toEqual(damaged);
    expect(await rejectionOf(stage.restoring(tenant, { versionId, dryRun: true }))).toMatchObject({
      code: 'INVALID_REQUEST',
    });

    const selection = [{ workspaces: ['customers'] }];
    expect(await stage.restoring(tenant, { versionId, selection, prune: true })).toMatchObject({
      verdict: 'verified',
    });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual(['/servers/partners/clients/data-feed']);
  });
});
