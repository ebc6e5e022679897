import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeScratch, probeWhenDue } from '../../functions/drill/probe-scratch.ts';
import { knownBehaviour, PROBE_DAYS } from '../../functions/probe/known-behaviour.ts';
import { deploymentOf } from '../../functions/probe/probe-record.ts';
import { UNBOUNDED } from '../../functions/restore/source/restore-plan.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { rejectionOf } from '../rejection.ts';
import { openStage, type Stage } from '../restore/stage.ts';

/** Probes in this process, against the sandbox and the local AWS. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

async function newScratch(id: string, changes: object = { scratch: true }): Promise<string> {
  await stage.newTenant(id, { tree: { name: 'Scratch', servers: { main: { name: 'Main' } } } });
  await stage.changeEnrolment(id, changes);
  return id;
}

const inDays = (days: number): Clients => ({
  ...stage.clients,
  now: () => new Date(Date.now() + days * 86_400_000),
});

describe('a probe of the scratch tenant', () => {
  test('is recorded by deployment, after a safety backup, and leaves the tenant as it was', async () => {
    const into = await newScratch('probed');
    const before = stage.sandbox.tenant(into);
    const record = await probeScratch({ into }, stage.clients);
    expect(record).toMatchObject({ scratch: into, leftBehind: [] });
    expect(record.compared).toBeGreaterThan(3);
    expect(record.equal).toBe(record.compared);
    expect(record.findings.find(({ name }) => name === 'absent-object')?.answer).toBe('kept');
    expect(stage.sandbox.tenant(into)).toEqual(before);
    const deployment = deploymentOf(await stage.clients.enrolments.get(into));
    expect(record.deployment).toBe(deployment);
    expect(await knownBehaviour(deployment, stage.clients)).toEqual({
      probe: record,
      isDue: false,
      passedOver: [],
    });
    const backups = await stage.clients.keptBackups.list();
    expect(backups.filter(({ tenant }) => tenant === into)).toMatchObject([{ tier: 'safety' }]);

    // Another one is due when this one is old.
    const enrolment = await stage.clients.enrolments.get(into);
    const whenDue = (clients: Clients) => probeWhenDue(enrolment, clients, UNBOUNDED);
    expect(await whenDue(stage.clients)).toEqual({ wasDue: false, warnings: [] });
    expect(await whenDue(inDays(PROBE_DAYS - 1))).toEqual({ wasDue: false, warnings: [] });
    expect(await whenDue(inDays(PROBE_DAYS + 1))).toEqual({ wasDue: true, warnings: [] });
  });

  test('writes nothing to a tenant that is not marked as scratch', async () => {
    const into = await newScratch('unmarked', {});
    const error = await rejectionOf(probeScratch({ into }, stage.clients));
    expect(error.code).toBe('NOT_SCRATCH');
    // A drill goes on without the probe, and says so.
    const enrolment = await stage.clients.enrolments.get(into);
    expect(await probeWhenDue(enrolment, inDays(PROBE_DAYS + 1), UNBOUNDED)).toMatchObject({
      warnings: [
        { code: 'NOT_SCRATCH', message: expect.stringMatching(/^the probe before the drill failed: /) },
      ],
    });
    expect(stage.writesTo(into)).toEqual([]);
  });

  test('writes nothing while another operation holds the tenant', async () => {
    const into = await newScratch('held');
    const operationId = stage.clients.randomUuid();
    const { now, tenantLocks } = stage.clients;
    const lock = await tenantLocks.acquire({ tenant: into, operationId }, { seconds: 60, now });
    expect((await rejectionOf(probeScratch({ into }, stage.clients))).code).toBe('TENANT_LOCKED');
    expect(stage.writesTo(into)).toEqual([]);
    await lock.giveBack();
    expect((await probeScratch({ into }, stage.clients)).leftBehind).toEqual([]);
  });

  test('writes nothing where the hub is off, and records that', async () => {
    const into = await newScratch('hub-off');
    stage.sandbox.setBehaviour(into, { hub: 'off-403' });
    const { findings, compared } = await probeScratch({ into }, stage.clients);
    expect(findings[0]).toEqual({ name: 'hub', answer: 'off', detail: 'status 403 (forbidden)' });
    expect(compared).toBe(0);
    expect(stage.writesTo(into)).toEqual([]);
  });
});
