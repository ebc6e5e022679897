import { KmsKeyringNode } from '@aws-crypto/kms-keyring-node';
import { describe, expect, it } from 'vitest';
import { readSealHeader, sealMessage } from '../../../functions/vault/format/sealed-message.ts';
import { rejectionOf } from '../../rejection.ts';
import { SampleKeys } from '../sample-backup.ts';

const keys = new SampleKeys();
const context = { tenant: 'acme', part: 'hub.config' };
const recipients = [{ type: 'kms', keyArn: keys.configuration }] as const;

const seal = (text: string) =>
  keys.sealer({ escrow: false }).seal(Buffer.from(text), { keyArn: keys.configuration, context });

describe('a sealed message', () => {
  it('opens to what was sealed, and has the context that it was sealed with', async () => {
    const sealed = await seal('a secret');
    const opened = await keys.opener.open(sealed, recipients[0], { context, recipients });
    expect(opened.toString()).toBe('a secret');
    expect(readSealHeader(sealed).encryptionContext).toEqual({
      ...context,
      'aws-crypto-public-key': expect.any(String),
    });
  });

  it('has a data key and a signing key of its own', async () => {
    const [one, other] = (await Promise.all([seal('same'), seal('same')])).map((bytes) =>
      readSealHeader(bytes),
    );
    expect(one?.encryptionContext['aws-crypto-public-key']).not.toBe(
      other?.encryptionContext['aws-crypto-public-key'],
    );
    expect(one?.encryptedDataKeys[0]?.encryptedDataKey).not.toEqual(
      other?.encryptedDataKeys[0]?.encryptedDataKey,
    );
  });

  it('is refused by name while the key is disabled', async () => {
    const own = new SampleKeys();
    own.kms.disabled.add(own.configuration);
    const sealing = own.sealer().seal(Buffer.from('x'), { keyArn: own.configuration, context });
    expect(await rejectionOf(sealing)).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: own.configuration, reason: 'DisabledException' },
    });
  });

  it('does not exist without a data key', async () => {
    // A keyring that knows keys to open with, and none to seal with.
    const keyring = new KmsKeyringNode({ discovery: true, clientProvider: () => false });
    await expect(sealMessage(keyring, Buffer.from('x'), context)).rejects.toThrow(
      'unencryptedDataKey has not been set',
    );
  });
});
