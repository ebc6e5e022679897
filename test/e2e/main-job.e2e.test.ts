import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditAnswer } from '../../functions/audit/audit-answer.ts';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import { createLedger } from '../../functions/vault/storage/ledger.client.ts';
import { createVault } from '../../functions/vault/storage/vault.client.ts';
import { followBackups, waiting } from '../../scripts/cli/aws/follow-backups.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { searchForSecrets } from '../../scripts/demo/leaks.ts';
import { differencesBetween } from '../../scripts/demo/sameness.ts';
import { credentialValues, demoTenants } from '../../scripts/demo/tenants.ts';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { type Sandbox, startSandbox, type TenantAccess } from '../../scripts/sandbox/sandbox.ts';
import { awaitDeadLetter } from '../dead-letters.ts';
import { type Deployed, deploy, enrol, untilListed } from '../deployed.ts';
import { documentIn } from '../ledger-records.ts';
import { logLines } from '../log-lines.ts';
import { hoursAgo } from '../nights.ts';
import { describeRights } from './rights-of-functions.ts';

/** The main job on the deployed stack: real functions, queue, keys and buckets on the local AWS. */

const RETRY_DELAY_SECONDS = 1;
const MAX_RECEIVE_COUNT = 2;
const PATIENCE_MILLISECONDS = 120_000;
/** A secret of an enrolment that nobody accepts. */
const WRONG_SECRET = 'canary-enrolment-0001-of-at-least-32-characters';

const run = promisify(execFile);

let deployed: Deployed;
/** Two sandboxes, so that one can be killed while the other goes on. */
let sandbox: Sandbox;
let doomed: Sandbox;
let tenants: { id: string; tree: JsonObject }[];
const accesses = new Map<string, TenantAccess>();
/** Every secret that has been a tenant's at any time. */
const secrets = new Set<string>([WRONG_SECRET]);

beforeAll(async () => {
  tenants = demoTenants();
  [deployed, sandbox, doomed] = await Promise.all([
    deploy({ retryDelaySeconds: RETRY_DELAY_SECONDS, maxReceiveCount: MAX_RECEIVE_COUNT }),
    startSandbox(),
    startSandbox(),
  ]);
  for (const { id, tree } of tenants) {
    accesses.set(id, await enrol(deployed, sandboxOf(id), { id, tree }));
    remember(id);
  }
  await untilListed(
    deployed,
    tenants.map(({ id }) => id),
  );
});

afterAll(async () => {
  await Promise.all([sandbox?.close(), doomed?.close()]);
  await deployed?.close();
});

/** The last tenant lives in the sandbox that will be killed. */
const sandboxOf = (id: string): Sandbox => (id === 'initech' ? doomed : sandbox);

const remember = (id: string): void => {
  for (const secret of credentialValues(sandboxOf(id).tenant(id))) secrets.add(secret);
};

const dispatch = (event: object) =>
  deployed.deployment.invoke<{ tenants: number; scheduledTime: string }>('dispatchFunction', event);

const dailyVersions = async (id: string) =>
  (await deployed.deployment.versionsOf(id)).filter(({ tier }) => tier === 'daily');

/** Wait until every tenant has so many daily backups. */
const awaitDaily = (counts: Record<string, number>) =>
  expect
    .poll(
      async () => {
        const counted = Object.keys(counts).map(
          async (id) => [id, (await dailyVersions(id)).length] as const,
        );
        return Object.fromEntries(await Promise.all(counted));
      },
      { timeout: PATIENCE_MILLISECONDS, interval: 200 },
    )
    .toEqual(counts);

describe('a nightly run', () => {
  const night = { schedule: 'nightly', tier: 'daily', scheduledTime: hoursAgo(20) };

  test('stores one version for each tenant, and no more when it comes again', async () => {
    expect(await dispatch(night)).toMatchObject({ tenants: 3 });
    await awaitDaily({ acme: 1, globex: 1, initech: 1 });
    await dispatch(night);
    await expect
      .poll(
        async () => (await logLines(deployed.localAws)).filter((line) => line['outcome'] === 'found').length,
        {
          timeout: PATIENCE_MILLISECONDS,
        },
      )
      // The queue delivers each request twice: the second one of the first dispatch finds a backup, and both of the other.
      .toBe(9);
    await awaitDaily({ acme: 1, globex: 1, initech: 1 });
  });

  test('leaves one version of each key in the vault, and no key besides', async () => {
    const { s3, output } = deployed.deployment;
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: output('vaultBucket') }),
    );
    const keys = Versions.map(({ Key }) => Key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key?.startsWith('daily/'))).toEqual([
      'daily/acme.tar',
      'daily/globex.tar',
      'daily/initech.tar',
    ]);
    // The first backup of a week, month and year is kept there as well.
    for (const key of keys)
      expect(key).toMatch(/^(daily|weekly|monthly|yearly)\/(acme|globex|initech)\.tar$/);
    expect(DeleteMarkers).toEqual([]);
  });

  test('leaves archives that tar can list: the manifest first, its signature, then the sealed parts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenant-backup-e2e-'));
    try {
      const [version] = await dailyVersions('acme');
      if (!version) throw new Error('no version');
      const file = join(folder, 'acme.tar');
      const bytes = await deployed.deployment.vault.get(version, { maxBytes: 100_000_000 });
      await writeFile(file, bytes);
      const { stdout } = await run('tar', ['tf', file]);
      expect(stdout.trim().split('\n')).toEqual([
        'manifest.json',
        'manifest.sig',
        'hub.config.json.zst.encrypted',
        'hub.credentials.json.encrypted',
      ]);
      const { stdout: manifest } = await run('tar', ['xOf', file, 'manifest.json']);
      expect(JSON.parse(manifest)).toMatchObject({ tenant: 'acme', scheduledTime: night.scheduledTime });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('of a schedule that nobody has asks for nothing', async () => {
    expect(await dispatch({ ...night, schedule: 'hourly' })).toMatchObject({ tenants: 0 });
  });
});

describe('a tenant that dies in the middle of a nightly run', () => {
  const night = { schedule: 'nightly', tier: 'daily', scheduledTime: hoursAgo(10) };

  test('is tried again, then lies in the dead-letter queue with the reason; the others are backed up', async () => {
    // Its export hangs; when it is under way, the server is killed.
    doomed.setFault('*', { kind: 'slow', on: 'export', delayMilliseconds: 30_000 });
    const exportsSeen = () => doomed.requests.filter(({ path }) => path.endsWith('/promote/config')).length;
    const before = exportsSeen();
    await dispatch(night);
    await expect.poll(exportsSeen, { timeout: PATIENCE_MILLISECONDS }).toBeGreaterThan(before);
    await doomed.close();

    await awaitDaily({ acme: 2, globex: 2 });
    const { body, attributes } = await awaitDeadLetter(deployed.deployment, ({ body }) =>
      body.includes('initech'),
    );

    const { schedule: _, ...request } = night;
    expect(JSON.parse(body)).toEqual({ tenant: 'initech', ...request });
    expect(attributes).toMatchObject({ code: 'TENANT_UNAVAILABLE', deliveries: String(MAX_RECEIVE_COUNT) });
    expect(attributes['reason']).toMatch(/^no answer from 127\.0\.0\.1:\d+: \w+$/);
    // Nothing of the night, whole or half: what there is is of the night before.
    expect(await dailyVersions('initech')).toHaveLength(1);

    const failures = (await logLines(deployed.localAws)).filter(
      (line) => line['code'] === 'TENANT_UNAVAILABLE',
    );
    // The queue may have delivered the last request again meanwhile.
    expect(failures.map((line) => line['final']).slice(0, MAX_RECEIVE_COUNT)).toEqual([false, true]);
  });
});

describe('a request that no repetition helps', () => {
  test.each([
    [
      '{"tenant":"acme","tier":"daily","scheduledTime":"tomorrow"}',
      'INVALID_REQUEST',
      /scheduledTime must be a time/,
    ],
    ['no JSON at all', 'INVALID_REQUEST', /must be a JSON object/],
    [
      '{"tenant":"umbrella","tier":"daily","scheduledTime":"2026-02-01T02:00:00Z"}',
      'NOT_ENROLLED',
      /"umbrella" is not enrolled/,
    ],
  ])('lies in the dead-letter queue at once: %s', async (body, code, reason) => {
    const { sqs, output } = deployed.deployment;
    await sqs.send(new SendMessageCommand({ QueueUrl: output('queueUrl'), MessageBody: body }));
    const { attributes } = await awaitDeadLetter(deployed.deployment, (letter) => letter.body === body);
    expect(attributes).toMatchObject({ code, deliveries: '1' });
    expect(attributes['reason']).toMatch(reason);
  });

  test('is not confused with one whose secret is refused, of which each try is told before it lies there too', async () => {
    await enrol(
      deployed,
      sandbox,
      { id: 'locked-out', tree: { name: 'Locked out' } },
      {
        schedule: 'none',
        clientSecret: WRONG_SECRET,
      },
    );
    const { scheduledTime } = await dispatch({ tenants: ['locked-out'], tier: 'manual' });
    const { s3, output } = deployed.deployment;
    const tries: unknown[] = [];
    const results = await followBackups([waiting({ tenant: 'locked-out', tier: 'manual', scheduledTime })], {
      vault: createVault(s3, output('vaultBucket')),
      ledger: createLedger(s3, output('ledgerBucket')),
      now: () => new Date(),
      onPending: () => {},
      onFailedTry: ({ failedTry }) => tries.push(failedTry),
      isTimedOut: () => false,
      pause: () => sleep(100),
    });
    expect(tries).toMatchObject([
      { deliveries: 1, maxDeliveries: MAX_RECEIVE_COUNT, code: 'AUTHENTICATION_REFUSED' },
    ]);
    expect(results).toMatchObject([{ outcome: 'failed', code: 'AUTHENTICATION_REFUSED' }]);
    const { attributes } = await awaitDeadLetter(deployed.deployment, ({ body }) =>
      body.includes('locked-out'),
    );
    expect(attributes).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
      deliveries: String(MAX_RECEIVE_COUNT),
    });
  });
});

describe('an answer that is not of SecureAuth', () => {
  const manualVersions = async (id: string) =>
    (await deployed.deployment.versionsOf(id)).filter(({ tier }) => tier === 'manual').length;

  // Each for a time of its own: two requests within one second are for the same backup.
  test.each<[what: string, hour: number, fault: FaultOrder]>([
    ["a proxy's 404", 1, { kind: 'html', status: 404, on: 'export', times: 1 }],
    ["a proxy's 403 for a token", 2, { kind: 'html', status: 403, on: 'token', times: 1 }],
    ['a page in place of an export', 3, { kind: 'html', on: 'export', times: 1 }],
    ['a redirect', 4, { kind: 'redirect', on: 'export', times: 1 }],
  ])('passes within the tries of a backup: %s', async (_, hour, fault) => {
    const before = await manualVersions('acme');
    sandbox.setFault('acme', fault);
    await dispatch({ tenants: ['acme'], tier: 'manual', scheduledTime: hoursAgo(hour) });
    await expect
      .poll(() => manualVersions('acme'), { timeout: PATIENCE_MILLISECONDS, interval: 200 })
      .toBe(before + 1);
  });

  test('is in the dead letter where it lasts: by whom, how, and how often, but not what', async () => {
    sandbox.setFault('globex', { kind: 'html', status: 404, on: 'export' });
    await dispatch({ tenants: ['globex'], tier: 'manual' });
    const { attributes } = await awaitDeadLetter(deployed.deployment, ({ body }) =>
      /globex.*manual/.test(body),
    );
    sandbox.clearFaults();
    expect(attributes).toMatchObject({
      code: 'UNEXPECTED_RESPONSE',
      deliveries: String(MAX_RECEIVE_COUNT),
      answer: `404 text/html from nginx, ${MAX_RECEIVE_COUNT} tries`,
      reason: expect.stringMatching(
        /answered 404 by 127\.0\.0\.1:\d+ \(nginx\) with content type text\/html/,
      ),
    });
    expect(attributes['reason']).not.toMatch(/proxy page|doctype/);
  });
});

describe('an invocation', () => {
  test('restores a damaged tenant', async () => {
    const before = sandbox.tenant('acme');
    sandbox.changeTenant('acme', (tree) => void damage(tree, 'tenant-backup'));
    remember('acme');
    expect(differencesBetween(before, sandbox.tenant('acme')).length).toBeGreaterThan(5);
    const plan = await deployed.deployment.invoke<PlanAnswer>('planFunction', {
      tenant: 'acme',
      prune: true,
    });
    expect(plan).toMatchObject({ tenant: 'acme', isEmpty: false, problems: [], credentialsCompared: true });
    expect(plan.changes.length).toBeGreaterThan(5);
    expect(plan.text).toContain('secret differs');
    const planned = await deployed.deployment.restore({ tenant: 'acme', dryRun: true });
    expect(planned.compared - planned.equal).toBeGreaterThan(5);
    const report = await deployed.deployment.restore({ tenant: 'acme' });
    expect(report).toMatchObject({ verdict: 'verified', tenant: 'acme', mode: 'update' });
    expect(report.equal).toBe(report.compared);
    expect(report.safetyBackup).toEqual(expect.any(String));
    expect(differencesBetween(before, sandbox.tenant('acme'))).toEqual([]);
    expect(await deployed.deployment.invoke('statusFunction', { tenant: 'acme' })).toMatchObject({
      operation: {
        operationId: report.operationId,
        activity: 'ended',
        phase: 'verified',
        outcome: 'restored',
        requestId: expect.any(String),
      },
      backup: { state: 'stored' },
    });
  });

  test.each<[verb: 'restoreFunction' | 'dispatchFunction', event: object, code: string, message: RegExp]>([
    ['restoreFunction', { tenant: 'umbrella' }, 'NOT_ENROLLED', /"umbrella" is not enrolled/],
    ['restoreFunction', { tenant: 'locked-out' }, 'NO_BACKUP', /has no backup/],
    [
      'restoreFunction',
      { tenant: 'acme', mode: 'overwrite' },
      'INVALID_REQUEST',
      /ignore, fail, update, got "overwrite"/,
    ],
    ['restoreFunction', { tenant: 'acme', force: true }, 'INVALID_REQUEST', /unknown field "force"/],
    ['restoreFunction', { tenant: 'acme', versionId: 'x' }, 'VERSION_NOT_FOUND', /no version x/],
    [
      'restoreFunction',
      { tenant: 'acme', asOf: '2020-01-01T00:00:00Z' },
      'BEFORE_FIRST_BACKUP',
      /got 2020-01-01T00:00:00Z/,
    ],
    ['dispatchFunction', {}, 'INVALID_REQUEST', /either schedule or tenants/],
    ['dispatchFunction', { tenants: ['umbrella'] }, 'NOT_ENROLLED', /not enrolled: umbrella/],
  ])('of %s with %j fails by code', async (verb, event, code, message) => {
    await expect(deployed.deployment.invoke(verb, event)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('names the safety backup when the import is refused', async () => {
    sandbox.changeTenant('globex', (tree) => void damage(tree, 'tenant-backup'));
    remember('globex');
    sandbox.setFault('globex', { kind: 'fail', status: 422, on: 'import', times: 1 });
    await expect(deployed.deployment.restore({ tenant: 'globex' })).rejects.toMatchObject({
      code: 'IMPORT_REFUSED',
      message: expect.stringMatching(/; the state before is safety backup \S+$/),
    });
  });
});

describe('an audit', () => {
  test('opens every backup, and finds what went wrong and nothing else', async () => {
    const answer = await deployed.deployment.invoke<AuditAnswer>('auditFunction', {});
    expect(answer).toMatchObject({ ok: false, counts: { unopened: 0, paused: 0 } });
    // The tenant with the wrong secret has a schedule that does not exist, and the last import into globex was refused.
    expect(answer.findings).toMatchObject({ SCHEDULE_UNKNOWN: 1, NO_BACKUP: 1, RESTORE_FAILED: 1 });
    const others = Object.keys(answer.findings).filter(
      (code) =>
        !['SCHEDULE_UNKNOWN', 'NO_BACKUP', 'RESTORE_FAILED', 'BACKUP_FAILED', 'MASS_CHANGE'].includes(code),
    );
    expect(others).toEqual([]);
    const { s3, output } = deployed.deployment;
    const read = async (Key: string): Promise<string> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: output('ledgerBucket'), Key }));
      return (await Body?.transformToString()) ?? '';
    };
    const report = documentIn(await read('reports/latest.json')) as AuditReport;
    // By this audit or by the hourly one, which may have been first.
    const opened = report.tenants.filter(({ newest }) => newest?.verdict === 'ok');
    expect(opened.length).toBeGreaterThanOrEqual(tenants.length);
    expect(report.tenants.find(({ tenant }) => tenant === 'acme')).toMatchObject({
      freshness: 'fresh',
      newest: { verdict: 'ok' },
    });
    expect(report.findings.find(({ code }) => code === 'NO_BACKUP')).toMatchObject({
      tenant: 'locked-out',
      facts: { reason: 'AUTHENTICATION_REFUSED' },
    });
    expect(await read('reports/report.html')).toContain('>locked-out<');
    // An audit of the schedule may have published others before.
    const metrics = { Audits: 1, TenantsWithoutFreshBackup: 1, BackupsLost: 0 };
    expect(await logLines(deployed.localAws)).toContainEqual(expect.objectContaining(metrics));
  });
});

describeRights(
  () => deployed,
  async () => (await dailyVersions('acme'))[0],
);

describe('after all that', () => {
  test('no secret is in any file, any log line or any message', async () => {
    for (const { id } of tenants.slice(0, 2)) remember(id);
    const search = await searchForSecrets(deployed.localAws, deployed.deployment, [...secrets]);
    expect(search.found).toEqual([]);
    expect(search.secrets).toBeGreaterThan(250);
    expect(search.logLines).toBeGreaterThan(20);
    expect(search.messages).toBeGreaterThan(0);
    if (!deployed.localAws.external) expect(search.files).toBeGreaterThan(10);
  });

  test('no function has reported a defect', async () => {
    const lines = await logLines(deployed.localAws);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => line['code'] === 'DEFECT')).toEqual([]);
  });
});
