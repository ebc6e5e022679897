import { Duration, type RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { EnvironmentName } from '../functions/runtime/names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { DrillConfiguration } from './configuration.ts';
import type { Enrolments } from './enrolments.ts';
import type { BackupKeys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { Vault } from './vault.ts';
import { VerbFunction, type VerbFunctionProps } from './verb-function.ts';

export interface DrillProps {
  readonly configuration: DrillConfiguration;
  /** What all functions have in common. */
  readonly common: Pick<VerbFunctionProps, 'logRetention' | 'removalPolicy' | 'functionsDirectory'>;
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
    keys.grantFingerprint(role);
    vault.grantAddBackups(role, ['safety'], into);
    ledger.grantDrills(role, into);
    // The next time of the schedule is soon enough.
    lambda.configureAsyncInvoke({ retryAttempts: 0 });
    this.schedule(configuration, props.removalPolicy);
  }

  private schedule({ schedule, timeZone }: DrillConfiguration, removalPolicy: RemovalPolicy): void {
    const { lambda } = this.function;
    const group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: `${Stack.of(this).stackName}-drill`,
      removalPolicy,
    });
    const role = new Role(this, 'ScheduleRole', {
      description: 'Lets the schedule of tenant backup call the drill function',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': group.scheduleGroupArn,
          },
        },
      }),
    });
    acknowledgeWildcard(
      role,
      `${lambda.functionArn}:*`,
      'The schedule target adds the versions and aliases of the one function that it calls.',
    );
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
