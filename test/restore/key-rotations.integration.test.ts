import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KeyUse } from '../../functions/tenant/api/key-rotation.client.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { rejectionOf } from '../rejection.ts';
import { type DumpStage, dumpStage } from './dump-stage.ts';
import { openStage, type Stage } from './stage.ts';

/** Schedules of key rotation come back through requests of their own, with the same proof as all else. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

const CLIENTS = [
  { clientId: 'tenant-backup', scopes: ['manage_configuration', 'read_configuration', 'manage_servers'] },
];
const PLACES: readonly (readonly [string, KeyUse])[] = [
  ['customers', 'sig'],
  ['customers', 'enc'],
  ['workforce', 'sig'],
];
const MONTHLY = { enabled: true, cron: '0 0 1 * *' };
const DAILY = { enabled: true, cron: '@daily' };
const OFF = { enabled: false };

const rotationOf = async (tenant: string): Promise<NonNullable<Tenant['keyRotation']>> => {
  const enrolment = await stage.clients.enrolments.get(tenant);
  const { keyRotation } = stage.clients.connect(
    { ...enrolment, keyRotation: true },
    'manage',
    'damage-by-an-administrator-0001',
  );
  if (keyRotation === undefined) throw new Error('the enrolment asks for it');
  return keyRotation;
};

/** Sets the schedules of the places, in order. */
async function set(tenant: string, ...schedules: readonly object[]): Promise<void> {
  const rotation = await rotationOf(tenant);
  for (const [index, schedule] of schedules.entries()) {
    const [workspace, use] = PLACES[index] ?? ['customers', 'sig'];
    await rotation.write(workspace, use, JSON.stringify(schedule));
  }
}

async function schedules(tenant: string): Promise<unknown[]> {
  const rotation = await rotationOf(tenant);
  const answers = [];
  for (const [workspace, use] of PLACES) {
    const { scheduled_at: _, ...schedule } = JSON.parse((await rotation.read(workspace, use)).toString());
    answers.push(schedule);
  }
  return answers;
}

const writesTo = (tenant: string): string[] =>
  stage.sandbox.requests
    .filter(
      ({ tenant: of, method, path }) => of === tenant && method === 'PUT' && path.includes('/api/system/'),
    )
    .map(({ path }) => path.split('?')[0]?.split('/').at(-1) ?? '');

async function backedUp(tenant: string): Promise<string> {
  await stage.newTenant(tenant, { clients: CLIENTS, dump: demoTenants()[0]?.dump ?? {} });
  await stage.changeEnrolment(tenant, { parts: ['hub', 'system'], keyRotation: true });
  await set(tenant, MONTHLY, DAILY);
  await stage.backUp(tenant);
  return tenant;
}

test('brings back a schedule that was changed and one that was disabled, and leaves one that was added', async () => {
  const tenant = await backedUp('rotation-damaged');
  await set(tenant, DAILY, { ...DAILY, ...OFF }, MONTHLY);
  const before = writesTo(tenant).length;
  const report = await stage.restoring(tenant, { parts: ['system'] });
  expect(report).toMatchObject({
    verdict: 'verified',
    counts: { created: 1, updated: 1, extra: 1 },
    objects: { system_automatic_key_rotations: { compared: 3, equal: 3 } },
  });
  expect(await schedules(tenant)).toEqual([MONTHLY, DAILY, MONTHLY]);
  expect(writesTo(tenant).slice(before)).toEqual(['automatic-key-rotation', 'automatic-key-rotation']);
});

test('sends schedules apart from the dump, and after it', async () => {
  const tenant = await backedUp('rotation-and-dump');
  await set(tenant, DAILY);
  await dumps.damage(tenant, 'system', 'roles', (role) => (role['role'] === 'auditor' ? undefined : role));
  const before = writesTo(tenant).length;
  const report = await stage.restoring(tenant, { parts: ['hub', 'system'] });
  expect(report).toMatchObject({ verdict: 'verified' });
  expect(writesTo(tenant).slice(before)).toEqual(['configuration', 'automatic-key-rotation']);
  expect(await schedules(tenant)).toMatchObject([MONTHLY, DAILY, OFF]);
});

test('disables what it had added when it is undone, as no request deletes a schedule', async () => {
  const tenant = await backedUp('rotation-undone');
  await set(tenant, DAILY, { ...DAILY, ...OFF });
  const { operationId } = await stage.restoring(tenant, { parts: ['system'] });
  const { next } = await stage.statusOf(tenant, operationId);
  const report = await stage.restoring(tenant, next.requests.back);
  expect(report).toMatchObject({ verdict: 'verified', counts: { pruned: 1, updated: 1 } });
  expect(await schedules(tenant)).toMatchObject([DAILY, OFF, OFF]);
});

test('rolls all schedules back if one is refused', async () => {
  const tenant = await backedUp('rotation-refused');
  await set(tenant, { ...MONTHLY, ...OFF }, { ...DAILY, cron: '@weekly' });
  stage.sandbox.setFault(tenant, {
    kind: 'fail',
    status: 400,
    api: 'system',
    on: 'import',
    after: 1,
    times: 1,
  });
  const error = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
  expect(error).toMatchObject({ code: 'IMPORT_REFUSED', facts: { outcome: 'rolledBack' } });
  expect(await schedules(tenant)).toMatchObject([OFF, { enabled: true, cron: '@weekly' }, OFF]);
});

test('is refused before any write where the enrolment no longer asks for schedules', async () => {
  const tenant = await backedUp('rotation-dropped');
  await set(tenant, DAILY);
  await stage.changeEnrolment(tenant, { keyRotation: false });
  const refusal = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
  expect(refusal).toMatchObject({ code: 'INVALID_REQUEST', facts: { outcome: 'untouched' } });
  expect(refusal.message).toContain('keyRotation');
  const selection = { exclude: [{ resourceType: 'automatic_key_rotations' }] };
  expect(await stage.restoring(tenant, { parts: ['system'], selection })).toMatchObject({
    verdict: 'verified',
  });
  expect(await schedules(tenant)).toMatchObject([DAILY, DAILY, OFF]);
});
