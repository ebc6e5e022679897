import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditAnswer } from '../../functions/audit/audit-answer.ts';
import type { TenantHistory } from '../../functions/audit/history.ts';
import { backup } from '../../functions/backup/backup.ts';
import type { BackupRequest } from '../../functions/backup/request.ts';
import { joinCredentials } from '../../functions/config/credentials/credentials.ts';
import { parseConfigPart, parseCredentialsPart } from '../../functions/config/export/parts.ts';
import { parseJson } from '../../functions/config/json/json.ts';
import { coverageOf } from '../../functions/config/model/coverage.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { rootTenantName } from '../../functions/tenant/enrolment/root-tenant-name.ts';
import { openBackup } from '../../functions/vault/backup-archive.ts';
import type { PartName } from '../../functions/vault/format/manifest.ts';
import { trustedKeysOf } from '../../functions/vault/keys/key-registry.ts';
import { CANARY_MARKER, type DemoTenant, demoTenants } from '../../scripts/demo/tenants.ts';
import { readLambdaLogs } from '../../scripts/local/lambda-logs.ts';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { awaitDeadLetter } from '../dead-letters.ts';
import { documentIn } from '../ledger-records.ts';
import { hoursAgo } from '../nights.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { openStage, type Stage } from '../restore/stage.ts';

/** What is backed up: parts, workspaces, the tenants of a whole deployment. */

let stage: Stage;
let demo: DemoTenant;

beforeAll(async () => {
  stage = await openStage();
  demo = demoTenants()[0] as DemoTenant;
});
afterAll(() => stage?.close());

/** A tenant with an enrolment of its own kind. */
async function enrolled(id: string, changes: object): Promise<string> {
  await stage.newTenant(id, { tree: demo.tree, dump: demo.dump, identity: demo.identity });
  await stage.changeEnrolment(id, changes);
  return id;
}

/** The newest backup of a tenant, opened. */
async function opened(tenant: string) {
  const { clients } = stage;
  const [version] = await stage.deployed.deployment.versionsOf(tenant);
  if (version === undefined) throw new Error(`no backup of ${tenant}`);
  const bytes = await clients.vault.get(version, { maxBytes: 1e8 });
  const keys = trustedKeysOf(await clients.keyRegistry.list(), tenant, undefined);
  const expected = { tenant, signers: clients.trustedSigners, maxPartBytes: 1e8 };
  return openBackup(bytes, expected, clients.sealer.opener(keys));
}

const read = async (archive: Awaited<ReturnType<typeof opened>>, name: PartName) => archive.open(name);

describe('a backup of all parts', () => {
  let tenant: string;
  beforeAll(async () => {
    tenant = await enrolled('complete', { parts: ['identity', 'system', 'hub'] });
    await stage.backUp(tenant);
  });

  test('is one version with one archive, and holds every part whole', async () => {
    expect(await stage.deployed.deployment.versionsOf(tenant)).toHaveLength(4);
    const archive = await opened(tenant);
    expect(archive.manifest.parts.map(({ name }) => name)).toEqual([
      'hub.config',
      'hub.credentials',
      'system.config',
      'system.credentials',
      'identity.credentials',
    ]);
    const { document } = parseConfigPart(await read(archive, 'system.config'));
    const credentials = parseCredentialsPart(await read(archive, 'system.credentials'));
    // Shown to the root tenant alone.
    const { rate_limits, ...dump } = stage.sandbox.dump(tenant, false);
    expect(joinCredentials(document, credentials)).toEqual(dump);
    expect(parseJson(await read(archive, 'identity.credentials'))).toEqual(stage.sandbox.identity(tenant));
  });

  test('shows no secret in its configuration and its manifest', async () => {
    const archive = await opened(tenant);
    for (const name of ['hub.config', 'system.config'] as const) {
      expect((await read(archive, name)).toString('utf8')).not.toContain(CANARY_MARKER);
    }
    expect((await read(archive, 'system.credentials')).toString('utf8')).toContain(CANARY_MARKER);
    expect(JSON.stringify(archive.manifest)).not.toContain(CANARY_MARKER);
    const fingerprints = parseConfigPart(await read(archive, 'system.config')).fingerprints;
    const credentials = parseCredentialsPart(await read(archive, 'system.credentials'));
    expect(Object.keys(fingerprints).sort()).toEqual(Object.keys(credentials).sort());
  });

  test('counts what it holds under names of their own, and says what it lacks', async () => {
    const { manifest } = await opened(tenant);
    const { users = [] } = stage.sandbox.identity(tenant) as { users?: JsonObject[] };
    expect(manifest.objects).toMatchObject({ tenant: 1, system_tenant: 1, identity_users: users.length });
    expect(manifest.objects['system_secrets']).toBeGreaterThan(0);
    expect(manifest.objects['system_other'] ?? 0).toBe(0);
    expect(manifest.credentials['system_known']).toBeGreaterThan(10);
    const rows = coverageOf(manifest);
    const elsewhere = rows.filter(({ coverage }) => coverage === 'elsewhere').map(({ what }) => what);
    expect(elsewhere).toEqual(['schedules of automatic key rotation']);
    expect(rows.find(({ what }) => what === 'users')?.objects).toBeGreaterThan(0);
  });

  test('has the same fingerprints of credentials when nothing has changed', async () => {
    const before = parseConfigPart(await read(await opened(tenant), 'system.config'));
    await stage.backUp(tenant, '2026-01-31T03:00:00Z');
    const after = parseConfigPart(await read(await opened(tenant), 'system.config'));
    expect(after.fingerprintKey).toBe(before.fingerprintKey);
    expect(after.fingerprints).toEqual(before.fingerprints);
  });
});

/** A tenant of which one part answers badly, and what its backup says. */
async function failing(id: string, parts: string[], fault: FaultOrder) {
  const tenant = await enrolled(id, { parts });
  stage.sandbox.setFault(tenant, { ...fault, ...(fault.kind !== 'redacted' && { on: 'export' }) });
  const failure = await rejectionOf(stage.backUp(tenant));
  expect(saidBy(failure)).not.toContain(CANARY_MARKER);
  return { tenant, failure };
}

describe('a part that is not complete', () => {
  test.each<[what: string, parts: string[], fault: FaultOrder, code: string]>([
    [
      'system-cut',
      ['hub', 'system'],
      { kind: 'truncate', framing: 'whole', api: 'system' },
      'EXPORT_INCOMPLETE',
    ],
    ['system-html', ['hub', 'system'], { kind: 'html', api: 'system' }, 'EXPORT_MALFORMED'],
    ['system-empty', ['system'], { kind: 'empty', api: 'system' }, 'EXPORT_MALFORMED'],
    [
      'people-cut',
      ['hub', 'identity'],
      { kind: 'truncate', framing: 'whole', api: 'identity' },
      'EXPORT_INCOMPLETE',
    ],
    ['people-html', ['hub', 'identity'], { kind: 'html', api: 'identity' }, 'EXPORT_MALFORMED'],
  ])('stores nothing as long as it may pass: %s', async (id, parts, fault, code) => {
    const { tenant, failure } = await failing(id, parts, fault);
    expect(failure.code).toBe(code);
    expect(await stage.deployed.deployment.versionsOf(tenant)).toEqual([]);
  });

  test.each<[what: string, parts: string[], fault: FaultOrder, code: string, held: string[]]>([
    ['system-blank', ['hub', 'system'], { kind: 'redacted', api: 'system' }, 'CREDENTIALS_BLANK', ['hub']],
    [
      'system-refused',
      ['hub', 'system'],
      { kind: 'fail', status: 403, api: 'system' },
      'PERMISSION_DENIED',
      ['hub'],
    ],
    [
      'people-blank',
      ['hub', 'identity'],
      { kind: 'redacted', api: 'identity' },
      'CREDENTIALS_BLANK',
      ['hub'],
    ],
    ['tree-blank', ['hub', 'system'], { kind: 'redacted', api: 'hub' }, 'CREDENTIALS_BLANK', ['system']],
    [
      'system-gone',
      ['hub', 'system'],
      { kind: 'fail', status: 404, api: 'system' },
      'TENANT_NOT_FOUND',
      ['hub'],
    ],
    [
      'hub-off-403',
      ['hub', 'system'],
      { kind: 'fail', status: 403, api: 'hub' },
      'PERMISSION_DENIED',
      ['system'],
    ],
    [
      'hub-off-404',
      ['hub', 'system'],
      { kind: 'fail', status: 404, api: 'hub' },
      'TENANT_NOT_FOUND',
      ['system'],
    ],
  ])('leaves the others in an incomplete backup: %s', async (id, parts, fault, code, held) => {
    const { tenant, failure } = await failing(id, parts, fault);
    expect(failure).toMatchObject({ code, message: expect.stringContaining('; incomplete version ') });
    // Nothing but the one of its own tier.
    expect(await stage.deployed.deployment.versionsOf(tenant)).toMatchObject([{ tier: 'daily' }]);
    const { manifest } = await opened(tenant);
    expect([...new Set(manifest.parts.map(({ name }) => name.split('.')[0]))]).toEqual(held);
    const [missing] = parts.filter((part) => !held.includes(part));
    expect(manifest.warnings).toMatchObject({ [`missing_${missing}`]: 1 });
  });
});

describe('a tenant without pools', () => {
  test('is backed up and restored with its empty part', async () => {
    const tenant = 'no-pools';
    await stage.newTenant(tenant, { tree: { name: 'No pools', servers: { main: { name: 'Main' } } } });
    await stage.changeEnrolment(tenant, { parts: ['hub', 'identity'] });
    expect(stage.sandbox.identity(tenant)).toEqual({});
    await stage.backUp(tenant);
    stage.sandbox.changeTenant(tenant, (live) => {
      live['name'] = 'Damaged';
    });
    const report = await stage.restoring(tenant, { parts: ['hub', 'identity'] });
    expect(report.verdict).toBe('verified');
    expect(stage.sandbox.tenant(tenant)['name']).toBe('No pools');
  });
});

describe('a backup of the system part alone', () => {
  test('needs no hub', async () => {
    const tenant = await enrolled('no-hub', { parts: ['system'] });
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 404, api: 'hub' });
    await stage.backUp(tenant);
    const { manifest } = await opened(tenant);
    expect(manifest.parts.map(({ name }) => name)).toEqual(['system.config', 'system.credentials']);
    expect(manifest.source.shape).toBe('tenant');
  });

  test('has no tree to restore, which is said with what it holds', async () => {
    const tenant = await enrolled('no-tree', { parts: ['system', 'identity'] });
    await stage.backUp(tenant);
    expect(await rejectionOf(stage.restoring(tenant, { parts: ['hub'] }))).toMatchObject({
      code: 'PART_ABSENT',
      message: expect.stringContaining('must be among system, identity'),
    });
    expect(stage.writesTo(tenant)).toEqual([]);
  });

  test('warns of references to nothing, by object and place', async () => {
    const tenant = await enrolled('dangling', { parts: ['hub', 'system'] });
    stage.sandbox.changeTenant(tenant, (tree) => {
      const { customers } = tree['servers'] as Record<string, { idps: Record<string, JsonObject> }>;
      const [id] = Object.keys(customers?.idps ?? {});
      Object.assign(customers?.idps[id as string] as object, { post_authn_app_id: 'gone' });
    });
    const report = await stage.backUp(tenant);
    expect(report.warnings).toMatchObject({ dangling_references: 1, system_dangling_references: 1 });
    expect((await opened(tenant)).manifest.warnings).toEqual(report.warnings);
    expect(report.references).toContainEqual(
      expect.objectContaining({ target: 'custom_app gone', severity: 'error' }),
    );
    expect(JSON.stringify(report)).not.toContain(CANARY_MARKER);
  });
});

describe('a backup of listed workspaces', () => {
  test('holds these and nothing else, as a tree and as a dump', async () => {
    const workspaces = ['customers', 'partners'];
    const tenant = await enrolled('listed', { parts: ['hub', 'system'], workspaces });
    await stage.backUp(tenant);
    const archive = await opened(tenant);
    const tree = parseConfigPart(await read(archive, 'hub.config')).document as JsonObject;
    expect(Object.keys(tree)).toEqual(['servers']);
    expect(Object.keys(tree['servers'] as JsonObject)).toEqual(workspaces);
    const whole = joinCredentials(
      tree as never,
      parseCredentialsPart(await read(archive, 'hub.credentials')),
    );
    const { customers } = stage.sandbox.tenant(tenant)['servers'] as Record<string, JsonObject>;
    expect((whole as unknown as { servers: JsonObject }).servers['customers']).toEqual(customers);
    const dump = parseConfigPart(await read(archive, 'system.config')).document as Record<
      string,
      JsonObject[]
    >;
    expect(dump['servers']?.map(({ id }) => id)).toEqual(workspaces);
    expect(dump).not.toHaveProperty('tenant');
    expect(archive.manifest.source.shape).toBe('tenant');
  });

  test.each([[['hub']], [['system']]])('says which one is not there: %j', async (parts) => {
    const tenant = await enrolled(`lacking-${parts[0]}`, { parts, workspaces: ['customers', 'gone'] });
    const failure = await rejectionOf(stage.backUp(tenant));
    expect(failure).toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
      disposition: 'reject',
      facts: { workspace: 'gone' },
    });
    expect(await stage.deployed.deployment.versionsOf(tenant)).toEqual([]);
  });
});

describe('an enrolment of all tenants', () => {
  const ids = ['one', 'two', 'three_3', 'four', 'five'];
  const night = { tier: 'daily', scheduledTime: hoursAgo(1) } as const;

  test('gives each tenant an archive of its own, and a failure of its own', async () => {
    const { sandbox, deployed } = stage;
    for (const id of ids) sandbox.addTenant({ id, tree: { name: id, servers: { main: { name: 'Main' } } } });
    // The tenants of other tests are part of the deployment, too.
    const others = sandbox.tenantIds.filter((id) => !ids.includes(id) && id !== 'system');
    sandbox.setFault('four', { kind: 'redacted' });
    for (const id of others) sandbox.setFault(id, { kind: 'fail', status: 403, on: 'export' });
    const { issuer, clients } = sandbox.root;
    const enrolment = { issuer, ...clients[0], scope: 'all-tenants' };
    await deployed.deployment.enrolments.add(
      'big',
      JSON.stringify({
        issuer: enrolment.issuer,
        clientId: enrolment.clientId,
        clientSecret: enrolment.clientSecret,
        scope: enrolment.scope,
        parts: ['hub', 'system'],
      }),
      'never',
    );
    expect(
      await deployed.deployment.invoke('dispatchFunction', { tenants: ['big'], ...night }),
    ).toMatchObject({ tenants: 1 });
    const names = Object.fromEntries(ids.map((id) => [id, rootTenantName('big', id)]));
    const good = ids.filter((id) => id !== 'four');
    await expect
      .poll(
        async () =>
          Promise.all(
            good.map(
              async (id) =>
                (await deployed.deployment.versionsOf(names[id] as string)).filter(
                  ({ tier }) => tier === 'daily',
                ).length,
            ),
          ),
        { timeout: 100_000, interval: 500 },
      )
      .toEqual([1, 1, 1, 1]);
    const { attributes } = await awaitDeadLetter(
      deployed.deployment,
      ({ body }) => JSON.parse(body).tenant === 'big--four',
    );
    expect(attributes).toMatchObject({ code: 'CREDENTIALS_BLANK' });
    expect(await deployed.deployment.versionsOf('big--four')).toEqual([]);
    expect(await readLambdaLogs(deployed.localAws)).not.toContain(CANARY_MARKER);

    const { manifest } = await opened(names['three_3'] as string);
    expect(manifest.tenant).toMatch(/^big--three-3--[0-9a-f]{20}$/);
    expect(manifest.source.issuer).toBe(`${sandbox.url}/three_3/system`);
    expect(manifest.parts).toHaveLength(4);
    // Found again by its name alone, as a restore does.
    expect((await stage.clients.enrolments.get(names['three_3'] as string)).tenantId).toBe('three_3');
  }, 150_000);

  test('gives all five their archives once none fails, and none of them a second one of that night', async () => {
    const { sandbox, deployed } = stage;
    sandbox.clearFaults('four');
    await deployed.deployment.invoke('dispatchFunction', { tenants: ['big'], ...night });
    const daily = async (id: string) =>
      (await deployed.deployment.versionsOf(rootTenantName('big', id))).filter(
        ({ tier }) => tier === 'daily',
      );
    await expect.poll(async () => (await daily('four')).length, { timeout: 100_000, interval: 500 }).toBe(1);
    const counts = await Promise.all(ids.map(async (id) => (await daily(id)).length));
    expect(counts).toEqual([1, 1, 1, 1, 1]);
  }, 150_000);

  test('is asked for once a tenant, whatever is delivered again', async () => {
    const requests: BackupRequest[] = [];
    const send = async (more: readonly BackupRequest[]) => void requests.push(...more);
    const tools = { ...stage.clients, send };
    const report = await backup({ tenant: 'big', ...night }, tools);
    expect(report).toMatchObject({ outcome: 'forwarded', tenants: requests.length });
    expect(new Set(requests.map(({ tenant }) => tenant)).size).toBe(requests.length);
    const again = requests.find(({ tenant }) => tenant === 'big--one') as BackupRequest;
    expect(await backup(again, tools)).toMatchObject({ outcome: 'found' });
  });

  test('fails where the deployment lists no tenant', async () => {
    const listTenants: Clients['listTenants'] = async () => [];
    const tools = { ...stage.clients, listTenants, send: async () => {} };
    const failure = await rejectionOf(backup({ tenant: 'big', ...night }, tools));
    expect(failure.code).toBe('UNEXPECTED_RESPONSE');
  });
});

describe('an audit of all these backups', () => {
  test('opens each, and finds the objects that its manifest counts, in trees and in dumps', async () => {
    const { deployment } = stage.deployed;
    const tenant = await enrolled('audited', { parts: ['identity', 'system', 'hub'] });
    for (const night of ['2026-02-20', '2026-02-21']) await stage.backUp(tenant, `${night}T02:00:00Z`);
    const { counts, findings } = await deployment.invoke<AuditAnswer>('auditFunction', {});
    expect(counts.opened).toBeGreaterThan(5);
    expect(counts.unopened).toBe(0);
    expect(findings).not.toHaveProperty('BACKUP_BROKEN');
    const { Body } = await deployment.s3.send(
      new GetObjectCommand({
        Bucket: deployment.output('ledgerBucket'),
        Key: `reports/tenants/${tenant}.json`,
      }),
    );
    const { versions } = documentIn((await Body?.transformToString()) ?? '') as TenantHistory;
    // Both parts were compared: the tree alone has fewer objects.
    const [newest] = versions.filter(({ tier }) => tier === 'daily');
    const { manifest, change } = newest ?? {};
    expect(change?.compared).toBeGreaterThan(sumOf(manifest?.objects ?? {}, /^(?!system_|identity_)/));
  });
});

const sumOf = (counts: Readonly<Record<string, number>>, names: RegExp): number =>
  Object.entries(counts).reduce((sum, [name, count]) => sum + (names.test(name) ? count : 0), 0);
