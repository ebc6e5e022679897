import { verify } from 'node:crypto';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSigner } from '../../../functions/vault/keys/signer.client.ts';
import { rejectionOf } from '../../rejection.ts';
import { type LocalKms, startLocalKms } from './local-kms.ts';

let local: LocalKms;

beforeAll(async () => {
  local = await startLocalKms();
});
afterAll(() => local?.stop());

const createKey = (KeySpec: 'ECC_NIST_P256' | 'ECC_NIST_P384' = 'ECC_NIST_P256') =>
  local.createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });

describe('the signing key', () => {
  it('signs so that its public half alone can tell, also what is longer than KMS takes', async () => {
    const signer = createSigner(local.kms, await createKey());
    const { key } = await signer.publicKey();
    for (const message of [Buffer.from(''), Buffer.from('{}'), Buffer.alloc(100_000, 'x')]) {
      const signature = await signer.sign(message);
      expect(verify('sha256', message, key, signature)).toBe(true);
      expect(verify('sha256', Buffer.concat([message, Buffer.from(' ')]), key, signature)).toBe(false);
    }
  });

  it('tells its public half once, and another one for another key', async () => {
    const [keyArn, other] = [await createKey(), await createKey()];
    const send = vi.spyOn(local.kms, 'send');
    const signer = createSigner(local.kms, keyArn);
    const first = await signer.publicKey();
    expect(await signer.publicKey()).toBe(first);
    expect(send).toHaveBeenCalledTimes(1);
    send.mockRestore();
    expect((await createSigner(local.kms, other).publicKey()).fingerprint).not.toBe(first.fingerprint);
  });

  it('is refused by name on another curve, while it is disabled, or if there is none', async () => {
    const [wide, disabled] = [await createKey('ECC_NIST_P384'), await createKey()];
    await local.kms.send(new DisableKeyCommand({ KeyId: disabled }));
    expect(await rejectionOf(createSigner(local.kms, wide).publicKey())).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      message: expect.stringContaining('must be a key on the curve P-256'),
    });
    expect(await rejectionOf(createSigner(local.kms, disabled).sign(Buffer.from('x')))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: disabled, reason: 'DisabledException' },
    });
    const missing = disabled.replace(/[^/]*$/, '00000000-0000-4000-8000-000000000000');
    expect(await rejectionOf(createSigner(local.kms, missing).publicKey())).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { reason: 'NotFoundException' },
    });
  });
});
