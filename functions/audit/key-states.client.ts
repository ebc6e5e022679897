import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { awsError } from '../aws-errors.ts';
import type { KeyState } from './judge-fleet.ts';

/** How KMS keys are. */
export interface KeyStates {
  /** @param keyArn ARN of a key, or of an alias
   * @returns the key's own ARN and state; `unnamed` for a key that no alias makes a backup key, as KMS then refuses to
   * tell; needs `kms:DescribeKey`
   * @throws AWS_UNAVAILABLE */
  describe(keyArn: string): Promise<{ readonly keyArn: string; readonly state: KeyState }>;
}

export const createKeyStates = (kms: KMSClient): KeyStates => ({
  async describe(keyArn) {
    try {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyArn }));
      return { keyArn: KeyMetadata?.Arn ?? keyArn, state: KeyMetadata?.KeyState ?? 'Unavailable' };
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'NotFoundException') return { keyArn, state: 'missing' };
      if (name === 'AccessDeniedException') return { keyArn, state: 'unnamed' };
      return awsError('kms:DescribeKey', { keyArn })(error);
    }
  },
});
