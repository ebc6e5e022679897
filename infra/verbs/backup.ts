import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import type { BackupQueue } from '../backup-queue.ts';
import { VerbFunction } from '../verb-function.ts';
import { type StorageProps, sealingEnvironment } from './storage.ts';

export interface BackupFunctionProps extends StorageProps {
  /** Holds the requests, and takes those that failed for good. */
  readonly queue: BackupQueue;
}

/** Exports one tenant, seals the export, and adds it to the vault. Reads no backup, not even its own. */
export class BackupFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: BackupFunctionProps) {
    const { settings, enrolments, keys, vault, ledger, queue } = props;
    super(scope, id, {
      ...props,
      verb: 'backup',
      description: 'Exports one tenant, seals the export and adds it to the vault',
      size: settings.backup,
      environment: {
        ...sealingEnvironment(props),
        [EnvironmentName.queueUrl]: queue.queue.queueUrl,
        [EnvironmentName.deadLetterQueueUrl]: queue.deadLetterQueue.queueUrl,
        [EnvironmentName.maxReceiveCount]: String(settings.maxReceiveCount),
        [EnvironmentName.retryDelaySeconds]: String(settings.retryDelaySeconds),
      },
    });
    enrolments.grantRead(this.role);
    keys.grantSeal(this.role);
    keys.grantSign(this.role);
    keys.grantFingerprint(this.role);
    vault.grantAddBackups(this.role, ['daily', 'weekly', 'monthly', 'yearly', 'manual']);
    vault.grantListBackups(this.role);
    ledger.grantOutcomes(this.role);
    queue.grantSetAside(this.role);
    queue.grantRequestBackups(this.role);
    const limits = new Map(settings.lanes.map(({ name, maximumConcurrency }) => [name, maximumConcurrency]));
    for (const [lane, source] of queue.byLane) {
      this.lambda.addEventSource(
        new SqsEventSource(source, {
          // One tenant has the whole timeout and all the memory to itself, and its failure is its own.
          batchSize: 1,
          maxConcurrency: limits.get(lane) ?? settings.maximumConcurrency,
          reportBatchItemFailures: true,
        }),
      );
    }
  }
}
