import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { settingsIn } from './settings.ts';
import { TenantBackup } from './tenant-backup.ts';
import type { TenantBackupProps } from './tenant-backup-props.ts';

/** Settings of the stack, and of the one deployment in it. */
export interface TenantBackupStackProps extends StackProps, TenantBackupProps {}

/** A stack with one deployment. Without `env` it is synthesized for any account and region, and without credentials. */
export class TenantBackupStack extends Stack {
  readonly backup: TenantBackup;

  constructor(scope: Construct, id: string, props: TenantBackupStackProps) {
    super(scope, id, {
      description: 'Nightly backups of SecureAuth tenants, and restores of them',
      // What stays when the stack goes is also protected from the deletion of the stack by mistake.
      terminationProtection: props.removal !== 'destroy',
      ...props,
    });
    // The CDK leaves 'Default' out of logical ids.
    this.backup = new TenantBackup(this, 'Default', settingsIn(props));
  }
}
