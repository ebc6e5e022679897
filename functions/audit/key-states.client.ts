import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { awsError } from '../aws-errors.ts';
import type { KeyAccess } from '../vault/keys/key-access.client.ts';
import type { AddedPrincipal } from '../vault/keys/key-access.ts';
import type { KeyState } from './assess-fleet.ts';

/** How KMS keys are. */
export interface KeyStates {
  /** Needs `kms:DescribeKey`, and what `KeyAccess` needs.
   * @param keyArn ARN of a key
   * @returns its state, and whom it lets in; `unnamed` for a key that no alias makes a backup key, as KMS then refuses to
   * tell
   * @throws AWS_UNAVAILABLE */
  describe(keyArn: string): Promise<DescribedKey>;
}

/** What KMS says of a key. */
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
