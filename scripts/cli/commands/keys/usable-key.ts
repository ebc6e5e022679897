import { TenantBackupError } from '../../../../functions/errors.ts';
import type { KeyCondition } from '../../aws/key-administration.client.ts';

/** Refuses a key that cannot seal a backup.
 * @throws KEY_UNAVAILABLE */
export function requireUsable({ keyArn, state, keySpec }: KeyCondition): void {
  if (state !== 'Enabled') {
    throw new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} must be Enabled, is ${state}`, {
      keyArn,
      state,
    });
  }
  if (keySpec !== 'SYMMETRIC_DEFAULT') {
    throw new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} must be SYMMETRIC_DEFAULT, is ${keySpec}`, {
      keyArn,
      keySpec: keySpec ?? 'unknown',
    });
  }
}
