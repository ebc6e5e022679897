import {
  CreateGrantCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metricsOf } from '../../functions/audit/metrics.ts';
import { codesOf as codes, LocalVault, metricOf as metric, findingOf as of, treeOf } from './local-vault.ts';

/** Every condition is made to happen, and then to pass, in a real S3, KMS, Secrets Manager and SNS. */

let local: LocalVault;
beforeEach(async () => {
  local = await LocalVault.start();
});
afterEach(() => local?.stop());

describe('an audit', () => {
  it('names whom a key lets in by its policy and by grants, of every key that backups need, until it does no more', async () => {
    await local.enrol('acme');
    await local.backUp('acme');
    const { configuration, credentials } = local.keys;
    const mallory = configuration.replace(/^(.*):kms:.*?:(\d+):.*/, '$1:iam::$2:user/mallory');
    const principals = async (): Promise<string[]> => {
      const report = await local.audit();
      expect(metric(report, 'keysUnhealthy')).toBe(report.findings.length);
      return report.findings.map(({ code, subject }) => `${code} ${subject}`);
    };
    expect(await principals()).toEqual([]);
    const policy = await local.kms.send(new GetKeyPolicyCommand({ KeyId: configuration }));
    const opened = JSON.parse(policy.Policy ?? '');
    opened.Statement.push({
      Effect: 'Allow',
      Principal: { AWS: mallory },
      Action: 'kms:Decrypt',
      Resource: '*',
    });
    await local.kms.send(new PutKeyPolicyCommand({ KeyId: configuration, Policy: JSON.stringify(opened) }));
    const grants = await Promise.all(
      [credentials, local.fingerprintKeyArn].map(async (KeyId) => ({
        KeyId,
        ...(await local.kms.send(
          new CreateGrantCommand({ KeyId, GranteePrincipal: mallory, Operations: ['DescribeKey'] }),
        )),
      })),
    );
    expect(await principals()).toEqual(
      [
        `KEY_PRINCIPAL_UNEXPECTED ${configuration} ${mallory}, by the key's policy`,
        ...grants.map(
          ({ KeyId, GrantId }) => `KEY_PRINCIPAL_UNEXPECTED ${KeyId} ${mallory}, by grant ${GrantId}`,
        ),
      ].sort(),
    );
    const [message] = await local.messages(1);
    expect(message?.text).toContain(mallory);
    expect(message?.text).toContain('docs/RUNBOOK.md#a-key-lets-somebody-in');
    expect(await local.readLedger('reports/report.html')).toContain(mallory);
    await local.kms.send(new PutKeyPolicyCommand({ KeyId: configuration, Policy: policy.Policy }));
    for (const { KeyId, GrantId } of grants) await local.kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
    expect(await principals()).toEqual([]);
  });

  it('finds nothing wrong where nothing is, opens every backup once, and tells nobody', async () => {
    await local.enrol('acme');
    await local.enrol('globex');
    for (const tenant of ['acme', 'globex']) {
      await local.backUp(tenant, treeOf(20), { scheduledTime: '2026-01-30T02:00:00Z' });
      await local.backUp(tenant, treeOf(21), { scheduledTime: '2026-01-31T02:00:00Z' });
    }
    const first = await local.audit();
    expect(first).toMatchObject({
      ok: true,
      findings: [],
      counts: {
        tenants: 2,
        fresh: 2,
        withoutFreshBackup: 0,
        versions: 4,
        opened: 4,
        unopened: 0,
        objectsChanged: 2,
      },
      vaultSettings: [],
      tenants: [
        { tenant: 'acme', schedule: 'nightly', freshness: 'fresh', newest: { verdict: 'ok', objects: 23 } },
        { tenant: 'globex' },
      ],
    });
    expect(first.keys.map(({ state, backups, purpose }) => [state, backups, purpose]).sort()).toEqual([
      ['Enabled', 0, 'fingerprint'],
      ['Enabled', 0, 'signing'],
      ['Enabled', 4, 'configuration'],
      ['Enabled', 4, 'credentials'],
    ]);
    const again = await local.audit(1);
    expect(again).toMatchObject({ ok: true, counts: { opened: 0 }, previousAudit: first.auditedAt });
    expect(await local.messages()).toEqual([]);
    expect(metric(again, 'audits')).toBe(1);
    for (const name of [
      'tenantsWithoutFreshBackup',
      'backupsLost',
      'suspiciousBackups',
      'keysUnhealthy',
      'vaultSettingsChanged',
    ] as const) {
      expect(metric(again, name), name).toBe(0);
    }
  });

  it('names what changed in each night, without a value and without a secret', async () => {
    await local.enrol('acme');
    await local.backUp('acme', treeOf(20));
    await local.backUp(
      'acme',
      treeOf(21, {
        'client-3': { client_name: 'Mallory Ltd' },
        'client-4': { client_secret: 'another-secret' },
      }),
    );
    await local.audit();
    const text = await local.readLedger('reports/tenants/acme.json');
    const [newest, older] = JSON.parse(text).versions;
    expect(newest.change).toMatchObject({
      from: older.versionId,
      added: 1,
      removed: 0,
      changed: 1,
      secrets: 2,
    });
    expect(newest.change.differences).toEqual([
      {
        kind: 'changed',
        type: 'client',
        at: '/servers/main/clients/client-3',
        properties: ['/client_name'],
        secrets: 0,
      },
      { kind: 'added', type: 'client', at: '/servers/main/clients/client-20', properties: [], secrets: 1 },
      {
        kind: 'changed',
        type: 'credential',
        at: '/servers/main/clients/client-4/client_secret',
        properties: [],
        secrets: 1,
      },
    ]);
    const written = [
      text,
      await local.readLedger('reports/latest.json'),
      await local.readLedger('reports/report.html'),
    ];
    for (const each of written) expect(each).not.toMatch(/Mallory|another-secret|secret-of-/);
    expect(written[2]).toContain('/servers/main/clients/client-3');
  });

  it('tells of a tenant without a fresh backup, again after a day, and once more when there is one', async () => {
    await local.enrol('acme');
    await local.backUp('acme');
    expect(codes(await local.audit(25.9))).toEqual([]);
    const stale = await local.audit(27);
    expect(codes(stale)).toEqual(['acme NO_FRESH_BACKUP']);
    expect(stale.tenants[0]).toMatchObject({ freshness: 'stale' });
    expect(metric(stale, 'tenantsWithoutFreshBackup')).toBe(1);
    const [message] = await local.messages(1);
    expect(message).toMatchObject({ subject: 'TenantBackup: 1 alarms about backups' });
    expect(message?.text).toContain('docs/RUNBOOK.md#no-fresh-backup');
    await local.audit(28);
    expect(await local.messages()).toEqual([]);
    expect(of(await local.audit(51.5), 'NO_FRESH_BACKUP')?.since).toBe(stale.auditedAt);
    expect(await local.messages(1)).toHaveLength(1);
    await local.backUp('acme');
    expect((await local.audit()).ok).toBe(true);
    expect(await local.messages(1)).toMatchObject([{ subject: 'TenantBackup: all backups are well again' }]);
  });

  it('lets a new enrolment have its first night, and tells if nothing came or it cannot come', async () => {
    await local.enrol('acme');
    await local.enrol('globex', 'hourly');
    await local.enrol('initech', null);
    const first = await local.audit();
    expect(codes(first)).toEqual(['globex SCHEDULE_UNKNOWN', 'initech SCHEDULE_UNKNOWN']);
    expect(metric(first, 'tenantsWithoutFreshBackup')).toBe(2);
    expect(first.tenants[0]).toMatchObject({ tenant: 'acme', freshness: 'new', newest: null });
    expect(codes(await local.audit(27))).toContain('acme NO_BACKUP');
  });

  it('says why the last night failed before the backup is too old, and forgets it when the next one is good', async () => {
    await local.enrol('acme');
    await local.backUp('acme');
    const later = new Date(Date.now() + 60_000).toISOString().slice(0, 19);
    await local.s3.send(
      new PutObjectCommand({
        Bucket: 'ledger',
        Key: `failures/acme/${later}Z.json`,
        Body: JSON.stringify({
          tenant: 'acme',
          tier: 'daily',
          scheduledTime: `${later}Z`,
          failedAt: `${later}Z`,
          final: true,
          deliveries: 1,
          maxDeliveries: 1,
          retryAt: null,
          code: 'AUTHENTICATION_REFUSED',
          message: 'invalid_client',
          facts: {},
        }),
      }),
    );
    const failed = await local.audit(1);
    expect(of(failed, 'BACKUP_FAILED')).toMatchObject({
      severity: 'warning',
      facts: { reason: 'AUTHENTICATION_REFUSED' },
    });
    expect(of(await local.audit(30), 'NO_FRESH_BACKUP')?.message).toContain('AUTHENTICATION_REFUSED');
    expect(JSON.parse(await local.readLedger('reports/tenants/acme.json')).failures).toHaveLength(1);
  });

  it('says when it had been silent, and goes on where its time ran out', async () => {
    for (const tenant of ['acme', 'globex', 'initech']) {
      await local.enrol(tenant);
      await local.backUp(tenant);
      await local.backUp(tenant, treeOf(21));
    }
    let left = 4;
    const short = await local.audit(0, {}, () => left-- > 0);
    expect(short.counts).toMatchObject({ opened: 4, unopened: 2 });
    expect(codes(short)).toEqual(['* AUDIT_INCOMPLETE']);
    // The newest backup of every tenant came first.
    expect(short.tenants.map(({ newest }) => newest?.verdict)).toEqual(['ok', 'ok', 'ok']);
    const late = await local.audit(5);
    expect(codes(late)).toEqual(['* AUDIT_WAS_SILENT']);
    expect(late.counts).toMatchObject({ opened: 2, unopened: 0 });
    expect(codes(await local.audit(6))).toEqual([]);
  });

  it('tells of restores and drills that failed, as long as none of the kind was proved since', async () => {
    await local.enrol('acme');
    await local.backUp('acme');
    const put = (key: string, document: object) => local.writeLedger(key, document);
    const operation = (operationId: string, at: string, phase: string) =>
      put(`operations/acme/${operationId}.json`, {
        operationId,
        operation: 'restore',
        tenant: 'acme',
        phase,
        phases: [{ phase: 'locked', at }],
        ...(phase === 'failed' ? { error: { code: 'RESTORE_MISMATCH', message: '', facts: {} } } : {}),
      });
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    await operation('one', at(0), 'failed');
    await put('drills/acme/1.json', {
      tenant: 'acme',
      id: '1',
      at: at(0),
      verdict: 'failed',
      code: 'OUT_OF_TIME',
    });
    expect(codes(await local.audit())).toEqual(['acme RESTORE_FAILED', 'acme DRILL_FAILED']);
    await operation('two', at(1), 'importing');
    expect(codes(await local.audit())).toEqual(['acme RESTORE_FAILED', 'acme DRILL_FAILED']);
    await operation('two', at(1), 'verified');
    await put('drills/acme/2.json', { tenant: 'acme', id: '2', at: at(1), verdict: 'verified' });
    expect(codes(await local.audit())).toEqual([]);
  });

  it('tells that no drill was proved for too long, and judges the scratch tenant by nothing else', async () => {
    await local.enrol('acme');
    await local.enrol('scratch', null);
    await local.backUp('acme');
    const settings = { ...local.tools().settings, drill: { into: 'scratch', withinHours: 26 } };
    const put = (key: string, document: object) => local.writeLedger(key, document);
    const drilled = (id: string, verdict: string) =>
      put(`drills/acme/${id}.json`, { tenant: 'acme', id, at: new Date().toISOString(), verdict });
    await put('operations/scratch/one.json', {
      operationId: 'one',
      operation: 'restore',
      tenant: 'scratch',
      phase: 'failed',
      phases: [{ phase: 'locked', at: new Date().toISOString() }],
    });
    await drilled('1', 'running');
    const before = await local.audit(0, { settings });
    expect(codes(before)).toEqual(['* DRILLS_SILENT']);
    expect(before.findings[0]?.message).toContain('none is known');
    expect(metricsOf(before)).toMatchObject({ DrillsUnproved: 1 });
    await drilled('2', 'verified');
    const after = await local.audit(0, { settings });
    expect(codes(after)).toEqual([]);
    expect(metricsOf(after)).toMatchObject({ DrillsUnproved: 0 });
    expect(after.tenants.find(({ tenant }) => tenant === 'scratch')).toMatchObject({ freshness: 'paused' });
    expect(codes(await local.audit(27, { settings }))).toContain('* DRILLS_SILENT');
    expect(codes(await local.audit(27))).not.toContain('* DRILLS_SILENT');
  });

  it('judges the tenants of a whole deployment by the enrolment that they were found by', async () => {
    await local.enrol('big');
    await local.backUp('big--one');
    await local.backUp('big--two');
    await local.backUp('left');
    const report = await local.audit();
    expect(report.tenants.map(({ tenant, freshness }) => [tenant, freshness])).toEqual([
      ['big--one', 'fresh'],
      ['big--two', 'fresh'],
      ['left', 'left'],
    ]);
    expect(report.counts.tenants).toBe(2);
    expect(codes(await local.audit(27))).toEqual(
      expect.arrayContaining(['big--one NO_FRESH_BACKUP', 'big--two NO_FRESH_BACKUP']),
    );
  });
});
