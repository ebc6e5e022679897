import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { EnvironmentName } from '../functions/runtime/names.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { AuditSchedule } from './audit-schedule.ts';
import type { BackupQueue } from './backup-queue.ts';
import type { Configuration } from './configuration.ts';
import { Dashboard } from './dashboard.ts';
import type { Enrolments } from './enrolments.ts';
import type { BackupKeys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { Schedules } from './schedules.ts';
import type { Vault } from './vault.ts';
import { VerbFunction, type VerbFunctionProps } from './verb-function.ts';
import { WatchEvents } from './watch-events.ts';

export interface WatchProps {
  readonly configuration: Configuration;
  /** What all functions have in common. */
  readonly common: Pick<VerbFunctionProps, 'logRetention' | 'removalPolicy'>;
  /** Where vault, ledger and keys are. */
  readonly environment: Readonly<Record<string, string>>;
  readonly enrolments: Enrolments;
  readonly keys: BackupKeys;
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly queue: BackupQueue;
  readonly schedules: Schedules;
  /** The functions that are watched, by verb. */
  readonly functions: Readonly<Record<'dispatch' | 'backup' | 'plan' | 'restore' | 'status', VerbFunction>>;
  /** @default - no drills */
  readonly drill?: VerbFunction | undefined;
  /** What happens to what is worth nothing without the functions. */
  readonly removalPolicy: RemovalPolicy;
}

/** A request waits no longer than this in a night that goes well. */
const MAX_WAIT = Duration.hours(2);

/** Whatever sees that backups are well, and tells people where they are not: the audit, alarms, events and the dashboard. */
export class Watch extends Construct {
  readonly audit: VerbFunction;
  readonly alarmTopic: AlarmTopic;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { configuration, enrolments, keys, vault, ledger, queue, schedules, functions } = props;
    const { everyHours } = configuration.audit;
    this.alarmTopic = new AlarmTopic(this, 'Alarm', {
      email: configuration.alarmEmail,
      removalPolicy: props.common.removalPolicy,
    });
    this.audit = new VerbFunction(this, 'Audit', {
      ...props.common,
      verb: 'audit',
      description: 'Judges the backups of all tenants, and tells what is wrong',
      configuration: configuration.audit,
      environment: {
        ...props.environment,
        [EnvironmentName.auditSettings]: JSON.stringify(configuration.auditSettings),
        [EnvironmentName.alarmTopicArn]: this.alarmTopic.topic.topicArn,
      },
    });
    const { role } = this.audit;
    enrolments.grantListNames(role);
    keys.grantList(role);
    keys.grantDescribe(role);
    keys.grantOpenConfiguration(role);
    keys.grantVerify(role);
    vault.grantReadBackups(role);
    vault.grantReadSettings(role);
    ledger.grantReports(role);
    this.alarmTopic.grantSend(role);
    // The next audit sees all that a failed one would have seen.
    this.audit.lambda.configureAsyncInvoke({ retryAttempts: 0 });
    new AuditSchedule(this, 'Schedule', {
      audit: this.audit,
      everyHours,
      removalPolicy: props.removalPolicy,
    });

    const { restore, ...others } = functions;
    const queues = { '': queue.queue, ...Object.fromEntries(queue.lanes) };
    const { alarms } = new Alarms(this, 'Alarms', {
      topic: this.alarmTopic.topic,
      everyHours,
      functions: { ...others, audit: this.audit },
      restore,
      drill: props.drill,
      deadLetters: { requests: queue.deadLetterQueue, calls: schedules.undeliveredQueue },
      queues,
      maxWait: MAX_WAIT,
    });
    new WatchEvents(this, 'Events', {
      topic: this.alarmTopic.topic,
      vault: vault.bucket,
      keyArns: keys.keyArns,
      aliasPrefix: keys.aliasPrefix,
    });
    new Dashboard(this, 'Dashboard', {
      alarms,
      everyHours,
      backup: functions.backup,
      restore,
      queues,
      deadLetterQueue: queue.deadLetterQueue,
    });
  }
}
