import { afterEach, describe, expect, test } from 'vitest';
import { planDumpChanges, verifyDumpTargetState } from '../../../functions/config/change/dump-change-set.ts';
import { identityBatches } from '../../../functions/config/change/identity-batches.ts';
import { type JsonObject, parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import { damage } from '../../../scripts/demo/damage.ts';
import { type DemoTenant, demoTenants } from '../../../scripts/demo/tenants.ts';
import type { Sandbox } from '../../../scripts/sandbox/sandbox.ts';
import { startWith } from '../../scripts/sandbox/support.ts';
import { connectTo } from '../../tenant/connection.ts';

/** Plans for the system and identity APIs, carried out against the sandbox over HTTP. */

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start() {
  const { tree, dump, identity } = demoTenants()[0] as DemoTenant;
  const { sandbox } = await startWith(tree, { dump, identity });
  closers.push(() => sandbox.close());
  return { sandbox, apis: connectTo(sandbox, { access: 'manage' }) };
}

const read = (body: Buffer): JsonObject => parseJson(body) as JsonObject;
const changeUsers = (sandbox: Sandbox, status: string) =>
  read(
    Buffer.from(
      JSON.stringify(sandbox.identity('acme')).replaceAll('"status":"active"', `"status":"${status}"`),
    ),
  );

describe('a plan for the system API', () => {
  test('brings a damaged tenant back, object by object', async () => {
    const { sandbox, apis } = await start();
    const good = read(await apis.system.exportDump());
    sandbox.changeTenant('acme', (tree) => void damage(tree, 'automation'));
    const live = read(await apis.system.exportDump());
    const plan = planDumpChanges(good, live, { mode: 'update', ownClientId: 'automation' });
    expect(plan.problems).toEqual([]);
    expect(plan.counts['created']).toBeGreaterThan(0);
    expect(plan.counts['updated']).toBeGreaterThan(0);
    await apis.system.importDump(stringifyJson(plan.document as JsonObject), { mode: 'update' });
    const after = read(await apis.system.exportDump());
    const { own, others } = verifyDumpTargetState(plan, after);
    expect([...own.differences, ...others.differences]).toEqual([]);
    expect(own.compared).toBeGreaterThan(100);
    expect(planDumpChanges(good, after, { mode: 'update', ownClientId: 'automation' }).isEmpty).toBe(true);
  });
});

describe('a plan for the identity API', () => {
  test('brings people back, with all that is theirs, in as many imports as it takes', async () => {
    const { sandbox, apis } = await start();
    const good = read(await apis.identity.exportDump());
    await apis.identity.importDump(stringifyJson(changeUsers(sandbox, 'inactive')));
    const live = read(await apis.identity.exportDump());
    const plan = planDumpChanges(good, live, { mode: 'update' });
    expect(plan.problems).toEqual([]);
    expect(plan.counts['updated']).toBeGreaterThan(0);
    const batches = identityBatches(plan.document as JsonObject, 1);
    expect(batches.length).toBeGreaterThan(1);
    for (const batch of batches) await apis.identity.importDump(stringifyJson(batch));
    const { own, others } = verifyDumpTargetState(plan, read(await apis.identity.exportDump()));
    expect([...own.differences, ...others.differences]).toEqual([]);
    expect(own.compared).toBeGreaterThan(10);
  });
});
