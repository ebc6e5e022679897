import { GetKeyPolicyCommand, type KMSClient, paginateListGrants } from '@aws-sdk/client-kms';
import { awsError } from '../../aws-errors.ts';
import { type AddedPrincipal, addedPrincipals, type KeyGrant } from './key-access.ts';

/** Reads which principals a key admits. */
export interface KeyAccess {
  /** Needs `kms:GetKeyPolicy` and `kms:ListGrants`.
   * @param keyArn the key's own ARN
   * @returns see `addedPrincipals`; null if KMS refuses the answer, empty for a key that does not exist
   * @throws AWS_UNAVAILABLE */
  read(keyArn: string): Promise<AddedPrincipal[] | null>;
}

export const createKeyAccess = (kms: KMSClient): KeyAccess => ({
  async read(keyArn) {
    try {
      const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: keyArn }));
      const grants: KeyGrant[] = [];
      for await (const page of paginateListGrants({ client: kms, pageSize: 100 }, { KeyId: keyArn })) {
        for (const { GrantId = '', GranteePrincipal = '' } of page.Grants ?? []) {
          grants.push({ grantId: GrantId, principal: GranteePrincipal });
        }
      }
      return addedPrincipals(keyArn, Policy, grants);
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'NotFoundException') return [];
      if (name === 'AccessDeniedException') return null;
      return awsError('kms:GetKeyPolicy', { keyArn })(error);
    }
  },
});
