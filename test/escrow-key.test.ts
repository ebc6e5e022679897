import { describe, expect, it } from 'vitest';
import { readEscrowPublicKey } from '../functions/escrow-key.ts';
import { escrowPair } from './vault/sample-backup.ts';

describe('an escrow public key', () => {
  it.each([
    ['a private key', escrowPair().privateKey, 'got a private key'],
    ['a key of 2048 bits', escrowPair(2048).publicKey, 'at least 3072 bits, got 2048'],
    ['something else', 'ssh-rsa AAAA', 'must be an RSA public key in PEM'],
    ['nothing', '', 'must be an RSA public key in PEM'],
  ])('is not %s', (_, pem, problem) => {
    const read = readEscrowPublicKey(pem);
    expect('problem' in read && read.problem).toContain(problem);
  });

  it('is known by a fingerprint that does not depend on how its text is wrapped', () => {
    const { publicKey } = escrowPair();
    const [one, other] = [publicKey, `\n${publicKey.replaceAll('\n', '\r\n')}`].map(readEscrowPublicKey);
    expect(one).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(other).toEqual(
      expect.objectContaining({ fingerprint: (one as { fingerprint: string }).fingerprint }),
    );
  });
});
