import type { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import type { BackupQueue } from '../backup-queue.ts';
import type { Enrolments } from '../enrolments.ts';
import type { Ledger } from '../ledger.ts';
import type { Settings } from '../settings.ts';
import { VerbFunction } from '../verb-function.ts';

export interface DispatchFunctionProps {
  readonly settings: Settings;
  readonly enrolments: Enrolments;
  /** Receives the requests. */
  readonly queue: BackupQueue;
  /** Records the requests of persons. */
  readonly ledger: Ledger;
  /** What happens to the function's log when the function leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** Requests a backup of every tenant that is enrolled with a schedule. Sees names and tags, and no secret. */
export class DispatchFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: DispatchFunctionProps) {
    const { settings, enrolments, queue, ledger } = props;
    super(scope, id, {
      ...props,
      verb: 'dispatch',
      description: 'Requests a backup of every tenant enrolled with a schedule',
      size: settings.dispatch,
      environment: {
        ...queue.environment,
        ...enrolments.environment,
        [EnvironmentName.ledgerBucket]: ledger.bucket.bucketName,
      },
    });
    enrolments.grantListNames(this.role);
    enrolments.grantFind(this.role);
    queue.grantRequestBackups(this.role);
    ledger.grantRequests(this.role);
  }
}
