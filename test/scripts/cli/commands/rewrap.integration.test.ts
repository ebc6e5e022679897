import { createHash } from 'node:crypto';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEscrowPublicKey } from '../../../../functions/escrow-key.ts';
import { sealBackup } from '../../../../functions/vault/backup-archive.ts';
import { toInstant } from '../../../../functions/vault/format/manifest.ts';
import { trustSigners } from '../../../../functions/vault/format/signature.ts';
import { createEscrowOpener } from '../../../../functions/vault/keys/escrow.ts';
import { createSealer } from '../../../../functions/vault/keys/sealer.client.ts';
import { createKeptBackups } from '../../../../functions/vault/storage/kept-backups.client.ts';
import { createVault, type Vault } from '../../../../functions/vault/storage/vault.client.ts';
import { localSigner } from '../../../../scripts/bench/local-signer.ts';
import { rewrap } from '../../../../scripts/cli/commands/rewrap.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../../scripts/local/local-aws.ts';
import { rejectionOf } from '../../../rejection.ts';
import { escrowPair, openAll, SAMPLE_FACTS, SAMPLE_PARTS, textsOf } from '../../../vault/sample-backup.ts';

const Bucket = 'vault';
let localAws: LocalAws;
let s3: S3Client;
let kms: KMSClient;
let vault: Vault;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  kms = new KMSClient(clientSettings(localAws));
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  vault = createVault(s3, Bucket);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  s3?.destroy();
  kms?.destroy();
  await localAws?.stop();
});

async function createKeys() {
  const [configuration = '', credentials = ''] = await Promise.all(
    [1, 2].map(async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''),
  );
  return {
    keys: { configuration, credentials },
    trusted: { configuration: [configuration], credentials: [credentials] },
  };
}

const read = async (versionId: string) => {
  const versions = await vault.listVersions('daily', 'acme');
  const version = versions.find((each) => each.versionId === versionId);
  if (!version) throw new Error(`no version ${versionId}`);
  return vault.get(version, { maxBytes: version.sizeBytes });
};

const signer = localSigner();
const expected = { tenant: 'acme', signers: trustSigners([signer.key]) };

describe('rewrap in S3 and KMS', () => {
  it('adds a version that the new recipients open, also without the old keys, and leaves the old one as it is', async () => {
    const [old, present] = [await createKeys(), await createKeys()];
    const pair = escrowPair();
    const escrowPublicKey = readEscrowPublicKey(pair.publicKey);
    if ('problem' in escrowPublicKey) throw new Error(escrowPublicKey.problem);
    const { bytes } = await sealBackup(
      { ...SAMPLE_FACTS, previous: null, exportedAt: toInstant(new Date()) },
      Object.entries(SAMPLE_PARTS).map(([name, plain]) => ({
        name: name as 'hub.config',
        plain: Buffer.from(plain),
        keyArn: name === 'hub.config' ? old.keys.configuration : old.keys.credentials,
      })),
      { sealer: createSealer(kms), signer },
    );
    const { versionId } = await vault.put('daily', 'acme', bytes, SAMPLE_FACTS.scheduledTime);
    const sealer = createSealer(kms, { escrowPublicKey });

    const [result, ...others] = await rewrap('acme', 'daily', undefined, {
      vault,
      keptBackups: createKeptBackups(s3, Bucket),
      sealer,
      signer,
      trustedSigners: expected.signers,
      opener: sealer.opener(old.trusted),
      keys: present.keys,
      escrowPublicKey,
    });

    expect(others).toEqual([]);
    expect(result).toMatchObject({ versionId, outcome: 'sealed' });
    const versions = await vault.listVersions('daily', 'acme');
    expect(versions.map((version) => version.versionId).toSorted()).toEqual(
      [versionId, result?.newVersionId].toSorted(),
    );
    const digest = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
    expect(digest(await read(versionId))).toBe(digest(bytes));
    for (const KeyId of Object.values(old.keys)) await kms.send(new DisableKeyCommand({ KeyId }));
    const added = await read(result?.newVersionId ?? '');
    expect(textsOf(await openAll(added, expected, createSealer(kms).opener(present.trusted)))).toEqual(
      SAMPLE_PARTS,
    );
    expect(textsOf(await openAll(added, expected, createEscrowOpener(pair.privateKey)))).toEqual(
      SAMPLE_PARTS,
    );
    const failure = await rejectionOf(openAll(bytes, expected, createSealer(kms).opener(old.trusted)));
    expect(failure.code).toBe('KEY_UNAVAILABLE');
    // Found by the same request as the old one.
    const found = await vault.findScheduled('daily', 'acme', SAMPLE_FACTS.scheduledTime);
    expect([versionId, result?.newVersionId]).toContain(found?.versionId);
  });
});
