import type { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import type { Ledger } from '../ledger.ts';
import type { Settings } from '../settings.ts';
import { VerbFunction } from '../verb-function.ts';

export interface StatusFunctionProps {
  readonly settings: Settings;
  readonly ledger: Ledger;
  /** What happens to the function's log when the function leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** Reports the phase and the result of a restore. Reads records of operations alone. */
export class StatusFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: StatusFunctionProps) {
    const { settings, ledger } = props;
    super(scope, id, {
      ...props,
      verb: 'status',
      description: 'Reports the phase and the result of a restore, and the next step',
      size: settings.status,
      environment: { [EnvironmentName.ledgerBucket]: ledger.bucket.bucketName },
    });
    ledger.grantReadOperations(this.role);
  }
}
