import { verify } from 'node:crypto';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSigner } from '../../../functions/vault/keys/signer.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { rejectionOf } from '../../rejection.ts';

let localAws: LocalAws;
let kms: KMSClient;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  kms = new KMSClient(clientSettings(localAws));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  kms?.destroy();
  await localAws?.stop();
});

const createKey = async (KeySpec: 'ECC_NIST_P256' | 'ECC_NIST_P384' = 'ECC_NIST_P256'): Promise<string> =>
  (await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY' }))).KeyMetadata?.Arn ?? '';

describe('the signing key', () => {
  it('signs so that its public half alone can tell, also what is longer than KMS takes', async () => {
    const signer = createSigner(kms, await createKey());
    const { key } = await signer.publicKey();
    for (const message of [Buffer.from(''), Buffer.from('{}'), Buffer.alloc(100_000, 'x')]) {
      const signature = await signer.sign(message);
      expect(verify('sha256', message, key, signature)).toBe(true);
      expect(verify('sha256', Buffer.concat([message, Buffer.from(' ')]), key, signature)).toBe(false);
    }
  });

  it('tells its public half once, and another one for another key', async () => {
    const [keyArn, other] = [await createKey(), await createKey()];
    const send = vi.spyOn(kms, 'send');
    const signer = createSigner(kms, keyArn);
    const first = await signer.publicKey();
    expect(await signer.publicKey()).toBe(first);
    expect(send).toHaveBeenCalledTimes(1);
    send.mockRestore();
    expect((await createSigner(kms, other).publicKey()).fingerprint).not.toBe(first.fingerprint);
  });

  it('is refused by name on another curve, while it is disabled, or if there is none', async () => {
    const [wide, disabled] = [await createKey('ECC_NIST_P384'), await createKey()];
    await kms.send(new DisableKeyCommand({ KeyId: disabled }));
    expect(await rejectionOf(createSigner(kms, wide).publicKey())).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      message: expect.stringContaining('must be a key on the curve P-256'),
    });
    expect(await rejectionOf(createSigner(kms, disabled).sign(Buffer.from('x')))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: disabled, reason: 'DisabledException' },
    });
    const missing = disabled.replace(/[^/]*$/, '00000000-0000-4000-8000-000000000000');
    expect(await rejectionOf(createSigner(kms, missing).publicKey())).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { reason: 'NotFoundException' },
    });
  });
});
