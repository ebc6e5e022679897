import { KmsKeyringNode } from '@aws-crypto/kms-keyring-node';
import { GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { prepareMessage, readSealHeader } from '../../functions/vault/sealed-message.ts';
import { createSealer } from '../../functions/vault/sealer.client.ts';
import { rejectionOf } from '../rejection.ts';
import { SampleKeys } from './sample-backup.ts';

const keys = new SampleKeys();
const context = { tenant: 'acme', part: 'hub.config' };
const recipients = [{ type: 'kms', keyArn: keys.configuration }] as const;

/** A sealer whose calls to the key store are counted. */
function countingSealer() {
  const asked: unknown[] = [];
  const { client } = keys.kms;
  const send = (command: unknown) => {
    asked.push(command);
    return client.send(command as GenerateDataKeyCommand);
  };
  return { asked, sealer: createSealer({ send } as unknown as typeof client) };
}

const open = (sealed: Uint8Array, plainBytes: number) =>
  keys.opener.open(sealed, recipients[0], { context, recipients, plainBytes });

describe('a prepared message', () => {
  it('seals what became known later, without asking the key store again', async () => {
    const { asked, sealer } = countingSealer();
    const prepared = await sealer.prepare({ keyArn: keys.configuration, context });
    expect(asked.map((command) => command instanceof GenerateDataKeyCommand)).toEqual([true]);
    const sealed = await prepared.seal(Buffer.from('known later'));
    expect(asked).toHaveLength(1);
    expect((await open(sealed, 11)).toString()).toBe('known later');
  });

  it('has the context that it was prepared with', async () => {
    const prepared = await keys.sealer({ escrow: false }).prepare({ keyArn: keys.configuration, context });
    const { encryptionContext } = readSealHeader(await prepared.seal(Buffer.from('x')));
    expect(encryptionContext).toEqual({ ...context, 'aws-crypto-public-key': expect.any(String) });
  });

  it('never uses its data key twice, one after the other or at once', async () => {
    const sealer = keys.sealer({ escrow: false });
    const first = await sealer.prepare({ keyArn: keys.configuration, context });
    await first.seal(Buffer.from('one'));
    await expect(first.seal(Buffer.from('two'))).rejects.toThrow('a data key seals one message');
    const second = await sealer.prepare({ keyArn: keys.configuration, context });
    const both = await Promise.allSettled([second.seal(Buffer.from('one')), second.seal(Buffer.from('two'))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await open((both[0] as PromiseFulfilledResult<Buffer>).value, 3)).toString()).toBe('one');
  });

  it('has a data key and a signing key of its own', async () => {
    const sealer = keys.sealer({ escrow: false });
    const sealed = await Promise.all(
      [1, 2].map(async () =>
        (await sealer.prepare({ keyArn: keys.configuration, context })).seal(Buffer.from('same')),
      ),
    );
    const [one, other] = sealed.map((bytes) => readSealHeader(bytes));
    expect(one?.encryptionContext['aws-crypto-public-key']).not.toBe(
      other?.encryptionContext['aws-crypto-public-key'],
    );
    expect(one?.encryptedDataKeys[0]?.encryptedDataKey).not.toEqual(
      other?.encryptedDataKeys[0]?.encryptedDataKey,
    );
  });

  it('is refused by name when it is prepared, while the key is disabled', async () => {
    const own = new SampleKeys();
    own.kms.disabled.add(own.configuration);
    expect(await rejectionOf(own.sealer().prepare({ keyArn: own.configuration, context }))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: own.configuration, reason: 'DisabledException' },
    });
  });

  it('does not exist without a data key', async () => {
    // A keyring that knows keys to open with, and none to seal with.
    const keyring = new KmsKeyringNode({ discovery: true, clientProvider: () => false });
    await expect(prepareMessage(keyring, context)).rejects.toThrow('unencryptedDataKey has not been set');
  });
});
