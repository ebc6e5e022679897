import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { VerbFunction } from '../verb-function.ts';
import { type StorageProps, sealingEnvironment } from './storage.ts';

/** Restores a tenant from one of its backups. Opens every backup, and adds safety backups alone. */
export class RestoreFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: StorageProps) {
    const { settings, enrolments, keys, vault, ledger } = props;
    super(scope, id, {
      ...props,
      verb: 'restore',
      description: 'Restores a tenant from one of its backups',
      size: settings.restore,
      environment: { ...sealingEnvironment(props), ...ledger.keys.environment(['plan', 'restore', 'drill']) },
    });
    enrolments.grantRead(this.role);
    keys.grantSeal(this.role);
    keys.grantSign(this.role);
    keys.grantFingerprint(this.role);
    keys.grantOpen(this.role);
    keys.grantList(this.role);
    vault.grantReadBackups(this.role);
    vault.grantAddBackups(this.role, ['safety']);
    ledger.grantOperations(this.role);
    // Only an operator repeats a restore that failed or had to wait, never Lambda.
    this.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  }
}
