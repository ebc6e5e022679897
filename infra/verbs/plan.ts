import type { Construct } from 'constructs';
import { VerbFunction } from '../verb-function.ts';
import { type StorageProps, storageEnvironment } from './storage.ts';

/** Compares backups and live tenants. Opens no credentials, and writes plans alone. */
export class PlanFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: StorageProps) {
    const { settings, enrolments, keys, vault, ledger } = props;
    super(scope, id, {
      ...props,
      verb: 'plan',
      description: 'Plans a restore, and compares backups and tenants',
      size: settings.plan,
      environment: { ...storageEnvironment(props), ...ledger.keys.environment(['plan']) },
    });
    enrolments.grantRead(this.role);
    keys.grantFingerprint(this.role);
    keys.grantOpenConfiguration(this.role);
    keys.grantVerify(this.role);
    keys.grantList(this.role);
    vault.grantReadBackups(this.role);
    ledger.grantWritePlans(this.role);
  }
}
