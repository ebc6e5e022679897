import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryOf } from '../../functions/audit/ledger-events.ts';
import { compareTrees } from '../../functions/config/compare/compare.ts';
import type { Json } from '../../functions/config/json/json.ts';
import { drill } from '../../functions/drill/drill.ts';
import type { DrillReport } from '../../functions/drill/drill-report.ts';
import { createDrillTools } from '../../functions/drill/drill-tools.client.ts';
import { parseDrillRequest } from '../../functions/drill/request.ts';
import type { DrillSettings } from '../../functions/drill/settings.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { at, openStage, type Stage } from '../restore/stage.ts';

/** Drills in this process, against the sandbox and the local AWS; enrolments of tenants that are drilled cannot be read. */

let stage: Stage;
let bucket: string;
beforeAll(async () => {
  stage = await openStage();
  bucket = stage.deployed.deployment.output('vaultBucket');
});
afterAll(() => stage?.close());

const OTHER = { name: 'Scratch', servers: { main: { name: 'Main' }, old: { name: 'Left by somebody' } } };

/** A tenant that may be overwritten, and is different from all others. */
async function newScratch(id: string, changes: object = { scratch: true }): Promise<string> {
  await stage.newTenant(id, { tree: OTHER });
  await stage.changeEnrolment(id, changes);
  return id;
}

function drilling(
  into: string,
  tenant?: string,
  settings: Partial<DrillSettings> = {},
  changes: Partial<Clients> = {},
): Promise<DrillReport> {
  const all = { into, credentials: 'regenerate' as const, ...settings };
  const { enrolments } = stage.clients;
  const clients = {
    ...stage.clients,
    enrolments: {
      ...enrolments,
      // The function's role reads this one secret.
      get: (name: string) =>
        name === into ? enrolments.get(name) : Promise.reject(new Error(`enrolment ${name} was read`)),
    },
    ...changes,
  };
  const tools = createDrillTools(clients, bucket, stage.deployed.deployment.s3);
  return drill(parseDrillRequest(tenant === undefined ? {} : { tenant }, all), all, tools);
}

async function reportsOf(tenant: string): Promise<DrillReport[]> {
  const { ledger } = stage.clients;
  const entries = await ledger.list('drills', tenant);
  const documents = await Promise.all(entries.map(({ id }) => ledger.read('drills', tenant, id)));
  return documents.map((entry) => entry?.document as DrillReport);
}

/** Everything that the ledger holds, as text. */
async function ledgerText(): Promise<string> {
  const { s3 } = stage.deployed.deployment;
  const Bucket = stage.deployed.deployment.output('ledgerBucket');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const texts = Contents.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  });
  return (await Promise.all(texts)).join('\n');
}

const secretOf = (tree: JsonObject, workspace: string, client: string): unknown =>
  at(tree, 'servers', workspace, 'clients', client)['client_secret'];

describe('a drill', () => {
  test('makes the scratch tenant exactly the backup, proves it, and tells the recovery time', async () => {
    const { tenant, good } = await stage.backedUp('drilled');
    const scratch = await newScratch('scratch-good');
    const report = await drilling(scratch, tenant);
    expect(report).toMatchObject({
      tenant,
      into: scratch,
      verdict: 'verified',
      credentials: 'regenerate',
      backup: { tenant, tier: 'daily' },
      extra: 0,
      notDrilled: [],
      problems: [],
    });
    expect(report.compared).toBeGreaterThan(100);
    expect(report.equal).toBe(report.compared);
    // The drill's own client, and what decides about its tokens.
    expect(report.leftOut).toContain('/servers/system/clients/tenant-backup');
    expect(report.leftOut).toContain('/servers/system/grant_types');
    const elsewhere = report.leftOut.filter((place) => !place.startsWith('/servers/system/'));
    expect(elsewhere).toEqual(['/features/tree_dump_tenant']);
    expect(report.phases.map(({ phase }) => phase)).toEqual([
      ...[
        'opening',
        'emptying',
        'probing',
        'locking',
        'locked',
        'planned',
        'saving',
        'saved',
        'importing',
        'verifying',
      ],
    ]);
    const restoring = report.phases.filter(({ phase }) => !['emptying', 'probing'].includes(phase));
    expect(report.seconds).toBeGreaterThan(0);
    expect(report.seconds).toBeCloseTo(restoring.reduce((total, { seconds }) => total + seconds, 0));

    const copy = stage.sandbox.tenant(scratch);
    expect(copy['name']).toBe('Drill of drilled');
    expect(Object.keys(at(copy, 'servers')).sort()).toEqual(Object.keys(at(good, 'servers')).sort());
    expect(stage.sandbox.tenant(tenant)).toEqual(good);
    expect(stage.writesTo(tenant)).toEqual([]);
    expect(secretOf(copy, 'customers', 'portal')).not.toBe(secretOf(good, 'customers', 'portal'));
    expect(
      JSON.stringify(copy).replaceAll(String(secretOf(copy, 'system', 'tenant-backup')), ''),
    ).not.toContain('canary-');

    const [stored] = await reportsOf(tenant);
    expect(stored).toEqual(report);
    expect(entryOf('drills', stored)?.event).toMatchObject({
      kind: 'drill',
      tenant,
      id: report.id,
      ok: true,
    });
    expect(await ledgerText()).not.toContain('canary-');
  });

  test('of the same backup is another restore, not a comparison with the one before', async () => {
    const { tenant } = await stage.backedUp('again');
    const scratch = await newScratch('scratch-again');
    const first = await drilling(scratch, tenant);
    const second = await drilling(scratch, tenant);
    expect(first.counts.created).toBeGreaterThan(130);
    // But for what lies in the workspaces that every tenant has.
    expect(second.counts.created).toBeGreaterThan(130);
    expect(second.phases.map(({ phase }) => phase)).toContain('importing');
    stage.sandbox.setFault(scratch, { kind: 'skip-import', on: 'import' });
    expect((await rejectionOf(drilling(scratch, tenant))).code).toBe('RESTORE_MISMATCH');
  });

  test('can carry credentials, and is one of another tenant the next time', async () => {
    const { tenant: first, good } = await stage.backedUp('carried');
    const second = await stage.newTenant('carried-after', {
      tree: { name: 'Small', servers: { main: { name: 'Main' } } },
    });
    await stage.backUp(second);
    const scratch = await newScratch('scratch-carry');
    const report = await drilling(scratch, first, { credentials: 'carry' });
    expect(report).toMatchObject({ verdict: 'verified', credentials: 'carry' });
    const copy = stage.sandbox.tenant(scratch);
    expect(secretOf(copy, 'customers', 'portal')).toBe(secretOf(good, 'customers', 'portal'));
    const workspaceOf = (tree: JsonObject) =>
      ({ servers: { partners: at(tree, 'servers')['partners'] } }) as Json;
    expect(compareTrees(workspaceOf(good), workspaceOf(copy)).compared).toBeGreaterThan(10);
    expect(await ledgerText()).not.toContain('canary-');

    // Two workspaces that every tenant has can be emptied, and not deleted.
    expect(await drilling(scratch, second)).toMatchObject({ verdict: 'verified', extra: 2 });
    expect(Object.keys(at(stage.sandbox.tenant(scratch), 'servers')).sort()).toEqual([
      ...['admin', 'developer', 'main', 'system'],
    ]);
  });

  test.each([
    ['one object', { pointer: '/servers/customers/clients/portal' }],
    ['everything', {}],
  ])('fails when the tenant silently skips %s', async (what, skipped) => {
    const id = what.replace(' ', '-');
    const { tenant } = await stage.backedUp(`skipped-${id}`);
    const scratch = await newScratch(`scratch-skips-${id}`);
    stage.sandbox.setFault(scratch, { kind: 'skip-import', on: 'import', ...skipped });
    const error = await rejectionOf(drilling(scratch, tenant));
    expect(error).toMatchObject({ code: 'RESTORE_MISMATCH' });
    const [report] = await reportsOf(tenant);
    expect(report).toMatchObject({ verdict: 'failed', code: 'RESTORE_MISMATCH', backup: { tenant } });
    expect(report?.equal).toBeLessThan(report?.compared ?? 0);
    expect(report?.seconds).toBeGreaterThan(0);
    expect(report?.problems).toEqual([{ code: error.code, message: error.message }]);
    expect(entryOf('drills', report)?.event).toMatchObject({ ok: false, code: 'RESTORE_MISMATCH' });
    expect(saidBy(error)).not.toContain('canary-');
  });

  test('says that a backup that does not open is none', async () => {
    const { tenant } = await stage.backedUp('unopened');
    const scratch = await newScratch('scratch-unopened');
    const before = stage.sandbox.tenant(scratch);
    const { vault } = stage.clients;
    const flipped: Clients['vault'] = {
      ...vault,
      async get(version, options) {
        const bytes = await vault.get(version, options);
        bytes[bytes.length - 2048] = (bytes[bytes.length - 2048] ?? 0) ^ 1;
        return bytes;
      },
    };
    const error = await rejectionOf(drilling(scratch, tenant, {}, { vault: flipped }));
    expect(error.code).toBe('DIGEST_MISMATCH');
    expect(await reportsOf(tenant)).toMatchObject([{ verdict: 'failed', code: 'DIGEST_MISMATCH' }]);
    expect(stage.sandbox.tenant(scratch)).toEqual(before);
  });

  test('is refused, and no failure of the backup, while another operation writes to the scratch tenant', async () => {
    const { tenant } = await stage.backedUp('waiting');
    const scratch = await newScratch('scratch-busy');
    const { tenantLocks, now } = stage.clients;
    const lock = await tenantLocks.acquire({ tenant: scratch, operationId: 'another' }, { seconds: 60, now });
    expect((await rejectionOf(drilling(scratch, tenant))).code).toBe('TENANT_LOCKED');
    await lock.giveBack();
    const [report] = await reportsOf(tenant);
    expect(report).toMatchObject({ verdict: 'refused', code: 'TENANT_LOCKED' });
    expect(entryOf('drills', report)).toMatchObject({ tenant, event: { ok: false, wrote: false } });
  });
});

describe('nothing is written to a tenant', () => {
  test.each([[{}], [{ scratch: false }]])('whose enrolment says %j', async (marks) => {
    const id = `unmarked-${Object.keys(marks).length}`;
    const { tenant } = await stage.backedUp(`source-of-${id}`);
    const target = await newScratch(id, marks);
    const before = stage.sandbox.tenant(target);
    const error = await rejectionOf(drilling(target, tenant));
    expect(error.code).toBe('NOT_SCRATCH');
    expect(error.message).toContain('must say "scratch": true');
    expect(stage.sandbox.tenant(target)).toEqual(before);
    expect(await reportsOf(tenant)).toMatchObject([{ verdict: 'failed', code: 'NOT_SCRATCH' }]);
  });

  test('that is the one being drilled, by name or by issuer', async () => {
    const { tenant, good } = await stage.backedUp('itself');
    await stage.changeEnrolment(tenant, { scratch: true });
    expect((await rejectionOf(drilling(tenant, tenant))).code).toBe('NOT_SCRATCH');

    const alias = await newScratch('itself-by-another-name');
    const { issuer, clientId, clientSecret } = (await stage.clients.enrolments.get(tenant)) as {
      issuer: string;
      clientId: string;
      clientSecret: string;
    };
    await stage.changeEnrolment(alias, { issuer, clientId, clientSecret });
    const error = await rejectionOf(drilling(alias, tenant));
    expect(error.code).toBe('NOT_SCRATCH');
    expect(error.message).toContain('the scratch tenant must not be the drilled tenant');
    expect(stage.sandbox.tenant(tenant)).toEqual(good);
    expect(stage.writesTo(tenant)).toEqual([]);
  });
});

describe('the schedule', () => {
  test('drills tenants in turns, the one whose drill is the longest ago first', async () => {
    const tenants = ['turn-a', 'turn-b'];
    for (const id of tenants) await stage.backedUp(id, { tree: OTHER });
    const scratch = await newScratch('scratch-turns');
    const turns = [];
    for (let turn = 0; turn < 3; turn++) {
      turns.push((await drilling(scratch, undefined, { tenants: [...tenants, scratch] })).tenant);
    }
    expect(turns).toEqual(['turn-a', 'turn-b', 'turn-a']);
  });

  test('takes every tenant that has a backup, unless it names some', async () => {
    const { tenant } = await stage.backedUp('aaa-first-of-all', { tree: OTHER });
    const scratch = await newScratch('aa-scratch-of-all');
    expect(await drilling(scratch)).toMatchObject({ tenant, verdict: 'verified' });
  });
});
