import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { awsError } from '../../aws-errors.ts';
import type { KeyAccess } from '../../vault/keys/key-access.client.ts';
import type { AddedPrincipal } from '../../vault/keys/key-access.ts';
import type { KeyState } from '../assess/assess-fleet.ts';

/** Reads the states of KMS keys. */
export interface KeyStates {
  /** Describes a key. Needs `kms:DescribeKey` and the permissions of `KeyAccess`.
   * @returns its state and the principals that it admits; `unnamed` if KMS denies access, as no alias makes it a backup key
   * @throws AWS_UNAVAILABLE */
  describe(keyArn: string): Promise<DescribedKey>;
}

/** A key as KMS describes it. */
export interface DescribedKey {
  readonly keyArn: string;
  readonly state: KeyState;
  /** See `KeyAccess`. */
  readonly principals: readonly AddedPrincipal[] | null;
}

export const createKeyStates = (kms: KMSClient, access: KeyAccess): KeyStates => ({
  async describe(keyArn) {
    try {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyArn }));
      const state = KeyMetadata?.KeyState ?? 'Unavailable';
      return { keyArn, state, principals: await access.read(keyArn) };
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'NotFoundException') return { keyArn, state: 'missing', principals: [] };
      if (name === 'AccessDeniedException') return { keyArn, state: 'unnamed', principals: [] };
      return awsError('kms:DescribeKey', { keyArn })(error);
    }
  },
});
