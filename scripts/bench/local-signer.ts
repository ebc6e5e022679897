import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { readSigningKey, type SigningKey } from '../../functions/signing-key.ts';
import type { Signer } from '../../functions/vault/keys/signer.client.ts';

/** Creates a signer without a network. */
export interface LocalSigner extends Signer {
  readonly key: SigningKey;
  readonly privateKey: KeyObject;
  signNow(message: Uint8Array): Buffer;
}

/** A signing key in this process, for where no network may be: it signs as KMS does.
 * @param seed its private number, 32 bytes, for a key that is always the same @default - random */
export function localSigner(seed: Uint8Array = randomBytes(32)): LocalSigner {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(seed);
  const point = curve.getPublicKey();
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: Buffer.from(seed).toString('base64url'),
      x: point.toString('base64url', 1, 33),
      y: point.toString('base64url', 33),
    },
  });
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
  const key = readSigningKey(pem);
  if ('problem' in key) throw new TypeError(`local signing key ${key.problem}`);
  const signNow = (message: Uint8Array): Buffer => sign('sha256', message, privateKey);
  return { key, privateKey, signNow, publicKey: async () => key, sign: async (message) => signNow(message) };
}
