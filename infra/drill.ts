import { Duration, type RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { EnvironmentName } from '../functions/runtime/names.ts';
import type { DrillConfiguration } from './configuration.ts';
import type { Enrolments } from './enrolments.ts';
import type { BackupKeys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import { createScheduleCaller } from './schedule-caller.ts';
import type { Vault } from './vault.ts';
import { VerbFunction, type VerbFunctionProps } from './verb-function.ts';

export interface DrillProps {
  readonly configuration: DrillConfiguration;
  /** What all functions have in common. */
  readonly common: Pick<VerbFunctionProps, 'logRetention' | 'removalPolicy'>;
  /** Where vault, ledger and keys are. */
  readonly environment: Readonly<Record<string, string>>;
  readonly enrolments: Enrolments;
  readonly keys: BackupKeys;
  readonly vault: Vault;
  readonly ledger: Ledger;
  /** What happens to the schedule's group when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The drill, called by a schedule of its own. It opens every backup, and reaches one tenant alone: the scratch tenant,
 * whose enrolment is the only one that it reads, and of which alone it makes (safety) backups.
 */
export class Drill extends Construct {
  readonly function: VerbFunction;

  constructor(scope: Construct, id: string, props: DrillProps) {
    super(scope, id);
    const { configuration, enrolments, keys, vault, ledger } = props;
    const { into, tenants, credentials } = configuration;
    this.function = new VerbFunction(this, 'Verb', {
      ...props.common,
      verb: 'drill',
      description: 'Restores the newest backup of a tenant into the scratch tenant, and measures it',
      configuration,
      environment: {
        ...props.environment,
        [EnvironmentName.drillSettings]: JSON.stringify({ into, tenants, credentials }),
      },
    });
    const { role, lambda } = this.function;
    enrolments.grantReadOne(role, into);
    keys.grantOpen(role);
    keys.grantList(role);
    vault.grantReadBackups(role);
    // What is in the scratch tenant is saved as before every restore.
    keys.grantSealFor(role, into);
    keys.grantSign(role);
    keys.grantFingerprint(role);
    vault.grantAddBackups(role, ['safety'], into);
    ledger.grantDrills(role, into);
    // The next time of the schedule is soon enough.
    lambda.configureAsyncInvoke({ retryAttempts: 0 });
    this.schedule(configuration, props.removalPolicy);
  }

  private schedule({ schedule, timeZone }: DrillConfiguration, removalPolicy: RemovalPolicy): void {
    const { lambda } = this.function;
    const { group, role } = createScheduleCaller(this, {
      lambda,
      suffix: 'drill',
      description: 'Lets the schedule of tenant backup call the drill function',
      roleId: 'ScheduleRole',
      removalPolicy,
    });
    new Schedule(this, 'Schedule', {
      scheduleName: 'drill',
      scheduleGroup: group,
      description: 'Drills the restore of one tenant',
      schedule: ScheduleExpression.expression(schedule, TimeZone.of(timeZone)),
      target: new LambdaInvoke(lambda, {
        role,
        input: ScheduleTargetInput.fromObject({}),
        maxEventAge: Duration.minutes(30),
        retryAttempts: 2,
      }),
    });
  }
}
