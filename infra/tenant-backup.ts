import { CfnOutput, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Grant, type IGrantable, type ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TenantBackupError } from '../functions/errors.ts';
import { type OperatorPolicy, OutputName, outputPrefix } from '../functions/runtime/names.ts';
import { retentionText } from '../functions/vault/retention/retention-policy.ts';
import { AccessLog } from './access-log.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { APPLICATION_TAG } from './application-tag.ts';
import { BackupQueue } from './backup-queue.ts';
import { acknowledgeDepartures } from './controls.ts';
import { Dashboard } from './dashboard.ts';
import { Enrolments } from './enrolments.ts';
import { Events } from './events.ts';
import { BackupKeys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { OperatorPolicies, restoreConditions } from './operator-policies.ts';
import { Schedules } from './schedules/schedules.ts';
import { completeSettings, type Settings } from './settings.ts';
import type { TenantBackupProps } from './tenant-backup-props.ts';
import { Vault } from './vault.ts';
import type { VerbFunctions } from './verb-function.ts';
import { AuditFunction } from './verbs/audit.ts';
import { BackupFunction } from './verbs/backup.ts';
import { DispatchFunction } from './verbs/dispatch.ts';
import { DrillFunction } from './verbs/drill.ts';
import { PlanFunction } from './verbs/plan.ts';
import { RestoreFunction } from './verbs/restore.ts';
import { StatusFunction } from './verbs/status.ts';

/** Makes the CDK grant the delivery of access logs by a bucket policy; the ACLs of its default cannot be used here. The flag
 * is that of every new CDK app, and older apps lack it. */
const LOG_DELIVERY_FLAG = '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy';

/**
 * Nightly backups of SecureAuth tenants, and restores of them: schedules ▸ dispatch ▸ queue ▸ backup ▸ vault, with plan,
 * restore, audit and drill beside them.
 *
 * Physical names begin with `name`: functions (`<name>-backup`), aliases of keys (`alias/<name>/<purpose>`), schedule
 * groups, alarms, rules, the dashboard and the path of the policies. CloudFormation names buckets, queues and roles. The
 * audit's metrics have `name` as the value of their dimension `stack`.
 *
 * The operator's command finds the deployment by the outputs of its stack. The outputs of a deployment with the stack's name
 * have no prefix: `--stack <stack>`. All others begin with `name` without its hyphens: `--stack <stack>/<name>`.
 *
 * Enrolments are secrets whose names begin with `enrolmentPrefix`. Two deployments in one account and region need two
 * prefixes; otherwise each audit reports the schedules of the other as unknown. Two in one stack also need different names
 * of schedules, which CloudFormation compares without their groups.
 *
 * @example
 * const backup = new TenantBackup(this, 'Backup', {
 *   name: 'identity',
 *   schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }],
 * });
 * backup.grantBackUpNow(pipelineRole);
 */
export class TenantBackup extends Construct {
  /** What every physical name begins with. */
  readonly name: string;
  /** Seal, fingerprint and sign backups. */
  readonly keys: BackupKeys;
  /** Receives the access logs of vault and ledger. */
  readonly accessLog: AccessLog;
  /** Holds the backups. */
  readonly vault: Vault;
  /** Holds operations, plans, locks and reports. */
  readonly ledger: Ledger;
  /** Holds the requests for backups. */
  readonly queue: BackupQueue;
  /** Grants access to the secrets of tenants, which operators make. */
  readonly enrolments: Enrolments;
  /** By verb. */
  readonly functions: VerbFunctions;
  /** Call dispatch. */
  readonly schedules: Schedules;
  /** Receives alarms, events and the audit's messages. */
  readonly alarmTopic: AlarmTopic;
  /** Publish to the topic. */
  readonly alarms: Alarms;
  /** Report calls against keys and vault to the topic. */
  readonly events: Events;
  /** Shows the audit's metrics. */
  readonly dashboard: Dashboard;
  /** For the roles or permission sets of operators, by name. */
  readonly policies: Readonly<Record<OperatorPolicy, ManagedPolicy>>;
  private readonly settings: Settings;

  /** @throws INVALID_CONFIGURATION if a prop is out of bounds, or two contradict each other; names prop, bound and value */
  constructor(scope: Construct, id: string, props: TenantBackupProps) {
    super(scope, id);
    this.node.setContext(LOG_DELIVERY_FLAG, true);
    const settings = completeSettings(
      { ...props, name: props.name ?? Stack.of(this).stackName },
      this.node.path,
    );
    const { name } = settings;
    // What a failed deployment has just created holds nothing, and goes: the next attempt would leave another one behind.
    const removalPolicy =
      settings.removal === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    this.settings = settings;
    this.name = name;
    this.refuseTwin();

    this.keys = new BackupKeys(this, 'Keys', { name, removalPolicy });
    this.accessLog = new AccessLog(this, 'AccessLog', {
      retentionDays: settings.accessLogRetentionDays,
      removalPolicy,
    });
    const accessLog = this.accessLog.bucket;
    this.vault = new Vault(this, 'Vault', { retention: settings.retentionPolicy, accessLog, removalPolicy });
    this.ledger = new Ledger(this, 'Ledger', {
      name,
      scratch: settings.drill?.into,
      retentionDays: settings.ledgerRetentionDays,
      accessLog,
      removalPolicy,
    });
    this.queue = new BackupQueue(this, 'BackupQueue', { settings });
    this.enrolments = new Enrolments(this, 'Enrolments', { prefix: settings.enrolmentPrefix });
    this.alarmTopic = new AlarmTopic(this, 'AlarmTopic', { email: settings.alarmEmail, removalPolicy });

    const { keys, vault, ledger, queue, enrolments, alarmTopic } = this;
    const storage = { settings, enrolments, keys, vault, ledger, removalPolicy };
    this.functions = {
      dispatch: new DispatchFunction(this, 'Dispatch', {
        settings,
        enrolments,
        queue,
        ledger,
        removalPolicy,
      }),
      backup: new BackupFunction(this, 'Backup', { ...storage, queue }),
      plan: new PlanFunction(this, 'Plan', storage),
      restore: new RestoreFunction(this, 'Restore', storage),
      status: new StatusFunction(this, 'Status', { settings, ledger, vault, removalPolicy }),
      audit: new AuditFunction(this, 'Audit', { ...storage, alarmTopic }),
      ...(settings.drill && {
        drill: new DrillFunction(this, 'Drill', { ...storage, drill: settings.drill }),
      }),
    };
    const { functions } = this;
    this.schedules = new Schedules(this, 'Schedules', { settings, dispatch: functions.dispatch });

    const { topic } = alarmTopic;
    const { everyHours } = settings.audit;
    const queues = queue.byLane;
    const { undeliveredQueue } = this.schedules;
    this.alarms = new Alarms(this, 'Alarms', {
      name,
      topic,
      everyHours,
      functions,
      deadLetters: { requests: queue.deadLetterQueue, calls: undeliveredQueue },
      queues,
    });
    this.events = new Events(this, 'Events', {
      name,
      topic,
      vault: vault.bucket,
      records: [ledger.bucket, accessLog],
      keyArns: [...keys.keyArns, ...ledger.keys.keyArns, alarmTopic.keyArn],
      aliasPrefix: keys.aliasPrefix,
      enrolmentPrefix: enrolments.prefix,
    });
    this.dashboard = new Dashboard(this, 'Dashboard', {
      name,
      alarms: this.alarms.alarms,
      everyHours,
      backup: functions.backup,
      restore: functions.restore,
      queues,
      deadLetterQueue: queue.deadLetterQueue,
    });
    this.policies = new OperatorPolicies(this, 'OperatorPolicies', {
      name,
      enrolmentPrefix: settings.enrolmentPrefix,
      vault: vault.bucket,
      ledger: ledger.bucket,
      signingKeyArns: [keys.signing.keyArn, ...ledger.keys.keyArns],
      queues: [...queues.values(), queue.deadLetterQueue, undeliveredQueue],
      functions,
      settings,
    }).policies;
    this.addOutputs();
    acknowledgeDepartures(this);
    Tags.of(this).add(APPLICATION_TAG.key, APPLICATION_TAG.value);
  }

  /** Allows requests for backups of any tenant, now. */
  grantBackUpNow(grantee: IGrantable): Grant {
    return this.grantInvoke('dispatch', grantee);
  }

  /** Allows plans of restores, and comparisons of backups and tenants. Credentials stay sealed. */
  grantPlan(grantee: IGrantable): Grant {
    return this.grantInvoke('plan', grantee);
  }

  /** Allows restores of any tenant, from a session as `restoreNeedsMfa` and `restorePrincipalTag` ask for. */
  grantRestore(grantee: IGrantable): Grant {
    return this.grantInvoke('restore', grantee, restoreConditions(this.settings));
  }

  /** Allows questions about the phase and the result of a restore. */
  grantReadStatus(grantee: IGrantable): Grant {
    return this.grantInvoke('status', grantee);
  }

  /** Allows an audit now. */
  grantAudit(grantee: IGrantable): Grant {
    return this.grantInvoke('audit', grantee);
  }

  /** Allows reading the audit's reports, which hold no secret. */
  grantReadReports(grantee: IGrantable): Grant {
    return this.ledger.grantReadReports(grantee);
  }

  /** Refuses what two deployments of a stack cannot share. CloudFormation finds two equal names only when it deploys. */
  private refuseTwin(): void {
    for (const other of Stack.of(this).node.findAll()) {
      if (!(other instanceof TenantBackup) || other === this) continue;
      for (const prop of ['name', 'enrolmentPrefix'] as const) {
        if (other.settings[prop] !== this.settings[prop]) continue;
        throw new TenantBackupError(
          'INVALID_CONFIGURATION',
          `${this.node.path}: ${prop} must differ from that of ${other.node.path}, got "${this.settings[prop]}"`,
        );
      }
    }
  }

  private grantInvoke(
    verb: Exclude<keyof VerbFunctions, 'drill'>,
    grantee: IGrantable,
    conditions: Record<string, Record<string, string>> = {},
  ): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.functions[verb].lambda.functionArn],
      conditions,
    });
  }

  private addOutputs(): void {
    const { name, settings, vault, ledger, queue, keys, functions, schedules, alarmTopic } = this;
    const stack = Stack.of(this);
    const outputs: Readonly<Record<keyof typeof OutputName, string | undefined>> = {
      vaultBucket: vault.bucket.bucketName,
      ledgerBucket: ledger.bucket.bucketName,
      queueUrl: queue.queue.queueUrl,
      deadLetterQueueUrl: queue.deadLetterQueue.queueUrl,
      configurationAliasArn: keys.aliasArn('configuration'),
      credentialsAliasArn: keys.aliasArn('credentials'),
      fingerprintKeyArn: keys.fingerprint.keyArn,
      signingKeyArn: keys.signing.keyArn,
      ledgerKeys: ledger.keys.json(),
      trustedSigningKeys: JSON.stringify(settings.trustedSigningKeys),
      retention: retentionText(settings.retentionPolicy),
      dispatchFunction: functions.dispatch.lambda.functionName,
      backupFunction: functions.backup.lambda.functionName,
      restoreFunction: functions.restore.lambda.functionName,
      planFunction: functions.plan.lambda.functionName,
      statusFunction: functions.status.lambda.functionName,
      auditFunction: functions.audit.lambda.functionName,
      drillFunction: functions.drill?.lambda.functionName,
      alarmTopicArn: alarmTopic.topic.topicArn,
      undeliveredQueueUrl: schedules.undeliveredQueue.queueUrl,
      scheduleGroup: name,
      enrolmentPrefix: settings.enrolmentPrefix,
      operatorPolicies: stack.toJsonString(
        Object.fromEntries(
          Object.entries(this.policies).map(([policy, { managedPolicyArn }]) => [policy, managedPolicyArn]),
        ),
      ),
    };
    const scope = new Construct(this, 'Outputs');
    const prefix = outputPrefix(stack.stackName, name);
    for (const [key, value] of Object.entries(outputs)) {
      if (value === undefined) continue;
      const outputName = OutputName[key as keyof typeof OutputName];
      new CfnOutput(scope, outputName, { value }).overrideLogicalId(prefix + outputName);
    }
  }
}
