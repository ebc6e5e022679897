import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import type { OperationRecord } from '../../functions/restore/record/operation.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { type DumpStage, damagePeople, damageSystem, dumpStage, withSystem } from './dump-stage.ts';
import { differences, later, never, openStage, type Stage } from './stage.ts';

/** A restore of dumps that goes wrong says in which state it left the tenant, and that is so. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

const changesSince = (before: object, tenant: string): string[] =>
  differencesBetween(before as JsonObject, dumps.everything(tenant) as JsonObject);

async function damaged(id: string) {
  const tenant = await dumps.backedUp(id);
  await damageSystem(dumps, tenant);
  await damagePeople(dumps, tenant);
  return { tenant, before: dumps.everything(tenant), tree: stage.sandbox.tenant(tenant) };
}

describe('a tenant that silently leaves out an object', () => {
  test.each<[TenantPart, string, string]>([
    ['system', '/roles/0', 'roles'],
    ['identity', '/users/0', 'users'],
  ])('is found out in the part %s, named, and put back', async (part, pointer, type) => {
    const { tenant, before } = await damaged(`skipped-${part}`);
    const api = part as 'system' | 'identity';
    // The first import alone: people come after what they are in.
    const after = part === 'identity' ? 1 : 0;
    stage.sandbox.setFault(tenant, { kind: 'skip-import', pointer, api, on: 'import', after, times: 1 });
    const error = await rejectionOf(stage.restoring(tenant, { parts: [part] }));
    expect(error).toMatchObject({ code: 'RESTORE_MISMATCH', facts: { outcome: 'rolledBack' } });
    expect(error.message).toContain(`/${type}/`);
    expect(changesSince(before, tenant)).toEqual([]);
    expect((await stage.statusOf(tenant)).outcome).toBe('rolledBack');
  });
});

describe('a write that breaks off half way', () => {
  test('is undone in the part system: what existed is imported, what was added is removed', async () => {
    const { tenant, before } = await damaged('half-system');
    const done = dumps.dumpWritesTo(tenant).length;
    stage.sandbox.setFault(tenant, {
      kind: 'fail-halfway',
      objects: 3,
      api: 'system',
      on: 'import',
      times: 1,
    });
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
    expect(error).toMatchObject({ code: 'TENANT_UNAVAILABLE', facts: { outcome: 'rolledBack' } });
    expect(changesSince(before, tenant)).toEqual([]);
    expect(dumps.dumpWritesTo(tenant)[done]).toBe('PUT system');
    expect(dumps.dumpWritesTo(tenant).slice(done)).toContain('PATCH system');
  });

  test('is undone in the part identity, where some imports were done', async () => {
    const { tenant, before } = await damaged('half-identity');
    stage.sandbox.setFault(tenant, {
      kind: 'fail',
      status: 422,
      api: 'identity',
      on: 'import',
      after: 1,
      times: 1,
    });
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['identity'] }));
    expect(error).toMatchObject({ code: 'IMPORT_REFUSED', facts: { outcome: 'rolledBack' } });
    expect(changesSince(before, tenant)).toEqual([]);
  });

  test('is left as it is where that was asked for, and the advice leads back', async () => {
    const { tenant, before } = await damaged('half-left');
    stage.sandbox.setFault(tenant, {
      kind: 'fail-halfway',
      objects: 3,
      api: 'system',
      on: 'import',
      times: 1,
    });
    const request = { parts: ['system'], onFailure: 'leave' };
    const error = await rejectionOf(stage.restoring(tenant, request));
    expect(error.facts).toMatchObject({ outcome: 'leftAsIs' });
    expect(changesSince(before, tenant)).not.toEqual([]);
    const { next } = await stage.statusOf(tenant);
    expect(await stage.restoring(tenant, next.requests.back)).toMatchObject({ verdict: 'verified' });
    expect(changesSince(before, tenant)).toEqual([]);
  });

  test('is unknown where what was added cannot be removed, and says so', async () => {
    const { tenant, before } = await damaged('half-stuck');
    stage.sandbox.setFault(tenant, {
      kind: 'skip-import',
      pointer: '/roles/0',
      api: 'system',
      on: 'import',
      times: 1,
    });
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 422, api: 'system', on: 'patch' });
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
    expect(error).toMatchObject({
      code: 'ROLLBACK_FAILED',
      facts: { outcome: 'unknown', rollback: 'IMPORT_REFUSED' },
    });
    stage.sandbox.clearFaults(tenant);
    const { next } = await stage.statusOf(tenant);
    expect(await stage.restoring(tenant, next.requests.back)).toMatchObject({ verdict: 'verified' });
    expect(changesSince(before, tenant)).toEqual([]);
  });
});

describe('a conflict', () => {
  test('that the tenant reports is told as one, and the tenant is as it was', async () => {
    const { tenant, before } = await damaged('conflict');
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 409, api: 'system', on: 'import', times: 1 });
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['system'] }));
    expect(error).toMatchObject({ code: 'IMPORT_CONFLICT', facts: { outcome: 'rolledBack' } });
    expect(changesSince(before, tenant)).toEqual([]);
  });

  test('that is known beforehand is not tried', async () => {
    const { tenant } = await damaged('conflict-known');
    const done = dumps.dumpWritesTo(tenant).length;
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['system'], mode: 'fail' }));
    expect(error).toMatchObject({ code: 'CHANGE_IMPOSSIBLE', facts: { outcome: 'untouched' } });
    expect(dumps.dumpWritesTo(tenant)).toHaveLength(done);
  });
});

describe('a part that fails after another one was restored', () => {
  test('takes it back, so that the tenant is as it was in all of them', async () => {
    const { tenant } = await damaged('second-fails');
    stage.damageBadly(tenant);
    const [before, tree] = [dumps.everything(tenant), stage.sandbox.tenant(tenant)];
    stage.sandbox.setFault(tenant, {
      kind: 'fail-halfway',
      objects: 3,
      api: 'system',
      on: 'import',
      times: 1,
    });
    const request = { parts: ['hub', 'system', 'identity'] };
    const error = await rejectionOf(stage.restoring(tenant, request));
    expect(error).toMatchObject({ code: 'TENANT_UNAVAILABLE', facts: { outcome: 'rolledBack' } });
    expect(differences(tree, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(changesSince(before, tenant)).toEqual([]);
    const { phases } = await stage.statusOf(tenant);
    expect(phases.flatMap(({ phase, part }) => (phase === 'rolling-back' ? [part] : []))).toEqual([
      'system',
      'hub',
    ]);
  });

  test('is not begun where it cannot be planned any more', async () => {
    const { tenant } = await damaged('second-impossible');
    stage.damageBadly(tenant);
    const [before, tree] = [dumps.everything(tenant), stage.sandbox.tenant(tenant)];
    let looks = 0;
    const blind = withSystem(stage.clients, (api) => ({
      async exportDump(options) {
        // Planned, saved, and then nobody can look at it but for a while later.
        if (++looks === 2) throw new TenantBackupError('PERMISSION_DENIED', 'the export was refused');
        return api.exportDump(options);
      },
    }));
    const error = await rejectionOf(stage.restoring(tenant, { parts: ['hub', 'system'] }, blind));
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', facts: { outcome: 'rolledBack' } });
    expect(differences(tree, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(changesSince(before, tenant)).toEqual([]);
  });
});

/** A process that is killed as soon as a phase of a part is in the ledger. */
function killedIn(phase: string, part: string) {
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  const { ledger } = stage.clients;
  const changes: Partial<Clients> = {
    ledger: {
      ...ledger,
      async replace(kind, tenant, id, document, etag) {
        const written = await ledger.replace(kind, tenant, id, document, etag);
        const last = (document as OperationRecord).phases.at(-1);
        if (last?.phase !== phase || last.part !== part) return written;
        die();
        return never();
      },
    },
  };
  return { changes, death };
}

describe.each([
  ['importing', 'system'],
  ['verifying', 'system'],
  ['importing', 'identity'],
  ['verifying', 'hub'],
])('a restore that was killed %s the part %s', (phase, part) => {
  const request = { parts: ['hub', 'system', 'identity'] };

  test.each(['again', 'back'] as const)(
    'is interrupted, and what is advised as %s ends in a proved tenant',
    async (way) => {
      const tenant = await dumps.backedUp(`killed-${phase}-${part}-${way}`);
      const good = dumps.everything(tenant);
      await damageSystem(dumps, tenant);
      await damagePeople(dumps, tenant);
      stage.damageBadly(tenant);
      const before = dumps.everything(tenant);
      const { changes, death } = killedIn(phase, part);
      void stage.restoring(tenant, request, changes);
      await death;
      const afterwards = later(130);
      const found = await stage.statusOf(tenant, undefined, afterwards);
      expect(found).toMatchObject({
        activity: 'interrupted',
        outcome: 'unknown',
        phase,
        parts: request.parts,
      });
      const report = await stage.restoring(tenant, found.next.requests[way], afterwards);
      expect(report.verdict).toBe('verified');
      expect(changesSince(way === 'again' ? good : before, tenant)).toEqual([]);
    },
  );
});

describe('secrets and people', () => {
  test('are in no report, error, status or ledger', async () => {
    const tenant = await dumps.backedUp('discreet');
    const secrets = dumps.secretsOf(tenant);
    const people = dumps.list(tenant, 'user_identifiers').map(({ identifier }) => String(identifier));
    await damageSystem(dumps, tenant);
    await damagePeople(dumps, tenant);
    const said: string[] = [];
    const request = { parts: ['hub', 'system', 'identity'] };
    stage.sandbox.setFault(tenant, {
      kind: 'fail-halfway',
      objects: 3,
      api: 'system',
      on: 'import',
      times: 1,
    });
    said.push(saidBy(await rejectionOf(stage.restoring(tenant, request))));
    said.push(JSON.stringify(await stage.restoring(tenant, { ...request, dryRun: true })));
    said.push(JSON.stringify(await stage.restoring(tenant, request)));
    said.push(JSON.stringify(await stage.statusOf(tenant)));
    said.push(...(await ledgerEntries(tenant)));
    expect(said).toHaveLength(6);
    expect(secrets.length).toBeGreaterThan(8);
    expect(people.length).toBeGreaterThan(2);
    const leaks = [...secrets, ...people].filter((value) => said.some((text) => text.includes(value)));
    expect(leaks).toEqual([]);
  });
});

async function ledgerEntries(tenant: string): Promise<string[]> {
  const { s3, output } = stage.deployed.deployment;
  const Bucket = output('ledgerBucket');
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: `operations/${tenant}/` }),
  );
  return Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    }),
  );
}
