import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface ScheduleCallerProps {
  /** The one function that the schedules call. */
  readonly lambda: IFunction;
  /** What the group is called, after the stack. @default - as the stack */
  readonly suffix?: string;
  /** Of the role. */
  readonly description: string;
  /** Name of the role within the scope. @default Role */
  readonly roleId?: string;
  /** What happens to the group when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** A group for schedules, whose names cannot meet those of other groups, and the role that they, and nobody else, call a
 * function with. */
export function createScheduleCaller(
  scope: Construct,
  { lambda, suffix, description, roleId = 'Role', removalPolicy }: ScheduleCallerProps,
): { readonly group: ScheduleGroup; readonly role: Role } {
  const { stackName, account } = Stack.of(scope);
  const group = new ScheduleGroup(scope, 'Group', {
    scheduleGroupName: suffix === undefined ? stackName : `${stackName}-${suffix}`,
    removalPolicy,
  });
  const role = new Role(scope, roleId, {
    description,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // Without it, schedules of other accounts could borrow this role.
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
