import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledge.ts';

export interface ScheduleCallerProps {
  /** The one function that the schedules call. */
  readonly lambda: IFunction;
  /** Name of the group. */
  readonly groupName: string;
  /** Description of the role. */
  readonly description: string;
}

/** Makes a group for schedules, and a role that only the schedules of this group can assume. A group of its own keeps
 * the names of its schedules apart from others. */
export function createScheduleCaller(
  scope: Construct,
  { lambda, groupName, description }: ScheduleCallerProps,
): { readonly group: ScheduleGroup; readonly role: Role } {
  const { account } = Stack.of(scope);
  const group = new ScheduleGroup(scope, 'Group', {
    scheduleGroupName: groupName,
    // Schedules without their function are of no use.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, 'ScheduleRole', {
    description,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // Without this condition, schedules of other accounts could assume this role.
      conditions: {
        StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group.scheduleGroupArn },
      },
    }),
  });
  acknowledgeWildcard(
    role,
    `${lambda.functionArn}:*`,
    'The schedule target adds the versions and aliases of the one function that it calls.',
  );
  return { group, role };
}
