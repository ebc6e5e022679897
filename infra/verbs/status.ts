import type { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import type { Ledger } from '../ledger.ts';
import type { Settings } from '../settings.ts';
import type { Vault } from '../vault.ts';
import { VerbFunction } from '../verb-function.ts';

export interface StatusFunctionProps {
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** What happens to the function's log when the function leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** Reports the last restore and the last backup of a tenant. Reads records of both, and lists backups without opening any. */
export class StatusFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: StatusFunctionProps) {
    const { settings, ledger, vault } = props;
    super(scope, id, {
      ...props,
      verb: 'status',
      description: 'Reports the last restore and the last backup of a tenant, and the next step',
      size: settings.status,
      environment: {
        [EnvironmentName.ledgerBucket]: ledger.bucket.bucketName,
        [EnvironmentName.vaultBucket]: vault.bucket.bucketName,
        ...ledger.keys.environment(['restore', 'drill']),
      },
    });
    ledger.grantReadProgress(this.role);
    vault.grantListBackups(this.role);
  }
}
