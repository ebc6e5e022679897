import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { type DumpStage, damagePeople, damageSystem, dumpStage } from './dump-stage.ts';
import { differences, openStage, type Stage } from './stage.ts';

/** What no tree shows is damaged, and comes back through its own APIs, proved. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

/** Where a tenant is not what it was, found without the product's own code. */
const changesSince = (good: object, tenant: string): string[] =>
  differencesBetween(good as JsonObject, dumps.everything(tenant) as JsonObject);

describe('the part system', () => {
  test('brings back what no tree has: ACRs, roles, script secrets, vanity domains', async () => {
    const tenant = await dumps.backedUp('system-damaged');
    const good = dumps.everything(tenant);
    await damageSystem(dumps, tenant);
    expect(changesSince(good, tenant)).not.toEqual([]);
    const before = dumps.dumpWritesTo(tenant).length;
    const report = await stage.restoring(tenant, { parts: ['system'] });
    expect(report).toMatchObject({
      verdict: 'verified',
      outcome: 'restored',
      counts: { created: 4, updated: 4 },
      objects: { system_acrs: { compared: 3, equal: 3 } },
      outside: { differing: [] },
    });
    expect(Object.keys(report.parts)).toEqual(['system']);
    expect(report.credentialsDiffering).toEqual(
      expect.arrayContaining(['/secrets/customers/crm-token', expect.stringMatching(/^\/vanity_domains\//)]),
    );
    expect(changesSince(good, tenant)).toEqual([]);
    expect(dumps.dumpWritesTo(tenant).slice(before)).toEqual(['PUT system']);
  });

  test('sends nothing where nothing differs, and proves that', async () => {
    const tenant = await dumps.backedUp('system-same');
    const report = await stage.restoring(tenant, { parts: ['system'] });
    expect(report).toMatchObject({ verdict: 'verified', extra: 0 });
    expect(report.compared).toBeGreaterThan(100);
    expect(dumps.dumpWritesTo(tenant)).toEqual([]);
  });

  test('brings back the selected objects alone', async () => {
    const tenant = await dumps.backedUp('system-selected');
    const good = dumps.everything(tenant);
    await damageSystem(dumps, tenant);
    const { acrs: _, ...others } = dumps.everything(tenant);
    const selection = [{ resourceType: 'acrs', workspaces: ['customers'] }];
    const report = await stage.restoring(tenant, { parts: ['system'], selection });
    expect(report).toMatchObject({ verdict: 'verified', counts: { created: 1, updated: 2 } });
    expect(report.outside.compared).toBeGreaterThan(100);
    expect(changesSince({ ...others, acrs: good['acrs'] }, tenant)).toEqual([]);
  });

  test('keeps credentials of objects that exist, where that is asked for', async () => {
    const tenant = await dumps.backedUp('system-kept');
    await damageSystem(dumps, tenant);
    const report = await stage.restoring(tenant, { parts: ['system'], credentials: 'keep' });
    expect(report.credentialsDiffering).toEqual([]);
    const [crm, smtp] = dumps.list(tenant, 'secrets');
    expect(crm).toMatchObject({ id: 'crm-token', secret: 'rotated-by-mistake-0123456789' });
    expect(smtp).toMatchObject({ id: 'smtp-password' });
  });

  test('leaves the client that it is made with as it is', async () => {
    const tenant = await dumps.backedUp('system-own-client');
    stage.sandbox.changeTenant(tenant, (tree) => {
      const { system } = tree['servers'] as unknown as Record<string, { clients: Record<string, object> }>;
      Object.assign(system?.clients['tenant-backup'] ?? {}, { client_uri: 'https://changed.example' });
    });
    const report = await stage.restoring(tenant, { parts: ['system'] });
    expect(report.leftOut).toContain('/clients/system/tenant-backup');
    expect(report.counts.updated ?? 0).toBe(0);
    expect(JSON.stringify(stage.sandbox.tenant(tenant))).toContain('https://changed.example');
  });

  test('is saved before it is written, also where the enrolment no longer names it', async () => {
    const tenant = await dumps.backedUp('system-saved');
    await damageSystem(dumps, tenant);
    const damaged = dumps.everything(tenant);
    await stage.changeEnrolment(tenant, { parts: ['hub'] });
    const { safetyBackup, operationId } = await stage.restoring(tenant, { parts: ['system'] });
    expect(changesSince(damaged, tenant)).not.toEqual([]);
    // Back again: what the restore has added goes, too.
    const { next } = await stage.statusOf(tenant);
    expect(next.requests.back).toEqual({
      tenant,
      versionId: safetyBackup,
      parts: ['system'],
      prune: { createdBy: operationId },
    });
    const report = await stage.restoring(tenant, next.requests.back);
    expect(report).toMatchObject({ verdict: 'verified', counts: { pruned: 4, updated: 4 } });
    expect(changesSince(damaged, tenant)).toEqual([]);
  });

  test('of listed workspaces is saved and proved beyond them, and writes to them alone', async () => {
    const tenant = await dumps.backedUp('system-listed', ['hub', 'system'], { workspaces: ['customers'] });
    await damageSystem(dumps, tenant);
    const report = await stage.restoring(tenant, { parts: ['system'] });
    expect(report.verdict).toBe('verified');
    expect(dumps.list(tenant, 'acrs')).toHaveLength(3);
    await stage.changeEnrolment(tenant, { workspaces: ['partners'] });
    await damageSystem(dumps, tenant);
    const refusal = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
    expect(refusal).toMatchObject({ code: 'INVALID_REQUEST', facts: { outcome: 'untouched' } });
    expect(refusal.message).toContain('workspaces that the enrolment lists');
  });
});

describe('the part identity', () => {
  test('brings back people with all that is theirs', async () => {
    const tenant = await dumps.backedUp('people-damaged');
    const good = dumps.everything(tenant);
    await damagePeople(dumps, tenant);
    const report = await stage.restoring(tenant, { parts: ['identity'] });
    expect(report).toMatchObject({ verdict: 'verified', outside: { differing: [] } });
    expect(report.parts.identity?.counts).toMatchObject({ updated: 3 });
    expect(report.parts.identity?.counts.created).toBeGreaterThan(3);
    expect(changesSince(good, tenant)).toEqual([]);
  });

  test('brings back one person with credentials, and nobody else', async () => {
    const tenant = await dumps.backedUp('one-person');
    const good = dumps.everything(tenant);
    const isAda = (id: unknown) => String(id).endsWith('-ada');
    await damagePeople(dumps, tenant);
    const damaged = dumps.list(tenant, 'users').filter(({ id }) => !isAda(id));
    const selection = [{ resourceType: 'users', ids: ['*-ada'] }];
    const report = await stage.restoring(tenant, { parts: ['identity'], selection });
    expect(report.verdict).toBe('verified');
    expect(dumps.list(tenant, 'users').filter(({ id }) => !isAda(id))).toEqual(damaged);
    expect(dumps.list(tenant, 'user_credentials').filter(({ user_id }) => isAda(user_id))).not.toEqual([]);
    expect(dumps.everything(tenant)['user_credentials']).toEqual(good['user_credentials']);
  });

  test('sends as many people at a time as the vendor allows', async () => {
    const tenant = await dumps.backedUp('many-people', ['identity'], {}, 230);
    stage.sandbox.setBehaviour(tenant, { usersPerImport: 100 });
    const good = dumps.everything(tenant);
    await dumps.damage(tenant, 'identity', 'users', (user) => ({ ...user, status: 'inactive' }));
    const before = dumps.dumpWritesTo(tenant).length;
    const report = await stage.restoring(tenant, { parts: ['identity'] });
    expect(report).toMatchObject({ verdict: 'verified', counts: { updated: 233 } });
    expect(dumps.dumpWritesTo(tenant).slice(before)).toEqual(Array(3).fill('PUT identity'));
    expect(changesSince(good, tenant)).toEqual([]);
  });
});

describe('several parts', () => {
  test('are restored one after the other, under one safety backup', async () => {
    const tenant = await dumps.backedUp('all-damaged');
    const [good, tree] = [dumps.everything(tenant), stage.sandbox.tenant(tenant)];
    await damageSystem(dumps, tenant);
    await damagePeople(dumps, tenant);
    stage.damageBadly(tenant);
    const report = await stage.restoring(tenant, { parts: ['identity', 'hub', 'system'] });
    expect(Object.keys(report.parts)).toEqual(['hub', 'system', 'identity']);
    const { hub, system, identity } = report.parts;
    expect(report.compared).toBe(
      [hub, system, identity].reduce((sum, part) => sum + (part?.compared ?? 0), 0),
    );
    expect(report.equal).toBe(report.compared);
    expect(differences(tree, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(changesSince(good, tenant)).toEqual([]);
    expect(
      (await stage.deployed.deployment.versionsOf(tenant)).filter(({ tier }) => tier === 'safety'),
    ).toHaveLength(1);
    const { phases, parts, counts } = await stage.statusOf(tenant);
    expect(parts).toEqual(['hub', 'system', 'identity']);
    expect(counts).toMatchObject({ compared: report.compared, equal: report.equal });
    expect(phases.map(({ phase, part }) => (part ? `${phase} ${part}` : phase))).toEqual([
      'locked',
      'planned',
      'saving',
      'saved',
      'importing hub',
      'verifying hub',
      'importing system',
      'verifying system',
      'importing identity',
      'verifying identity',
      'verifying hub',
      'verifying system',
      'verified',
    ]);
  });

  test('of a backup without the hub are what it has, but no people', async () => {
    const tenant = await dumps.backedUp('no-hub', ['system', 'identity']);
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 404, api: 'hub' });
    await damageSystem(dumps, tenant);
    await damagePeople(dumps, tenant);
    const people = dumps.everything(tenant)['users'];
    const report = await stage.restoring(tenant);
    expect(Object.keys(report.parts)).toEqual(['system']);
    expect(dumps.everything(tenant)['users']).toEqual(people);
    await stage.restoring(tenant, { parts: ['identity'] });
    expect(dumps.everything(tenant)['users']).not.toEqual(people);
  });

  test('are told beforehand without a write', async () => {
    const tenant = await dumps.backedUp('dry');
    await damageSystem(dumps, tenant);
    await damagePeople(dumps, tenant);
    const before = dumps.dumpWritesTo(tenant).length;
    const report = await stage.restoring(tenant, { parts: ['system', 'identity'], dryRun: true });
    expect(report).toMatchObject({ verdict: 'planned', outcome: null, safetyBackup: null, problems: [] });
    expect(report.differing).toContainEqual(
      expect.objectContaining({ pointer: '/secrets/customers/crm-token', properties: ['/secret'] }),
    );
    expect(report.differing.map(({ pointer }) => pointer)).toContain('/users/consumers~1acme-zoe');
    expect(dumps.dumpWritesTo(tenant)).toHaveLength(before);
    const said = JSON.stringify(report);
    expect(dumps.secretsOf(tenant).filter((secret) => said.includes(secret))).toEqual([]);
  });
});

describe('what cannot be asked of a part', () => {
  let tenant: string;
  beforeAll(async () => {
    tenant = await dumps.backedUp('refusals', ['hub', 'system']);
    await stage.backUp(await dumps.backedUp('people-alone', ['identity']), '2026-01-31T03:00:00Z');
  });

  test.each<[string, object, string, string]>([
    ['a part that is none', { parts: ['users'] }, 'INVALID_REQUEST', 'parts'],
    ['no part', { parts: [] }, 'INVALID_REQUEST', 'parts'],
    ['a part twice', { parts: ['hub', 'hub'] }, 'INVALID_REQUEST', 'must name each part once'],
    ['a part that the backup lacks', { parts: ['identity'] }, 'PART_ABSENT', 'among hub, system'],
    ['deleting', { parts: ['system'], prune: true }, 'INVALID_REQUEST', 'prune must be false'],
    [
      'dropped objects',
      { parts: ['system'], transform: { drop: [{ ids: ['a'] }] } },
      'INVALID_REQUEST',
      'transform must not drop objects',
    ],
    ['a patch', { parts: ['system'], send: 'patch' }, 'INVALID_REQUEST', 'send must be'],
    ['leaving people', { parts: ['identity'], mode: 'ignore' }, 'INVALID_REQUEST', 'mode must be "update"'],
    [
      'types where there are several languages',
      { parts: ['hub', 'system'], selection: [{ resourceType: 'clients' }] },
      'INVALID_REQUEST',
      'selection must be of workspaces alone',
    ],
    [
      'a type that no dump has',
      { parts: ['system'], selection: [{ resourceType: 'client' }] },
      'INVALID_REQUEST',
      'must be the name of a collection',
    ],
    [
      'a query',
      { parts: ['system'], selection: [{ resourceType: 'acrs', resourceQuery: { value: '*' } }] },
      'INVALID_REQUEST',
      'name the objects by ids',
    ],
    [
      'a selection of nothing',
      { parts: ['system'], selection: [{ ids: ['no-such-thing'] }] },
      'INVALID_REQUEST',
      'selection must mean an object of the part system',
    ],
  ])('is refused, and nothing is written: %s', async (_, request, code, message) => {
    const refusal = await rejectionOf((async () => stage.restoring(tenant, request))());
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(message);
    expect(dumps.dumpWritesTo(tenant)).toEqual([]);
  });

  test('people are not restored without being asked for by name', async () => {
    const refusal = await rejectionOf(stage.restoring('people-alone'));
    expect(refusal).toMatchObject({ code: 'PART_ABSENT', facts: { held: ['identity'] } });
  });

  test('workspaces mean the same to the hub and to the system', async () => {
    const selection = [{ workspaces: ['customers'] }];
    const report = await stage.restoring(tenant, { parts: ['hub', 'system'], selection });
    expect(report.verdict).toBe('verified');
    expect(report.parts.system?.outside.compared).toBeGreaterThan(0);
  });
});
