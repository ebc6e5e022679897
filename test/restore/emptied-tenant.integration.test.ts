import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { type DumpStage, dumpStage, withSystem } from './dump-stage.ts';
import { differences, openStage, type Stage } from './stage.ts';

/** Tenants that lost everything that a part shows: the safety backup of the emptiness is no obstacle to bringing it back. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

/** Exports leave out the workspace that restores authenticate in, which has to stay. */
const SYSTEM = 'system';

const withoutSystem = (exported: Buffer): Buffer => {
  const document = JSON.parse(exported.toString());
  const servers = document.servers.filter(({ id }: { id: string }) => id !== SYSTEM);
  return Buffer.from(JSON.stringify({ ...document, servers }));
};

const backUpWith = async (tenant: string, changes: object) =>
  backUpTenant(
    { tenant, tier: 'daily', scheduledTime: '2026-02-01T02:00:00Z' },
    await stage.clients.enrolments.get(tenant),
    { ...stage.clients, ...changes },
  );

const loseWorkspaces = (tenant: string) =>
  stage.sandbox.changeTenant(tenant, (live) => {
    const servers = live['servers'] as unknown as Record<string, object>;
    Object.assign(live, { servers: { [SYSTEM]: servers[SYSTEM] } });
  });

test('a tenant without workspaces gets its tree back', async () => {
  stage.sandbox.setBehaviour('emptied-hub', { builtInWorkspaces: 'hidden' });
  const { tenant, good } = await stage.backedUp('emptied-hub');
  stage.sandbox.changeTenant(tenant, (live) => {
    const { system, admin, developer } = live['servers'] as JsonObject;
    Object.assign(live, { servers: { system, admin, developer } });
  });
  expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified', outcome: 'restored' });
  expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
});

test('a tenant without workspaces gets the dump of its system back', async () => {
  const tenant = await dumps.backedUp('emptied-system');
  const changes = withSystem(stage.clients, (system) => ({
    exportDump: async (options) => withoutSystem(await system.exportDump(options)),
  }));
  await stage.changeEnrolment(tenant, { parts: ['system'] });
  await backUpWith(tenant, changes);
  const { servers: before } = dumps.everything(tenant);
  loseWorkspaces(tenant);
  expect(await stage.restoring(tenant, { parts: ['system'] }, changes)).toMatchObject({
    verdict: 'verified',
    outcome: 'restored',
  });
  const { servers: after } = dumps.everything(tenant);
  expect((after as string[]).length).toBe((before as string[]).length);
});

test('a tenant without people gets them back', async () => {
  const tenant = await dumps.backedUp('emptied-identity');
  const good = dumps.everything(tenant);
  for (const collection of [
    'codes',
    'group_members',
    'user_credentials',
    'user_identifiers',
    'user_verifiable_addresses',
    'groups',
    'users',
  ]) {
    await dumps.damage(tenant, 'identity', collection, () => undefined);
  }
  expect(dumps.list(tenant, 'users')).toEqual([]);
  expect(await stage.restoring(tenant, { parts: ['identity'] })).toMatchObject({
    verdict: 'verified',
    outcome: 'restored',
  });
  expect(differencesBetween(good as JsonObject, dumps.everything(tenant) as JsonObject)).toEqual([]);
});
