import { describe, expect, test } from 'vitest';
import type { Manifest, PartName, Recipient } from '../../../../../functions/vault/format/manifest.ts';
import type { VaultVersion } from '../../../../../functions/vault/storage/vault.client.ts';
import { type KeptBackup, keyUsages } from '../../../../../scripts/cli/commands/keys/key-usage.ts';

const keptBackup = (
  tenant: string,
  versionId: string,
  parts: Partial<Record<PartName, readonly string[]>>,
): KeptBackup => ({
  version: { tier: 'daily', tenant, versionId } as VaultVersion,
  manifest: {
    tenant,
    parts: Object.entries(parts).map(([name, keyArns]) => ({
      name,
      recipients: keyArns.map(
        (keyArn): Recipient =>
          keyArn === 'escrow' ? { type: 'escrow', fingerprint: '0' } : { type: 'kms', keyArn },
      ),
    })),
  } as unknown as Manifest,
});

const newestFirst = [
  keptBackup('globex', '3', { 'hub.config': ['k2', 'escrow'], 'hub.credentials': ['c1'] }),
  keptBackup('acme', '2', { 'hub.config': ['k1'], 'system.config': ['k1'], 'hub.credentials': ['c1'] }),
  keptBackup('acme', '1', { 'hub.config': ['k1'], 'hub.credentials': ['k1'] }),
];

describe('keyUsages', () => {
  test('counts each backup once for each key and purpose, and keeps the newest as sample', () => {
    expect(
      keyUsages(newestFirst).map(({ sample, ...usage }) => ({
        ...usage,
        sample: [sample.version.versionId, sample.part],
      })),
    ).toEqual([
      { purpose: 'configuration', keyArn: 'k1', backups: 2, tenants: ['acme'], sample: ['2', 'hub.config'] },
      {
        purpose: 'configuration',
        keyArn: 'k2',
        backups: 1,
        tenants: ['globex'],
        sample: ['3', 'hub.config'],
      },
      {
        purpose: 'credentials',
        keyArn: 'c1',
        backups: 2,
        tenants: ['acme', 'globex'],
        sample: ['3', 'hub.credentials'],
      },
      {
        purpose: 'credentials',
        keyArn: 'k1',
        backups: 1,
        tenants: ['acme'],
        sample: ['1', 'hub.credentials'],
      },
    ]);
  });

  test('knows no key where no backup is kept', () => {
    expect(keyUsages([])).toEqual([]);
  });
});
