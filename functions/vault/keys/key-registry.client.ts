import { type KMSClient, paginateListAliases } from '@aws-sdk/client-kms';
import { awsError } from '../../aws-errors.ts';
import type { KeysByPurpose } from '../format/key-purpose.ts';
import { type BackupKey, backupKeysOf, type KeyAlias } from './key-registry.ts';

/** Finds the KMS keys that are backup keys. Their aliases are the only registry. */
export interface KeyRegistry {
  /** Lists the backup keys.
   * @returns see `backupKeysOf`; needs `kms:ListAliases`
   * @throws AWS_ACCESS_DENIED, AWS_UNAVAILABLE */
  list(): Promise<BackupKey[]>;
}

/** Creates the registry.
 * @param defaults ARN of the alias of each purpose */
export const createKeyRegistry = (kms: KMSClient, defaults: KeysByPurpose): KeyRegistry => ({
  async list() {
    const aliases: KeyAlias[] = [];
    try {
      for await (const { Aliases = [] } of paginateListAliases({ client: kms, pageSize: 100 }, {})) {
        for (const { AliasArn, TargetKeyId } of Aliases) {
          // Aliases that AWS reserves for keys which it creates on first use name no key.
          if (AliasArn && TargetKeyId) aliases.push({ aliasArn: AliasArn, keyId: TargetKeyId });
        }
      }
    } catch (error) {
      awsError('kms:ListAliases', {})(error);
    }
    return backupKeysOf(aliases, defaults);
  },
});
