import { describe, expect, it } from 'vitest';
import { chooseAmong, listBackups } from '../../../../functions/state/choose-backup.ts';
import { auditChain } from '../../../../functions/vault/chain.ts';
import { unpackArchive } from '../../../../functions/vault/format/archive.ts';
import { createEscrowOpener } from '../../../../functions/vault/keys/escrow.ts';
import { findBackup } from '../../../../scripts/cli/aws/find-backup.ts';
import { type RewrapTools, rewrap } from '../../../../scripts/cli/commands/rewrap.ts';
import { MemoryVault } from '../../../vault/memory-vault.ts';
import { SAMPLE_PARTS, SampleKeys } from '../../../vault/sample-backup.ts';

/** A vault with three nightly backups, each of another content, and new keys to seal them under. */
async function setting() {
  const keys = new SampleKeys();
  const vault = new MemoryVault();
  for (const night of [1, 2, 3]) {
    const [newest] = await vault.listVersions('daily', 'acme');
    const { bytes } = await keys.seal(
      {
        backupId: `2026010${night}T020000Z-0000000${night}`,
        scheduledTime: `2026-01-0${night}T02:00:00Z`,
        exportedAt: '2026-02-01T00:00:00Z',
        previous: newest ? { versionId: newest.versionId, etag: newest.etag } : null,
      },
      {
        ...SAMPLE_PARTS,
        'hub.config': SAMPLE_PARTS['hub.config']?.replace('{}', `{"n":{"night":${night}}}`) ?? '',
        'hub.credentials': '{}',
      },
      { escrow: false },
    );
    await vault.put('daily', 'acme', bytes, `2026-01-0${night}T02:00:00Z`);
  }
  const newKeys = { configuration: keys.kms.createKey(), credentials: keys.kms.createKey() };
  const tools: RewrapTools = {
    vault,
    keptBackups: vault,
    sealer: keys.sealer(),
    signer: keys.signer,
    trustedSigners: keys.signers,
    opener: keys.opener,
    keys: newKeys,
    escrowPublicKey: keys.escrow,
  };
  return { keys, vault, tools, newKeys };
}

const manifests = async (vault: MemoryVault) => {
  const versions = await vault.listVersions('daily', 'acme');
  return Promise.all(
    versions.map(async (version) => ({
      version,
      manifest: unpackArchive(await vault.get(version)).manifest,
    })),
  );
};

describe('rewrap', () => {
  it('adds a version for each backup, in their order, that the new keys and the escrow key open', async () => {
    const { keys, vault, tools, newKeys } = await setting();
    const before = await vault.listVersions('daily', 'acme');
    const results = await rewrap('acme', 'daily', undefined, tools);
    expect(results).toEqual(
      [1, 2, 3].map((n) => ({
        tier: 'daily',
        versionId: `version-${n}`,
        outcome: 'sealed',
        newVersionId: `version-${n + 3}`,
      })),
    );
    const after = await manifests(vault);
    expect(after.slice(3).map(({ version }) => version)).toEqual(before);
    const trusted = { configuration: [newKeys.configuration], credentials: [newKeys.credentials] };
    for (const n of [1, 2, 3]) {
      const old = await keys.openAll(await vault.get({ versionId: `version-${n}` }));
      const bytes = await vault.get({ versionId: `version-${n + 3}` });
      expect(await keys.openAll(bytes, keys.sealer().opener(trusted))).toEqual(old);
      expect(await keys.openAll(bytes, createEscrowOpener(keys.escrowPrivateKey))).toEqual(old);
    }
    expect(after[0]?.manifest).toMatchObject({
      backupId: '20260103T020000Z-00000003',
      scheduledTime: '2026-01-03T02:00:00Z',
      resealed: { versionId: 'version-3', etag: before[0]?.etag, storedAt: '2026-02-01T00:00:03Z' },
      previous: { versionId: 'version-5' },
    });
    expect(auditChain(after, () => false)).toMatchObject({ missing: [] });
    expect(await vault.findScheduled('daily', 'acme', '2026-01-02T02:00:00Z')).toMatchObject({
      versionId: 'version-5',
    });
  });

  it('does nothing the second time, nor to what was sealed anew', async () => {
    const { vault, tools } = await setting();
    await rewrap('acme', 'daily', undefined, tools);
    const again = await rewrap('acme', 'daily', undefined, tools);
    expect(again.map(({ outcome }) => outcome)).toEqual(Array(6).fill('unchanged'));
    expect(await vault.listVersions('daily', 'acme')).toHaveLength(6);
  });

  it('names a backup that cannot be opened, and goes on', async () => {
    const { keys, vault, tools } = await setting();
    const stranger = await keys.seal({ tenant: 'globex' });
    await vault.put('daily', 'acme', stranger.bytes, '2026-01-04T02:00:00Z');
    const results = await rewrap('acme', 'daily', undefined, tools);
    expect(results.map(({ outcome, code }) => code ?? outcome)).toEqual([
      'sealed',
      'sealed',
      'sealed',
      'CONTEXT_MISMATCH',
    ]);
  });

  it('neither opens nor believes what no trusted key has signed', async () => {
    const { keys, vault, tools, newKeys } = await setting();
    const forger = new SampleKeys();
    Object.assign(forger, {
      keyFor: (part: string) => newKeys[part === 'hub.config' ? 'configuration' : 'credentials'],
    });
    Object.assign(forger, { sealer: () => keys.sealer() });
    const claim = await forger.seal({
      resealed: { versionId: 'version-3', etag: '"e"', storedAt: '2026-02-01T00:00:03Z' },
    });
    await vault.put('daily', 'acme', claim.bytes, '2026-01-04T02:00:00Z');
    const results = await rewrap('acme', 'daily', undefined, tools);
    expect(results.map(({ outcome, code }) => code ?? outcome)).toEqual([
      'sealed',
      'sealed',
      'sealed',
      'SIGNER_UNTRUSTED',
    ]);
  });

  it('does not vouch for the time of old bytes that were stored again, unless a person does', async () => {
    const { vault, tools } = await setting();
    const first = await vault.get({ versionId: 'version-1' });
    await vault.put('daily', 'acme', first, '');
    expect(await rewrap('acme', 'daily', 'version-4', tools)).toMatchObject([{ code: 'BACKUP_REPLAYED' }]);
    await vault.put('daily', 'acme', first, '', { uploadedBy: 'arn' });
    expect(await rewrap('acme', 'daily', 'version-5', tools)).toMatchObject([{ outcome: 'sealed' }]);
    await rewrap('acme', 'daily', 'version-4', { ...tools, allowOldBytes: true });
    const [ofOld, ofUpload] = await manifests(vault);
    for (const made of [ofOld, ofUpload]) {
      expect(made?.manifest.resealed).toMatchObject({ storedAt: '2026-02-01T00:00:00Z' });
    }
  });

  it('refuses old bytes that only a backup in another tier gives away', async () => {
    const { keys, vault, tools } = await setting();
    const manual = await keys.seal({
      backupId: '20260201T000004Z-00000004',
      scheduledTime: '2026-02-01T00:00:04Z',
      exportedAt: '2026-02-01T00:00:04Z',
      trigger: 'manual',
      tier: 'manual',
    });
    await vault.put('manual', 'acme', manual.bytes, '2026-02-01T00:00:04Z');
    await vault.put('daily', 'acme', await vault.get({ versionId: 'version-3' }), '');
    expect(await rewrap('acme', 'daily', 'version-5', tools)).toMatchObject([{ code: 'BACKUP_REPLAYED' }]);
  });

  it('opens with the escrow key what its KMS keys no longer open', async () => {
    const { keys, vault, tools } = await setting();
    await rewrap('acme', 'daily', 'version-3', tools);
    const lost = new SampleKeys(undefined, keys.escrowPrivateKey);
    const results = await rewrap('acme', 'daily', 'version-4', {
      ...tools,
      sealer: lost.sealer(),
      signer: lost.signer,
      opener: createEscrowOpener(keys.escrowPrivateKey),
      keys: { configuration: lost.credentials, credentials: lost.configuration },
    });
    expect(results).toMatchObject([{ outcome: 'sealed', newVersionId: 'version-5' }]);
    // Still from the backup that was taken, however often it is sealed anew.
    expect((await manifests(vault))[0]?.manifest.resealed).toMatchObject({ versionId: 'version-3' });
  });

  it('leaves the newest state the newest, and lets every reader take its newest seal', async () => {
    const { vault, tools } = await setting();
    /** As the functions choose, and the command for a person. */
    const choose = async (choice: { asOf?: string; versionId?: string } = {}) => {
      const { versionId: id, asOf } = choice;
      const ofFunctions = await chooseAmong(
        await listBackups({ tenant: 'acme' }, vault),
        { tenant: 'acme', ...choice },
        vault,
      );
      const name = { tenant: 'acme', ...(id && { id }), ...(asOf && { asOf: new Date(asOf) }) };
      expect(await findBackup(name, { vault, kept: vault, history: async () => null })).toEqual(ofFunctions);
      return ofFunctions.versionId;
    };
    await rewrap('acme', 'daily', 'version-1', tools);
    expect(await choose()).toBe('version-3');
    expect(await choose({ asOf: '2026-02-01T00:00:01Z' })).toBe('version-4');
    await rewrap('acme', 'daily', undefined, tools);
    expect(await choose()).toBe('version-6');
    expect(await choose({ asOf: '2026-02-01T00:00:02Z' })).toBe('version-5');
    expect(await choose({ versionId: 'version-3' })).toBe('version-3');
  });
});
