import { DisableKeyCommand, EnableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codesOf as codes, LocalVault, metricOf as metric, findingOf as of, treeOf } from './local-vault.ts';

/** What is wrong with what lies in the vault, with its keys and its rules: each made to happen, and then to pass, in a real S3,
 * KMS, Secrets Manager and SNS. */

let local: LocalVault;
beforeEach(async () => {
  local = await LocalVault.start();
});
afterEach(() => local?.stop());

describe('an audit', () => {
  it.each<[string, (local: LocalVault) => Promise<unknown>, string]>([
    [
      'damaged',
      (at) =>
        at.backUp('acme', treeOf(20), {
          alter: (bytes) => Buffer.concat([bytes.subarray(0, -5000), Buffer.alloc(5000, 1)]),
        }),
      'ARCHIVE_MALFORMED',
    ],
    [
      'another tenant’s',
      async (at) => {
        await at.backUp('globex');
        const [version] = await at.vault.listVersions('daily', 'globex');
        if (!version) throw new Error('no version');
        await at.vault.put(
          'daily',
          'acme',
          await at.vault.get(version, { maxBytes: 1e6 }),
          '2026-01-31T02:00:00Z',
        );
      },
      'CONTEXT_MISMATCH',
    ],
    [
      'not what its manifest counts',
      (at) => at.backUp('acme', treeOf(20), { objects: { tenant: 1, server: 1, client: 400 } }),
      'PART_MALFORMED',
    ],
    [
      'sealed under a key that is no backup key',
      async (at) => {
        const stranger = await at.createKey('configuration', 'not a label');
        await at.backUp('acme', treeOf(20), { keys: { ...at.keys, configuration: stranger } });
      },
      'KEY_MISMATCH',
    ],
  ])('finds a backup that is %s, and does not take it for a fresh one', async (_, make, reason) => {
    await local.enrol('acme');
    await make(local);
    const report = await local.audit();
    expect(of(report, 'BACKUP_BROKEN')?.facts['reason']).toBe(reason);
    expect(metric(report, 'backupsLost')).toBeGreaterThan(0);
    expect(report.tenants.find(({ tenant }) => tenant === 'acme')?.freshness).not.toBe('fresh');
    // About the past: after a week it is known.
    await local.backUp('acme');
    const known = await local.audit(24 * 8);
    expect(of(known, 'BACKUP_BROKEN')?.severity).toBe('known');
    expect(metric(known, 'backupsLost')).toBe(0);
  });

  it('finds a version that is gone before its time, in the middle and at the end of the chain, and a hidden archive', async () => {
    const policy = await local.s3.send(new GetBucketPolicyCommand({ Bucket: 'vault' }));
    await local.enrol('acme');
    const versions = [];
    for (let night = 1; night <= 4; night++) versions.push(await local.backUp('acme', treeOf(20 + night)));
    expect(codes(await local.audit())).toEqual([]);
    await local.s3.send(new DeleteBucketPolicyCommand({ Bucket: 'vault' }));
    const remove = (VersionId?: string) =>
      local.s3.send(new DeleteObjectCommand({ Bucket: 'vault', Key: 'daily/acme.tar', VersionId }));
    await remove(versions[1]);
    await remove(versions[3]);
    await remove();
    await local.s3.send(new PutBucketPolicyCommand({ Bucket: 'vault', Policy: policy.Policy }));
    const report = await local.audit();
    expect(report.findings.map(({ code, subject }) => [code, subject])).toEqual(
      expect.arrayContaining([
        ['BACKUP_MISSING', versions[1]],
        ['BACKUP_MISSING', versions[3]],
        ['ARCHIVE_DELETED', 'daily'],
      ]),
    );
    expect(report.findings).toHaveLength(3);
  });

  it('flags a backup that shrank and a night of many changes, until they are a week old', async () => {
    await local.enrol('acme');
    await local.backUp('acme', treeOf(100));
    expect(codes(await local.audit())).toEqual([]);
    await local.backUp('acme', treeOf(30));
    const shrunk = await local.audit();
    expect(of(shrunk, 'BACKUP_SHRANK')?.facts).toMatchObject({ before: 102, after: 32 });
    expect(of(shrunk, 'MASS_CHANGE')?.facts).toMatchObject({ differing: 70 });
    expect(metric(shrunk, 'suspiciousBackups')).toBe(2);
    // Still flagged beside a second small one.
    await local.backUp('acme', treeOf(31));
    expect(codes(await local.audit())).toEqual(['acme BACKUP_SHRANK', 'acme MASS_CHANGE']);
  });

  it('flags clients that came back without their secret, where they had one before', async () => {
    await local.enrol('acme');
    await local.backUp('acme', treeOf(20), { warnings: { blank_client_secrets: 1 } });
    expect(codes(await local.audit())).toEqual([]);
    await local.backUp('acme', treeOf(20), { warnings: { blank_client_secrets: 3 } });
    expect(of(await local.audit(), 'CREDENTIALS_BLANK')?.facts).toEqual({ blank: 3, before: 1 });
  });

  it('finds a key that kept backups need and that is disabled or about to go, and is silent when it is back', async () => {
    await local.enrol('acme');
    const old = {
      configuration: await local.createKey('configuration', 'old'),
      credentials: await local.createKey('credentials', 'old'),
    };
    const idle = await local.createKey('credentials', 'idle');
    await local.backUp('acme', treeOf(20), { keys: old });
    await local.backUp('acme', treeOf(20));
    const moved = await local.audit();
    // One for each purpose.
    expect(codes(moved)).toEqual(['* RECIPIENTS_CHANGED', '* RECIPIENTS_CHANGED']);
    const isOpen = ({ severity }: { severity: string }) => severity !== 'known';
    expect((await local.acknowledge(moved, 'RECIPIENTS_CHANGED')).ok).toBe(true);
    await local.kms.send(new DisableKeyCommand({ KeyId: old.configuration }));
    await local.kms.send(new ScheduleKeyDeletionCommand({ KeyId: old.credentials, PendingWindowInDays: 7 }));
    // No backup needs it.
    await local.kms.send(new DisableKeyCommand({ KeyId: idle }));
    const report = await local.audit();
    expect(
      report.findings
        .filter(isOpen)
        .map(({ code, subject, facts }) => [code, subject, facts['state'], facts['backups']]),
    ).toEqual(
      [
        ['KEY_UNHEALTHY', old.configuration, 'Disabled', 1],
        ['KEY_UNHEALTHY', old.credentials, 'PendingDeletion', 1],
      ].sort(),
    );
    expect(metric(report, 'keysUnhealthy')).toBe(2);
    await local.kms.send(new EnableKeyCommand({ KeyId: old.configuration }));
    expect((await local.audit()).findings.filter(isOpen).map(({ subject }) => subject)).toEqual([
      old.credentials,
    ]);
  });

  it('does not call a backup broken because its key is off, and opens it when the key is on again', async () => {
    await local.enrol('acme');
    await local.backUp('acme');
    await local.kms.send(new DisableKeyCommand({ KeyId: local.keys.configuration }));
    const report = await local.audit();
    expect(codes(report)).toEqual(['* KEY_UNHEALTHY', '* AUDIT_INCOMPLETE']);
    expect(of(report, 'KEY_UNHEALTHY')?.facts['backups']).toBe(1);
    await local.kms.send(new EnableKeyCommand({ KeyId: local.keys.configuration }));
    expect(await local.audit()).toMatchObject({ ok: true, counts: { opened: 1, unopened: 0 } });
  });

  it('finds rules of the vault that are not as deployed, and is silent when they are again', async () => {
    await local.setLifecycle((days) => days - 1);
    const report = await local.audit();
    expect(new Set(codes(report))).toEqual(new Set(['* VAULT_SETTINGS_CHANGED']));
    expect(report.vaultSettings[0]).toMatchObject({ setting: 'lifecycle of daily/' });
    expect(metric(report, 'vaultSettingsChanged')).toBe(6);
    await local.setLifecycle();
    await local.s3.send(new DeleteBucketPolicyCommand({ Bucket: 'vault' }));
    expect((await local.audit()).findings.map(({ subject }) => subject)).toEqual([
      'bucket policy: requests without TLS',
      'bucket policy: s3:DeleteObject',
      'bucket policy: s3:DeleteObjectVersion',
    ]);
  });
});
