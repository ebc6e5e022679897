import { CfnOutput, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { EnvironmentName, OutputName } from '../functions/runtime/names.ts';
import { AccessLog } from './access-log.ts';
import { BackupQueue } from './backup-queue.ts';
import type { Configuration } from './configuration.ts';
import { Drill } from './drill.ts';
import { Enrolments } from './enrolments.ts';
import { BackupKeys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { People } from './operator-policies.ts';
import { Schedules } from './schedules.ts';
import { Vault } from './vault.ts';
import { VerbFunction } from './verb-function.ts';
import { Watch } from './watch.ts';

export interface TenantBackupStackProps {
  /** The deployment's settings. */
  readonly configuration: Configuration;
}

const BYTES_PER_MEGABYTE = 1024 * 1024;

/**
 * Schedules ▸ dispatch ▸ queue ▸ backup ▸ vault, and restore; the audit watches over them. Bound to no account and no
 * region, so it is synthesized without credentials.
 */
export class TenantBackupStack extends Stack {
  constructor(scope: Construct, id: string, props: TenantBackupStackProps) {
    const { configuration } = props;
    super(scope, id, {
      stackName: configuration.stackName,
      description: 'Nightly backups of SecureAuth tenants, and restores of them',
      terminationProtection: configuration.terminationProtection,
    });
    const removalPolicy = configuration.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const keys = new BackupKeys(this, 'Keys', { removalPolicy });
    const accessLog = new AccessLog(this, 'AccessLog', {
      retentionDays: configuration.accessLogRetentionDays,
      removalPolicy,
    });
    const vault = new Vault(this, 'Vault', {
      retention: configuration.retentionPolicy,
      accessLog: accessLog.bucket,
      removalPolicy,
    });
    const ledger = new Ledger(this, 'Ledger', {
      retentionDays: configuration.ledgerRetentionDays,
      accessLog: accessLog.bucket,
      removalPolicy,
    });
    const queue = new BackupQueue(this, 'BackupQueue', {
      workTimeout: Duration.seconds(configuration.backup.timeoutSeconds),
      maxReceiveCount: configuration.maxReceiveCount,
      lanes: configuration.lanes.map(({ name }) => name),
      // Requests are worth nothing without the functions that work on them.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const enrolments = new Enrolments(this, 'Enrolments');

    const common = {
      logRetention: configuration.logRetentionDays,
      removalPolicy,
    };
    const retention = JSON.stringify(configuration.retentionPolicy);
    const trustedSigningKeys = JSON.stringify(configuration.trustedSigningKeys);
    const storage = {
      [EnvironmentName.vaultBucket]: vault.bucket.bucketName,
      [EnvironmentName.ledgerBucket]: ledger.bucket.bucketName,
      [EnvironmentName.configurationAliasArn]: keys.aliasArn('configuration'),
      [EnvironmentName.credentialsAliasArn]: keys.aliasArn('credentials'),
      [EnvironmentName.fingerprintKeyArn]: keys.fingerprint.keyArn,
      [EnvironmentName.signingKeyArn]: keys.signing.keyArn,
      ...(configuration.trustedSigningKeys.length > 0 && {
        [EnvironmentName.trustedSigningKeys]: trustedSigningKeys,
      }),
      [EnvironmentName.retention]: retention,
      [EnvironmentName.maxExportBytes]: String(configuration.maxExportMegabytes * BYTES_PER_MEGABYTE),
      ...(configuration.escrowPublicKey === undefined
        ? {}
        : { [EnvironmentName.escrowPublicKey]: configuration.escrowPublicKey }),
    };

    const queueUrls = {
      [EnvironmentName.queueUrl]: queue.queue.queueUrl,
      ...(queue.lanes.size > 0 && {
        [EnvironmentName.laneQueueUrls]: this.toJsonString(
          Object.fromEntries([...queue.lanes].map(([name, { queueUrl }]) => [name, queueUrl])),
        ),
      }),
    };

    const dispatch = new VerbFunction(this, 'Dispatch', {
      ...common,
      verb: 'dispatch',
      description: 'Asks for a backup of every tenant enrolled with a schedule',
      configuration: configuration.dispatch,
      environment: queueUrls,
    });
    enrolments.grantListNames(dispatch.role);
    enrolments.grantFind(dispatch.role);
    queue.grantRequestBackups(dispatch.role);

    const backup = new VerbFunction(this, 'Backup', {
      ...common,
      verb: 'backup',
      description: 'Exports one tenant, seals the export and adds it to the vault',
      configuration: configuration.backup,
      environment: {
        ...storage,
        ...queueUrls,
        [EnvironmentName.deadLetterQueueUrl]: queue.deadLetterQueue.queueUrl,
        [EnvironmentName.maxReceiveCount]: String(configuration.maxReceiveCount),
        [EnvironmentName.retryDelaySeconds]: String(configuration.retryDelaySeconds),
      },
    });
    enrolments.grantRead(backup.role);
    keys.grantSeal(backup.role);
    keys.grantSign(backup.role);
    keys.grantFingerprint(backup.role);
    vault.grantAddBackups(backup.role, ['daily', 'weekly', 'monthly', 'yearly', 'manual']);
    vault.grantListBackups(backup.role);
    ledger.grantOutcomes(backup.role);
    queue.grantSetAside(backup.role);
    queue.grantRequestBackups(backup.role);
    const { maximumConcurrency, lanes } = configuration;
    const concurrencies = new Map(lanes.map((lane) => [queue.lanes.get(lane.name), lane.maximumConcurrency]));
    for (const source of [queue.queue, ...queue.lanes.values()]) {
      backup.lambda.addEventSource(
        new SqsEventSource(source, {
          // One tenant has the whole timeout and all the memory to itself, and its failure is its own.
          batchSize: 1,
          maxConcurrency: concurrencies.get(source) ?? maximumConcurrency,
          reportBatchItemFailures: true,
        }),
      );
    }

    const restore = new VerbFunction(this, 'Restore', {
      ...common,
      verb: 'restore',
      description: 'Puts a tenant back as it was in one of its backups',
      configuration: configuration.restore,
      environment: storage,
    });
    enrolments.grantRead(restore.role);
    keys.grantSeal(restore.role);
    keys.grantSign(restore.role);
    keys.grantFingerprint(restore.role);
    keys.grantOpen(restore.role);
    keys.grantList(restore.role);
    vault.grantReadBackups(restore.role);
    vault.grantAddBackups(restore.role, ['safety']);
    ledger.grantOperations(restore.role);
    // A restore that failed or had to wait is asked for again by a person, never by Lambda.
    restore.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });

    const plan = new VerbFunction(this, 'Plan', {
      ...common,
      verb: 'plan',
      description: 'Says what a restore would change, and in what two backups or tenants differ',
      configuration: configuration.plan,
      environment: storage,
    });
    enrolments.grantRead(plan.role);
    keys.grantFingerprint(plan.role);
    keys.grantOpenConfiguration(plan.role);
    keys.grantVerify(plan.role);
    keys.grantList(plan.role);
    vault.grantReadBackups(plan.role);
    ledger.grantWritePlans(plan.role);

    const status = new VerbFunction(this, 'Status', {
      ...common,
      verb: 'status',
      description: 'Tells where a restore is, how it ended, and what to do about it',
      configuration: configuration.status,
      environment: { [EnvironmentName.ledgerBucket]: ledger.bucket.bucketName },
    });
    ledger.grantReadOperations(status.role);

    const schedules = new Schedules(this, 'Schedules', {
      schedules: configuration.schedules,
      dispatch,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // The scheduler only knows that it has called; a dispatch that fails afterwards would go unnoticed.
    dispatch.lambda.configureAsyncInvoke({ onFailure: new SqsDestination(schedules.undeliveredQueue) });

    const drill =
      configuration.drill &&
      new Drill(this, 'Drill', {
        configuration: configuration.drill,
        common,
        environment: storage,
        enrolments,
        keys,
        vault,
        ledger,
        removalPolicy: RemovalPolicy.DESTROY,
      });

    const watch = new Watch(this, 'Watch', {
      configuration,
      common,
      environment: storage,
      enrolments,
      keys,
      vault,
      ledger,
      queue,
      schedules,
      functions: { dispatch, backup, plan, restore, status },
      drill: drill?.function,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const people = new People(this, 'People', {
      vault: vault.bucket,
      ledger: ledger.bucket,
      signingKey: keys.signing,
      queues: [queue.queue, ...queue.lanes.values(), queue.deadLetterQueue, schedules.undeliveredQueue],
      readingFunctions: [status.lambda],
      dispatch: dispatch.lambda,
      plan: plan.lambda,
      audit: watch.audit.lambda,
      restore: restore.lambda,
      drill: drill?.function.lambda,
      restoreNeedsMfa: configuration.people.restoreNeedsMfa,
    });

    this.addOutputs({
      [OutputName.vaultBucket]: vault.bucket.bucketName,
      [OutputName.ledgerBucket]: ledger.bucket.bucketName,
      [OutputName.queueUrl]: queue.queue.queueUrl,
      [OutputName.deadLetterQueueUrl]: queue.deadLetterQueue.queueUrl,
      [OutputName.configurationAliasArn]: keys.aliasArn('configuration'),
      [OutputName.credentialsAliasArn]: keys.aliasArn('credentials'),
      [OutputName.fingerprintKeyArn]: keys.fingerprint.keyArn,
      [OutputName.signingKeyArn]: keys.signing.keyArn,
      [OutputName.trustedSigningKeys]: trustedSigningKeys,
      [OutputName.retention]: retention,
      [OutputName.dispatchFunction]: dispatch.lambda.functionName,
      [OutputName.backupFunction]: backup.lambda.functionName,
      [OutputName.restoreFunction]: restore.lambda.functionName,
      [OutputName.planFunction]: plan.lambda.functionName,
      [OutputName.statusFunction]: status.lambda.functionName,
      [OutputName.auditFunction]: watch.audit.lambda.functionName,
      ...(drill && { [OutputName.drillFunction]: drill.function.lambda.functionName }),
      [OutputName.alarmTopicArn]: watch.alarmTopic.topic.topicArn,
      [OutputName.undeliveredQueueUrl]: schedules.undeliveredQueue.queueUrl,
      [OutputName.scheduleGroup]: this.stackName,
      [OutputName.peoplePolicies]: this.toJsonString(
        Object.fromEntries(
          Object.entries(people.policies).map(([name, policy]) => [name, policy.managedPolicyArn]),
        ),
      ),
    });
    this.addTags(configuration.tags);
  }

  private addOutputs(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }

  private addTags(tags: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries({ ...tags, application: 'tenant-backup' })) {
      Tags.of(this).add(name, value);
    }
  }
}
