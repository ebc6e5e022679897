import {
  CreateAliasCommand,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEscrowPublicKey } from '../../../functions/escrow-key.ts';
import { sealBackup } from '../../../functions/vault/backup-archive.ts';
import { trustSigners } from '../../../functions/vault/format/signature.ts';
import { createEscrowOpener } from '../../../functions/vault/keys/escrow.ts';
import { createFingerprintKeys } from '../../../functions/vault/keys/fingerprint-key.client.ts';
import { createSealer } from '../../../functions/vault/keys/sealer.client.ts';
import { localSigner } from '../../../scripts/bench/local-signer.ts';
import { rejectionOf } from '../../rejection.ts';
import { escrowPair, openAll, SAMPLE_FACTS, SAMPLE_PARTS, textsOf } from '../sample-backup.ts';
import { type LocalKms, startLocalKms } from './local-kms.ts';

let local: LocalKms;
const signer = localSigner();
const expected = { tenant: 'acme', signers: trustSigners([signer.key]) };

beforeAll(async () => {
  local = await startLocalKms();
});
afterAll(() => local?.stop());

const seal = (configuration: string, credentials: string, sealer = createSealer(local.kms)) =>
  sealBackup(
    SAMPLE_FACTS,
    [
      { name: 'hub.config', plain: Buffer.from(SAMPLE_PARTS['hub.config'] ?? ''), keyArn: configuration },
      {
        name: 'hub.credentials',
        plain: Buffer.from(SAMPLE_PARTS['hub.credentials'] ?? ''),
        keyArn: credentials,
      },
    ],
    { sealer, signer },
  );

describe('a backup sealed under keys of KMS', () => {
  it('opens under them, by the ARN of the key also where it was sealed by an alias', async () => {
    const [configuration, credentials] = [await local.createKey(), await local.createKey()];
    await local.kms.send(
      new CreateAliasCommand({ AliasName: 'alias/sealer/credentials', TargetKeyId: credentials }),
    );
    const alias = credentials.replace(/key\/.*$/, 'alias/sealer/credentials');
    const { manifest, bytes } = await seal(configuration, alias);
    expect(manifest.parts.map(({ recipients }) => recipients)).toEqual([
      [{ type: 'kms', keyArn: configuration }],
      [{ type: 'kms', keyArn: credentials }],
    ]);
    const opener = createSealer(local.kms).opener({
      configuration: [configuration],
      credentials: [credentials],
    });
    expect(textsOf(await openAll(bytes, expected, opener))).toEqual(SAMPLE_PARTS);
  });

  it('opens with the escrow key when the KMS keys are on their way out', async () => {
    const [configuration, credentials] = [await local.createKey(), await local.createKey()];
    const { publicKey, privateKey } = escrowPair();
    const escrowPublicKey = readEscrowPublicKey(publicKey);
    if ('problem' in escrowPublicKey) throw new Error(escrowPublicKey.problem);
    const { bytes } = await seal(configuration, credentials, createSealer(local.kms, { escrowPublicKey }));
    await local.kms.send(new DisableKeyCommand({ KeyId: configuration }));
    await local.kms.send(new ScheduleKeyDeletionCommand({ KeyId: credentials, PendingWindowInDays: 7 }));
    const opener = createSealer(local.kms).opener({
      configuration: [configuration],
      credentials: [credentials],
    });
    expect(await rejectionOf(openAll(bytes, expected, opener))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: configuration },
    });
    expect(textsOf(await openAll(bytes, expected, createEscrowOpener(privateKey)))).toEqual(SAMPLE_PARTS);
  });

  it('is not made under a key that KMS does not have, or cannot be reached for', async () => {
    const missing = (await local.createKey()).replace(/[^/]*$/, '00000000-0000-4000-8000-000000000000');
    expect(await rejectionOf(seal(missing, missing))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { reason: 'NotFoundException' },
    });
    const nowhere = new KMSClient({
      ...local.settings,
      endpoint: 'http://127.0.0.1:9',
      maxAttempts: 1,
    });
    expect(await rejectionOf(seal(missing, missing, createSealer(nowhere)))).toMatchObject({
      code: 'AWS_UNAVAILABLE',
    });
    nowhere.destroy();
  });
});

describe('a fingerprint key', () => {
  it('is the same for a tenant each time, and another for each tenant', async () => {
    const keyArn = await local.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const keys = createFingerprintKeys(local.kms, keyArn);
    const [first, again, other] = await Promise.all(
      ['acme', 'acme', 'globex'].map((name) => keys.derive(name)),
    );
    expect(first).toHaveLength(32);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
