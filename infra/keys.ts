import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface SealingKeysProps {
  /** What happens to the keys when they leave the stack, or are replaced. Without its key a backup is noise. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The two KMS keys that seal the parts of a backup, and the one that credentials are fingerprinted with. Two, so that
 * whoever may compare configurations need not be able to read client secrets; the third lets them see that a secret
 * is another one.
 */
export class SealingKeys extends Construct {
  /** Seals the configuration parts. */
  readonly configuration: Key;
  /** Seals the credentials parts. */
  readonly credentials: Key;
  /** Derives each tenant's fingerprint key; seals nothing. */
  readonly fingerprint: Key;

  constructor(scope: Construct, id: string, props: SealingKeysProps) {
    super(scope, id);
    this.configuration = this.createKey('Configuration', 'configuration', props);
    this.credentials = this.createKey('Credentials', 'credentials', props);
    this.fingerprint = new Key(this, 'Fingerprint', {
      description:
        'Fingerprints the credentials in tenant backups; without it old and new backups cannot be compared',
      alias: `${Stack.of(this).stackName}/fingerprint`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
  }

  private createKey(id: string, seals: string, props: SealingKeysProps): Key {
    return new Key(this, id, {
      description: `Seals the ${seals} parts of tenant backups; deleting it makes every backup unreadable`,
      alias: `${Stack.of(this).stackName}/${seals}`,
      enableKeyRotation: true,
      // The longest that KMS grants for a change of mind.
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
  }

  /** Allow sealing, and nothing else: who holds only this cannot open what it has sealed a moment later. */
  grantSeal(grantee: IGrantable): Grant {
    return this.grantBoth(grantee, 'kms:GenerateDataKey');
  }

  /** Allow opening both parts of any backup. */
  grantOpen(grantee: IGrantable): Grant {
    return this.grantBoth(grantee, 'kms:Decrypt');
  }

  /** Allow fingerprinting credentials that the grantee has anyway. */
  grantFingerprint(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['kms:GenerateMac'],
      resourceArns: [this.fingerprint.keyArn],
    });
  }

  private grantBoth(grantee: IGrantable, action: string): Grant {
    // The keys' own policies leave the decision to IAM, so that no role is named in two places.
    return Grant.addToPrincipal({
      grantee,
      actions: [action],
      resourceArns: [this.configuration.keyArn, this.credentials.keyArn],
    });
  }
}
