/** The escrow recipient: an RSA key whose private half is kept offline. Its holder opens every backup if the AWS
 * account or its keys are lost. */
import { constants, createPrivateKey, type KeyObject } from 'node:crypto';
import type { KeyringNode } from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { TenantBackupError } from '../../errors.ts';
import { type EscrowPublicKey, keyFingerprint } from '../../escrow-key.ts';
import type { Opener } from '../format/opener.ts';
import { ESCROW_PROVIDER, openMessage } from '../format/sealed-message.ts';

/** RSAES-OAEP with SHA-256, also for its mask generation function.
 * @see https://www.rfc-editor.org/rfc/rfc8017#section-7.1 */
const WRAPPING = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

/** Makes the keyring that adds an escrow recipient. */
export const escrowKeyring = ({ pem, fingerprint }: EscrowPublicKey): KeyringNode =>
  new RawRsaKeyringNode({
    keyNamespace: ESCROW_PROVIDER,
    keyName: fingerprint,
    rsaKey: { publicKey: pem },
    ...WRAPPING,
  });

/** Opens parts with an escrow private key, without any network.
 * Opening proves that nothing changed since the part was sealed. It does not prove who sealed it: anyone can seal
 * for a public key, but sealing under a KMS key needs a permission.
 * @param pem PKCS #8 or PKCS #1 in PEM
 * @param passphrase for an encrypted key
 * @throws INVALID_REQUEST if it is not an RSA private key, or the passphrase is wrong */
export function createEscrowOpener(pem: string, passphrase?: string): Opener {
  const key = readPrivateKey(pem, passphrase);
  const fingerprint = keyFingerprint(key);
  const keyring = new RawRsaKeyringNode({
    keyNamespace: ESCROW_PROVIDER,
    keyName: fingerprint,
    rsaKey: { privateKey: key.export({ type: 'pkcs8', format: 'pem' }) },
    ...WRAPPING,
  });
  return {
    name: `escrow key ${fingerprint}`,
    canOpenFor: (recipient) => recipient.type === 'escrow' && recipient.fingerprint === fingerprint,
    open: (sealed, _recipient, expectations) => openMessage(keyring, sealed, expectations),
  };
}

function readPrivateKey(pem: string, passphrase: string | undefined): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // Omit the cause: its message may quote the text.
    const encrypted = /ENCRYPTED/.test(pem);
    throw new TenantBackupError(
      'INVALID_REQUEST',
      encrypted && passphrase === undefined
        ? 'escrow private key is encrypted: give its passphrase'
        : `escrow private key must be an RSA private key in PEM${encrypted ? ', with its passphrase' : ''}`,
    );
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `escrow private key must be an RSA key, got ${key.asymmetricKeyType}`,
    );
  }
  return key;
}
