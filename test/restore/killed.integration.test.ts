import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import { rejectionOf } from '../rejection.ts';
import { eventually } from '../scripts/local/processes.ts';
import { type DumpStage, damageSystem, dumpStage } from './dump-stage.ts';
import { openStage, type Stage } from './stage.ts';

/** A restore whose process is really killed (SIGKILL) while the tenant is at work for it: nothing of it is left but what the
 * ledger, the vault and the tenant hold. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

const CHILD = fileURLToPath(new URL('restore-child.ts', import.meta.url));

const PARTS = ['hub', 'system'];

/** Writes that the tenant has got so far. */
const writesTo = (tenant: string): number =>
  stage.writesTo(tenant).length + dumps.dumpWritesTo(tenant).length;

/** Restore in another process, and kill that once the tenant has got another `writes` writes, none of which is answered to the
 * end.
 * @returns what the tenant was before, and what the dead process was */
async function killed(tenant: string, fault: FaultOrder, writes: number) {
  const before = dumps.everything(tenant);
  const already = writesTo(tenant);
  stage.sandbox.setFault(tenant, fault);
  const request = { tenant, parts: PARTS, requestedBy: 'on call' };
  const child = fork(CHILD, [JSON.stringify(request)], { execArgv: [], stdio: 'inherit' });
  const ended = once(child, 'exit');
  const isImporting = async () =>
    writesTo(tenant) === already + writes && (await stage.statusOf(tenant)).phase === 'importing';
  const isReached = await eventually(isImporting);
  child.kill('SIGKILL');
  expect(isReached).toBe(true);
  expect(await ended).toEqual([null, 'SIGKILL']);
  return { before, pid: child.pid };
}

/** A clock that stands. */
const at = (time: number) => ({ now: () => new Date(time) });

type Kill = readonly [when: string, fault: FaultOrder, writes: number, change: 'none' | 'some'];

const KILLS: readonly Kill[] = [
  ['before the tenant did anything', { kind: 'hang', on: 'import', times: 1 }, 1, 'none'],
  ['before the tenant answered', { kind: 'hang', when: 'after', on: 'import', times: 1 }, 1, 'some'],
  ['between two parts', { kind: 'hang', on: 'import', api: 'system', times: 1 }, 2, 'some'],
];

describe.each(KILLS)('a process that was killed %s', (_, fault, writes, change) => {
  test('is told by status, holds the lock for its lease, and is undone as advised', async () => {
    const tenant = await dumps.backedUp(`dead-${KILLS.findIndex(([, each]) => each === fault)}`, PARTS);
    stage.damageBadly(tenant);
    await damageSystem(dumps, tenant);
    const { before, pid } = await killed(tenant, fault, writes);
    const isChanged = () => JSON.stringify(dumps.everything(tenant)) !== JSON.stringify(before);
    if (change === 'some') expect(await eventually(isChanged)).toBe(true);
    else expect(dumps.everything(tenant)).toEqual(before);

    const { lock } = await stage.clients.tenantLocks.read(tenant);
    const end = Date.parse(lock?.expiresAt ?? '');
    const running = await stage.statusOf(tenant, undefined, at(end - 1));
    expect(running).toMatchObject({ activity: 'running', operationId: lock?.operationId });
    expect(await rejectionOf(stage.restoring(tenant, {}, at(end - 1)))).toMatchObject({
      code: 'TENANT_LOCKED',
      facts: { operationId: lock?.operationId },
    });

    const found = await stage.statusOf(tenant, undefined, at(end));
    expect(found).toMatchObject({
      activity: 'interrupted',
      operationId: lock?.operationId,
      requestedBy: 'on call',
      requestId: `process ${pid}`,
      phase: 'importing',
      outcome: 'unknown',
      parts: PARTS,
    });
    const versions = await stage.deployed.deployment.versionsOf(tenant);
    const [safety, ...others] = versions.filter(({ tier }) => tier === 'safety');
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      safetyBackup: safety?.versionId,
      next: { requests: { back: { versionId: safety?.versionId } } },
    });

    expect(await stage.restoring(tenant, found.next.requests.back, at(end))).toMatchObject({
      verdict: 'verified',
    });
    expect(dumps.everything(tenant)).toEqual(before);
    expect(await stage.statusOf(tenant, undefined, at(end))).toMatchObject({
      activity: 'ended',
      outcome: 'restored',
      lockedBy: null,
    });
  });
});
