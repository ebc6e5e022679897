import { ArnFormat, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import { Alias, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { FIRST_KEY_LABEL, KEY_PURPOSES, type KeyPurpose, PART_SUFFIXES } from '../functions/runtime/names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface BackupKeysProps {
  /** What happens to the keys when they leave the stack, or are replaced. Without its key a backup is noise. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The KMS keys of the backups: for each purpose a first key that seals those parts, one that credentials are
 * fingerprinted with, and one that signs manifests. Two purposes, so that whoever may compare configurations need not be able to read client
 * secrets; the fingerprints let them see that a secret is another one.
 *
 * A key becomes a backup key by an alias below the alias of its purpose, and the alias of the purpose itself names the
 * default. Operators add keys and move the default without a deployment, so the functions are granted keys by
 * their aliases; no statement names a key. CloudFormation touches an alias only when the template says another target
 * than the template before, so that a deployment does not move the default back.
 */
export class BackupKeys extends Construct {
  /** Derives each tenant's fingerprint key; seals nothing. */
  readonly fingerprint: Key;
  /** Signs the manifests of backups, which proves who made them; its private half never leaves KMS. */
  readonly signing: Key;
  /** ARNs of the keys that the stack makes; operators may add others. */
  readonly keyArns: readonly string[];

  constructor(scope: Construct, id: string, props: BackupKeysProps) {
    super(scope, id);
    const configuration = this.createKey('Configuration', 'configuration', props);
    const credentials = this.createKey('Credentials', 'credentials', props);
    this.fingerprint = new Key(this, 'Fingerprint', {
      description:
        'Fingerprints the credentials in tenant backups; without it old and new backups cannot be compared',
      alias: `${Stack.of(this).stackName}/fingerprint`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
    this.signing = new Key(this, 'Signing', {
      description: 'Signs tenant backups; a key in its place needs its public half in trustedSigningKeys',
      alias: `${Stack.of(this).stackName}/signing`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
    this.keyArns = [configuration, credentials, this.fingerprint, this.signing].map(({ keyArn }) => keyArn);
  }

  private createKey(id: string, purpose: KeyPurpose, props: BackupKeysProps): Key {
    const key = new Key(this, id, {
      description: `Seals the ${purpose} parts of tenant backups; deleting it makes every backup unreadable`,
      alias: this.aliasName(purpose),
      enableKeyRotation: true,
      // The longest that KMS grants for a change of mind.
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
    // Stays with the key when the default moves on: without any alias of ours the old backups could not be opened.
    // Goes with the stack even where the key stays, as the next stack of the name would otherwise meet it.
    new Alias(this, `${id}Label`, {
      aliasName: `${this.aliasName(purpose)}/${FIRST_KEY_LABEL}`,
      targetKey: key,
    });
    return key;
  }

  /** ARN of the alias that names the default key of a purpose, and below which all its keys have an alias. */
  aliasArn(purpose: KeyPurpose): string {
    return Stack.of(this).formatArn({
      service: 'kms',
      resource: 'alias',
      resourceName: this.aliasName(purpose),
    });
  }

  /** What the names of all aliases of backup keys begin with, and of no others. */
  get aliasPrefix(): string {
    return `alias/${this.aliasName('')}`;
  }

  /** Allow sealing, and nothing else: who holds only this cannot open what it has sealed a moment later. */
  grantSeal(role: Role): void {
    this.grantOnBackupKeys(role, 'kms:GenerateDataKey');
  }

  /** Allow sealing backups of one tenant, and nothing else. */
  grantSealFor(role: Role, tenant: string): void {
    this.grantOnBackupKeys(role, 'kms:GenerateDataKey', KEY_PURPOSES, tenant);
  }

  /** Allow opening both parts of any backup. */
  grantOpen(role: Role): void {
    this.grantOnBackupKeys(role, 'kms:Decrypt');
  }

  /** Allow opening the configuration in any backup, and no credential. */
  grantOpenConfiguration(role: Role): void {
    this.grantOnBackupKeys(role, 'kms:Decrypt', ['configuration']);
  }

  /** Allow learning whether a key is enabled and whom it lets in, of every backup key and of those for fingerprints and
   * signatures. */
  grantDescribe(role: Role): void {
    const aliases = KEY_PURPOSES.flatMap((purpose) => {
      const alias = `alias/${this.aliasName(purpose)}`;
      return [alias, `${alias}/*`];
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListGrants'],
      resourceArns: [this.anyKeyArn()],
      conditions: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': aliases } },
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListGrants'],
      resourceArns: [this.fingerprint.keyArn, this.signing.keyArn],
    });
    this.acknowledgeAnyKey(role);
  }

  /** Allow learning which backup keys there are, by listing the names of aliases. */
  grantList(role: Role): void {
    Grant.addToPrincipal({ grantee: role, actions: ['kms:ListAliases'], resourceArns: ['*'] });
    acknowledgeWildcard(
      role,
      '*',
      'kms:ListAliases knows no resource; it answers names of aliases and ids of keys, and uses none of them.',
    );
  }

  /** Allow fingerprinting credentials that the grantee has anyway. */
  grantFingerprint(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['kms:GenerateMac'],
      resourceArns: [this.fingerprint.keyArn],
    });
  }

  /** Allow signing manifests. */
  grantSign(grantee: IGrantable): void {
    this.grantVerify(grantee);
    Grant.addToPrincipal({ grantee, actions: ['kms:Sign'], resourceArns: [this.signing.keyArn] });
  }

  /** Allow reading the public half of the signing key, by which signatures are checked without KMS. */
  grantVerify(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['kms:GetPublicKey'], resourceArns: [this.signing.keyArn] });
  }

  /** The keys' own policies leave the decision to IAM, so that no role is named in two places. */
  private grantOnBackupKeys(
    role: Role,
    action: string,
    purposes: readonly KeyPurpose[] = KEY_PURPOSES,
    tenant = '?*',
  ): void {
    for (const purpose of purposes) {
      const alias = `alias/${this.aliasName(purpose)}`;
      Grant.addToPrincipal({
        grantee: role,
        actions: [action],
        resourceArns: [this.anyKeyArn()],
        conditions: {
          'ForAnyValue:StringLike': { 'kms:ResourceAliases': [alias, `${alias}/*`] },
          // KMS itself then keeps the purposes apart, and no data key is made or opened for anything but a part.
          StringLike: {
            'kms:EncryptionContext:tenant': tenant,
            'kms:EncryptionContext:part': `*${PART_SUFFIXES[purpose]}`,
          },
        },
      });
    }
    this.acknowledgeAnyKey(role);
  }

  private anyKeyArn(): string {
    return Stack.of(this).formatArn({
      service: 'kms',
      resource: 'key',
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  private acknowledgeAnyKey(role: Role): void {
    acknowledgeWildcard(
      role,
      this.anyKeyArn(),
      'Operators add backup keys without deployment; the condition on the aliases of a key says which they are.',
    );
  }

  private aliasName(name: string): string {
    return `${Stack.of(this).stackName}/${name}`;
  }
}
