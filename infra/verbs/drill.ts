import { Duration, TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { createScheduleCaller } from '../schedules/schedule-caller.ts';
import { warnOfSkippedTime } from '../schedules/skipped-time.ts';
import type { DrillSettings } from '../settings.ts';
import { VerbFunction } from '../verb-function.ts';
import { type StorageProps, sealingEnvironment } from './storage.ts';

export interface DrillFunctionProps extends StorageProps {
  readonly drill: DrillSettings;
}

/**
 * Restores the newest backup of a tenant into the scratch tenant, on a schedule. Opens every backup, and reaches one
 * tenant: it reads the enrolment of the scratch tenant alone, and adds (safety) backups of that tenant alone.
 */
export class DrillFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: DrillFunctionProps) {
    const { drill, settings, enrolments, keys, vault, ledger } = props;
    const { into, tenants, credentials } = drill;
    super(scope, id, {
      ...props,
      verb: 'drill',
      description: 'Restores the newest backup of a tenant into the scratch tenant, and measures it',
      size: drill,
      environment: {
        ...sealingEnvironment(props),
        ...ledger.keys.environment(['restore', 'drill'], 'drill'),
        [EnvironmentName.drillSettings]: JSON.stringify({ into, tenants, credentials }),
      },
    });
    enrolments.grantReadOne(this.role, into);
    keys.grantOpen(this.role);
    keys.grantList(this.role);
    vault.grantReadBackups(this.role);
    // A drill makes a safety backup of the scratch tenant, as every restore does.
    keys.grantSealFor(this.role, into);
    keys.grantSign(this.role);
    keys.grantFingerprint(this.role);
    vault.grantAddBackups(this.role, ['safety'], into);
    ledger.grantDrills(this.role, into);
    // The next time of the schedule is soon enough.
    this.lambda.configureAsyncInvoke({ retryAttempts: 0 });
    this.addSchedule(settings.name, drill);
  }

  private addSchedule(deployment: string, { schedule, timeZone }: DrillSettings): void {
    const { group, role } = createScheduleCaller(this, {
      lambda: this.lambda,
      groupName: `${deployment}-drill`,
      description: 'Lets the schedule of tenant backup call the drill function',
    });
    const made = new Schedule(this, 'Schedule', {
      scheduleName: `${deployment}-drill`,
      scheduleGroup: group,
      description: 'Drills the restore of one tenant',
      schedule: ScheduleExpression.expression(schedule, TimeZone.of(timeZone)),
      target: new LambdaInvoke(this.lambda, {
        role,
        input: ScheduleTargetInput.fromObject({}),
        maxEventAge: Duration.minutes(30),
        retryAttempts: 2,
      }),
    });
    warnOfSkippedTime(made, 'the drill', { expression: schedule, timeZone });
  }
}
