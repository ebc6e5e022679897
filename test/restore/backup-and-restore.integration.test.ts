import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import { credentialValues } from '../../scripts/demo/tenants.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { documentIn } from '../ledger-records.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { OWN_CLIENT, openStage, type Stage } from './stage.ts';

/** The steps of backup and restore, in this process: against the sandbox over HTTP, and real S3, KMS and Secrets Manager
 * calls to the local AWS. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const versionsOf = (tenant: string) => stage.deployed.deployment.versionsOf(tenant);

const requestsFor = (tenant: string, method: string, ending: string) =>
  stage.sandbox.requests.filter(
    (request) => request.tenant === tenant && request.method === method && request.path.endsWith(ending),
  );

const importsInto = (tenant: string) => requestsFor(tenant, 'POST', '/promote/config');

const clientsOf = (tenant: string, workspace = 'customers') =>
  (stage.sandbox.tenant(tenant)['servers'] as Record<string, { clients: Record<string, JsonObject> }>)[
    workspace
  ]?.clients ?? {};

describe('backup', () => {
  test('stores one version, and finds it when the request comes again', async () => {
    const tenant = await stage.newTenant('repeated');
    const first = await stage.backUp(tenant);
    expect(first).toMatchObject({
      outcome: 'stored',
      tenant,
      tier: 'daily',
      objects: { tenant: 1, server: 6 },
    });
    const before = stage.sandbox.requests.length;
    const again = await stage.backUp(tenant);
    expect(again).toMatchObject({ outcome: 'found', versionId: first.versionId, sizeBytes: first.sizeBytes });
    expect(stage.sandbox.requests).toHaveLength(before);
    expect((await versionsOf(tenant)).filter(({ tier }) => tier === 'daily')).toHaveLength(1);
  });

  test('stores another version for another time', async () => {
    const tenant = await stage.newTenant('twice');
    await stage.backUp(tenant);
    expect(await stage.backUp(tenant, '2026-02-01T02:00:00Z')).toMatchObject({ outcome: 'stored' });
    expect((await versionsOf(tenant)).filter(({ tier }) => tier === 'daily')).toHaveLength(2);
  });

  test('never writes to the tenant, and needs no more than to read', async () => {
    const tenant = await stage.newTenant('read-only', {
      tree: { name: 'Read only', servers: { main: { name: 'Main' } } },
      clients: [{ clientId: 'reader', scopes: ['read_configuration'] }],
    });
    expect(await stage.backUp(tenant)).toMatchObject({ outcome: 'stored' });
    expect(importsInto(tenant)).toEqual([]);
  });

  test('says when a tenant is not enrolled', async () => {
    expect(await rejectionOf(stage.backUp('nobody'))).toMatchObject({
      code: 'NOT_ENROLLED',
      disposition: 'reject',
      message: 'tenant "nobody" is not enrolled: no secret tenant-backup/tenants/nobody',
    });
  });

  test.each([
    ['redacted', { kind: 'redacted' }, 'CREDENTIALS_BLANK'],
    ['cut-short', { kind: 'truncate', framing: 'whole', on: 'export' }, 'EXPORT_INCOMPLETE'],
    ['not-json', { kind: 'html', on: 'export' }, 'EXPORT_MALFORMED'],
    ['empty', { kind: 'empty', on: 'export' }, 'EXPORT_MALFORMED'],
    ['lost', { kind: 'fail', status: 404, on: 'export' }, 'TENANT_NOT_FOUND'],
    ['refused', { kind: 'fail', status: 403, on: 'export' }, 'PERMISSION_DENIED'],
  ] as const)('stores nothing of a tenant whose export is %s', async (name, fault, code) => {
    const tenant = await stage.newTenant(`export-${name}`);
    stage.sandbox.setFault(tenant, fault);
    const error = await rejectionOf(stage.backUp(tenant));
    expect(error.code).toBe(code);
    expect(await versionsOf(tenant)).toEqual([]);
    const said = saidBy(error);
    expect(credentialValues(stage.tree).filter((secret) => said.includes(secret))).toEqual([]);
  });
});

describe('restore', () => {
  test('brings a damaged tenant back, keeps what was there before, and leaves its own client alone', async () => {
    const tenant = await stage.newTenant('damaged');
    const { versionId } = await stage.backUp(tenant);
    const good = stage.sandbox.tenant(tenant);
    stage.damageBadly(tenant);
    stage.sandbox.changeTenant(tenant, (live) => {
      const { system } = live['servers'] as unknown as Record<string, { clients: Record<string, object> }>;
      Object.assign(system?.clients['tenant-backup'] ?? {}, { description: 'changed since the backup' });
    });

    const report = await stage.restoring(tenant);

    expect(report).toMatchObject({
      verdict: 'verified',
      dryRun: false,
      mode: 'update',
      backup: { tier: 'daily', versionId },
      leftOut: [OWN_CLIENT],
      differing: [],
    });
    expect(report.compared).toBeGreaterThan(100);
    expect(report.equal).toBe(report.compared);
    const counted = Object.values(report.objects).reduce((sum, { compared }) => sum + compared, 0);
    expect(counted).toBe(report.compared);
    expect(differencesBetween(good, stage.sandbox.tenant(tenant))).toEqual([`${OWN_CLIENT}/description`]);
    const safety = (await versionsOf(tenant)).filter(({ tier }) => tier === 'safety');
    expect(safety.map((version) => version.versionId)).toEqual([report.safetyBackup]);
    expect(importsInto(tenant).map(({ query, correlationId }) => ({ ...query, correlationId }))).toEqual([
      { mode: 'update', dry_run: 'false', correlationId: report.operationId },
    ]);
  });

  test('records what it did, without a value of the tenant', async () => {
    const tenant = await stage.newTenant('recorded');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    const { operationId } = await stage.restoring(tenant);
    const { s3, output } = stage.deployed.deployment;
    const bucket = { Bucket: output('ledgerBucket') };
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ ...bucket, Prefix: `operations/${tenant}/` }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual([`operations/${tenant}/${operationId}.json`]);
    const { Body } = await s3.send(new GetObjectCommand({ ...bucket, Key: Contents[0]?.Key }));
    const text = (await Body?.transformToString()) ?? '';
    expect(documentIn(text)).toMatchObject({ phase: 'verified', outcome: 'restored', tenant });
    expect(credentialValues(stage.tree).filter((secret) => text.includes(secret))).toEqual([]);
  });

  test('is refused while another operation writes to the tenant, and then writes nothing', async () => {
    const tenant = await stage.newTenant('locked');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    const live = stage.sandbox.tenant(tenant);
    const lock = { tenant, operationId: 'another-operation' };
    const held = await stage.clients.tenantLocks.acquire(lock, { seconds: 60, now: () => new Date() });
    expect(await rejectionOf(stage.restoring(tenant))).toMatchObject({
      code: 'TENANT_LOCKED',
      facts: { operationId: 'another-operation' },
    });
    expect(stage.sandbox.tenant(tenant)).toEqual(live);
    expect((await versionsOf(tenant)).filter(({ tier }) => tier === 'safety')).toEqual([]);
    expect(await stage.restoring(tenant, { dryRun: true })).toMatchObject({ verdict: 'planned' });
    await held.giveBack();
    expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified' });
  });

  test('gives the lock back after a failure', async () => {
    const tenant = await stage.newTenant('unlocked');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 422, on: 'import', times: 1 });
    expect((await rejectionOf(stage.restoring(tenant))).code).toBe('IMPORT_REFUSED');
    expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified' });
  });

  test('records a restore that failed, with the reason and the safety backup', async () => {
    const tenant = await stage.newTenant('refused-and-recorded');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 422, on: 'import' });
    const error = await rejectionOf(stage.restoring(tenant));
    const { s3, output } = stage.deployed.deployment;
    const bucket = { Bucket: output('ledgerBucket') };
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ ...bucket, Prefix: `operations/${tenant}/` }),
    );
    const { Body } = await s3.send(new GetObjectCommand({ ...bucket, Key: Contents[0]?.Key }));
    expect(documentIn((await Body?.transformToString()) ?? '')).toMatchObject({
      phase: 'rolled-back',
      outcome: 'rolledBack',
      tenant,
      safetyBackup: error.facts['safetyBackup'],
      error: { code: 'IMPORT_REFUSED' },
    });
  });

  test('brings back a client whose secret was blanked, which is no reason to refuse the safety backup', async () => {
    const tenant = await stage.newTenant('blanked');
    await stage.backUp(tenant);
    const secret = clientsOf(tenant)['portal']?.['client_secret'];
    stage.sandbox.changeTenant(tenant, (live) => {
      const { customers } = live['servers'] as unknown as Record<string, { clients: Record<string, object> }>;
      Object.assign(customers?.clients['portal'] ?? {}, { client_secret: '', rotated_secrets: null });
    });
    expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified' });
    expect(clientsOf(tenant)['portal']?.['client_secret']).toBe(secret);
  });

  test('as a dry run says what differs and writes nothing, neither to the tenant nor to the vault', async () => {
    const tenant = await stage.newTenant('planned');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    const [live, versions] = [stage.sandbox.tenant(tenant), await versionsOf(tenant)];

    const report = await stage.restoring(tenant, { dryRun: true });

    expect(report).toMatchObject({
      verdict: 'planned',
      dryRun: true,
      safetyBackup: null,
      leftOut: [OWN_CLIENT],
    });
    expect(report.equal).toBeLessThan(report.compared);
    expect(report.differing).toHaveLength(report.compared - report.equal);
    expect(report.differing).toContainEqual({
      type: 'client',
      pointer: '/servers/customers/clients/portal',
      kind: 'missing',
      properties: [],
    });
    const text = JSON.stringify(report);
    const secrets = [...credentialValues(stage.tree), ...credentialValues(live)];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(importsInto(tenant)).toEqual([]);
    expect(stage.sandbox.tenant(tenant)).toEqual(live);
    expect(await versionsOf(tenant)).toEqual(versions);
  });

  test('as a dry run has a token that cannot write; for a restore that client does not do', async () => {
    const tenant = await stage.newTenant('reader', {
      tree: { name: 'Reader', servers: { main: { name: 'Main' } } },
      clients: [{ clientId: 'reader', scopes: ['read_configuration'] }],
    });
    await stage.backUp(tenant);
    expect(await stage.restoring(tenant, { dryRun: true })).toMatchObject({ verdict: 'planned' });
    expect(await rejectionOf(stage.restoring(tenant))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
      facts: { error: 'invalid_scope' },
    });
    expect((await versionsOf(tenant)).filter(({ tier }) => tier === 'safety')).toEqual([]);
  });

  test.each([
    [
      'one object',
      { pointer: '/servers/customers/clients/portal' },
      '/servers/customers/clients/portal (missing)',
    ],
    ['everything', {}, '/servers/customers'],
  ])('finds out when the tenant silently skips %s', async (what, skipped, named) => {
    const tenant = await stage.newTenant(what === 'everything' ? 'skips-all' : 'skips-one');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    stage.sandbox.setFault(tenant, { kind: 'skip-import', ...skipped });
    const error = await rejectionOf(stage.restoring(tenant));
    expect(error).toMatchObject({ code: 'RESTORE_MISMATCH', disposition: 'halt' });
    expect(error.message).toContain(named);
    const [safety] = (await versionsOf(tenant)).filter(({ tier }) => tier === 'safety');
    expect(error.facts['safetyBackup']).toBe(safety?.versionId);
    expect(error.message).toMatch(new RegExp(`; the state before is safety backup ${safety?.versionId}$`));
  });

  test.each([
    ['refused', { kind: 'fail', status: 422 }, 'IMPORT_REFUSED'],
    ['forbidden', { kind: 'fail', status: 403 }, 'PERMISSION_DENIED'],
    ['throttled', { kind: 'throttle', retryAfterSeconds: 600 }, 'TENANT_THROTTLED'],
    ['unanswered', { kind: 'close' }, 'TENANT_UNAVAILABLE'],
  ] as const)('names the safety backup when the import is %s', async (name, fault, code) => {
    const tenant = await stage.newTenant(`import-${name}`);
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    const live = stage.sandbox.tenant(tenant);
    stage.sandbox.setFault(tenant, { ...fault, on: 'import' });
    const error = await rejectionOf(stage.restoring(tenant));
    expect(error.code).toBe(code);
    const [safety] = (await versionsOf(tenant)).filter(({ tier }) => tier === 'safety');
    expect(error.facts['safetyBackup']).toBe(safety?.versionId);
    expect(error.message).toContain(`safety backup ${safety?.versionId}`);
    expect(stage.sandbox.tenant(tenant)).toEqual(live);
  });

  test('does not touch a tenant of which no good safety backup can be made', async () => {
    const tenant = await stage.newTenant('unsafe');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    stage.sandbox.setFault(tenant, { kind: 'redacted' });
    expect(await rejectionOf(stage.restoring(tenant))).toMatchObject({ code: 'CREDENTIALS_BLANK' });
    expect(importsInto(tenant)).toEqual([]);
  });

  test('with mode=ignore brings back what is missing and leaves the rest as it is', async () => {
    const tenant = await stage.newTenant('ignoring');
    await stage.backUp(tenant);
    stage.damageBadly(tenant);
    const planned = await stage.restoring(tenant, { mode: 'ignore', dryRun: true });
    expect(new Set(planned.differing.map(({ kind }) => kind))).toEqual(new Set(['missing']));
    const report = await stage.restoring(tenant, { mode: 'ignore' });
    expect(report).toMatchObject({ verdict: 'verified', mode: 'ignore' });
    expect(report.compared).toBe(report.equal);
    expect(planned.compared).toBe(report.compared);
    expect(clientsOf(tenant)['portal']).toBeDefined();
    expect(clientsOf(tenant)['mobile-app']?.['redirect_uris']).toEqual(['https://attacker.example/callback']);
  });

  test('with mode=fail is refused by a tenant that has objects already', async () => {
    const tenant = await stage.newTenant('failing');
    await stage.backUp(tenant);
    const live = stage.sandbox.tenant(tenant);
    expect(await rejectionOf(stage.restoring(tenant, { mode: 'fail' }))).toMatchObject({
      code: 'CHANGE_IMPOSSIBLE',
      facts: { problem: 'CONFLICT', outcome: 'untouched' },
    });
    expect(stage.sandbox.tenant(tenant)).toEqual(live);
  });

  test('says when there is nothing to restore from', async () => {
    const tenant = await stage.newTenant('never');
    expect(await rejectionOf(stage.restoring(tenant))).toMatchObject({ code: 'NO_BACKUP' });
    expect(await rejectionOf(stage.restoring('nobody'))).toMatchObject({ code: 'NOT_ENROLLED' });
    expect(requestsFor(tenant, 'POST', '/oauth2/token')).toEqual([]);
  });

  test('takes the version, the time or the tier that is asked for', async () => {
    const tenant = await stage.newTenant('choosing');
    const rename = (name: string) =>
      stage.sandbox.changeTenant(tenant, (live) => Object.assign(live, { name }));
    const nameAfter = async (request: object) => {
      await stage.restoring(tenant, request);
      return stage.sandbox.tenant(tenant)['name'];
    };
    rename('first');
    const first = await stage.backUp(tenant, '2026-01-30T02:00:00Z');
    // The vault tells times apart by the second.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    rename('second');
    await stage.backUp(tenant, '2026-01-31T02:00:00Z');
    const [newer, older] = (await versionsOf(tenant)).filter(({ tier }) => tier === 'daily');
    const asOf = new Date(Math.ceil((older?.storedAt.getTime() ?? 0) / 1000) * 1000).toISOString();
    expect(Date.parse(asOf)).toBeLessThan(newer?.storedAt.getTime() ?? 0);

    rename('third');
    expect(await nameAfter({ versionId: first.versionId })).toBe('first');
    expect(await nameAfter({ tier: 'safety' })).toBe('third');
    expect(await nameAfter({})).toBe('second');
    expect(await nameAfter({ asOf })).toBe('first');

    expect(await rejectionOf(stage.restoring(tenant, { asOf: '2020-01-01T00:00:00Z' }))).toMatchObject({
      code: 'BEFORE_FIRST_BACKUP',
    });
    expect(await rejectionOf(stage.restoring(tenant, { versionId: 'no-such-version' }))).toMatchObject({
      code: 'VERSION_NOT_FOUND',
    });
    expect(await rejectionOf(stage.restoring(tenant, { tier: 'manual' }))).toMatchObject({
      code: 'NO_BACKUP',
    });
  });
});
