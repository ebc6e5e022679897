import { ArnFormat, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import { Alias, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { FIRST_KEY_LABEL, KEY_PURPOSES, type KeyPurpose, PART_SUFFIXES } from '../functions/runtime/names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface BackupKeysProps {
  /** Name of the deployment, with which the names of the aliases begin. */
  readonly name: string;
  /** What happens to the keys when they leave the stack, or are replaced. Without its key a backup is noise. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The KMS keys of the backups: a first key for each purpose, a key for fingerprints of credentials, and a key that signs
 * manifests. With two purposes, a comparison of configurations needs no access to client secrets. The fingerprints show
 * that a secret differs.
 *
 * An alias below the alias of a purpose makes a key a backup key, and the alias of the purpose itself names the default.
 * Operators add keys and move the default without a deployment, so the grants name aliases and no key. CloudFormation
 * updates an alias only if its target differs between two templates, so a deployment does not move the default back.
 */
export class BackupKeys extends Construct {
  /** Derives each tenant's fingerprint key; seals nothing. */
  readonly fingerprint: Key;
  /** Signs the manifests of backups, which proves who made them. Its private half never leaves KMS. */
  readonly signing: Key;
  /** ARNs of the keys that the construct makes; operators may add others. */
  readonly keyArns: readonly string[];
  private readonly deployment: string;

  constructor(scope: Construct, id: string, props: BackupKeysProps) {
    super(scope, id);
    this.deployment = props.name;
    const configuration = this.createKey('Configuration', 'configuration', props);
    const credentials = this.createKey('Credentials', 'credentials', props);
    this.fingerprint = new Key(this, 'Fingerprint', {
      description:
        'Fingerprints the credentials in tenant backups; without it old and new backups cannot be compared',
      alias: this.aliasName('fingerprint'),
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
    this.signing = new Key(this, 'Signing', {
      description: 'Signs tenant backups; a key in its place needs its public half in trustedSigningKeys',
      alias: this.aliasName('signing'),
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
      // The longest that KMS allows: time to cancel a deletion.
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
    // Stays with the key when the default moves on: without an alias of the deployment, its backups cannot be opened.
    // Goes with the stack even where the key stays: the next stack of this name needs the alias.
    new Alias(this, `${id}Label`, {
      aliasName: `${this.aliasName(purpose)}/${FIRST_KEY_LABEL}`,
      targetKey: key,
    });
    return key;
  }

  /** Returns the ARN of the alias that names the default key of a purpose. All its keys have an alias below this one. */
  aliasArn(purpose: KeyPurpose): string {
    return Stack.of(this).formatArn({
      service: 'kms',
      resource: 'alias',
      resourceName: this.aliasName(purpose),
    });
  }

  /** Beginning of the names of all aliases of backup keys, and of no others. */
  get aliasPrefix(): string {
    return `alias/${this.aliasName('')}`;
  }

  /** Allows sealing, and nothing else: the grantee cannot open what it sealed. */
  grantSeal(role: Role): void {
    this.grantOnBackupKeys(role, 'kms:GenerateDataKey');
  }

  /** Allows sealing backups of one tenant, and nothing else. */
  grantSealFor(role: Role, tenant: string): void {
    this.grantOnBackupKeys(role, 'kms:GenerateDataKey', KEY_PURPOSES, tenant);
  }

  /** Allows opening both parts of any backup. */
  grantOpen(role: Role): void {
    this.grantOnBackupKeys(role, 'kms:Decrypt');
  }

  /** Allows opening the configuration in any backup, and no credential. */
  grantOpenConfiguration(role: Role): void {
    this.grantOnBackupKeys(role, 'kms:Decrypt', ['configuration']);
  }

  /** Allows reading the state, policy and grants of every key of the deployment. */
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

  /** Allows listing aliases, and so the backup keys. */
  grantList(role: Role): void {
    Grant.addToPrincipal({ grantee: role, actions: ['kms:ListAliases'], resourceArns: ['*'] });
    acknowledgeWildcard(
      role,
      '*',
      'kms:ListAliases knows no resource; it answers names of aliases and ids of keys, and uses none of them.',
    );
  }

  /** Allows fingerprints of credentials that the grantee already has. */
  grantFingerprint(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['kms:GenerateMac'],
      resourceArns: [this.fingerprint.keyArn],
    });
  }

  /** Allows signing manifests. */
  grantSign(grantee: IGrantable): void {
    this.grantVerify(grantee);
    Grant.addToPrincipal({ grantee, actions: ['kms:Sign'], resourceArns: [this.signing.keyArn] });
  }

  /** Allows reading the public half of the signing key, which verifies signatures without KMS. */
  grantVerify(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['kms:GetPublicKey'], resourceArns: [this.signing.keyArn] });
  }

  /** The policies of the keys delegate to IAM, so that no role is named in two places. */
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
          // KMS itself then separates the purposes, and makes and opens data keys for parts alone.
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
    return `${this.deployment}/${name}`;
  }
}
