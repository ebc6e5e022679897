import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { ENROLMENT_PREFIX, OutputName, STACK_NAME } from '../../../functions/runtime/names.ts';
import { clientSettings, type LocalAws } from '../../../scripts/local/local-aws.ts';

/** Deploys schedules and the outputs that enrolling a tenant reads, and nothing else. */
export async function deploySchedules(localAws: LocalAws, names: readonly string[]): Promise<void> {
  const client = new CloudFormationClient(clientSettings(localAws));
  const Target = {
    Arn: 'arn:aws:lambda:us-east-1:000000000000:function:nobody',
    RoleArn: 'arn:aws:iam::000000000000:role/nobody',
  };
  const schedules = names.map((Name) => ({
    Type: 'AWS::Scheduler::Schedule',
    DependsOn: ['Group'],
    Properties: {
      Name,
      GroupName: STACK_NAME,
      ScheduleExpression: 'cron(0 2 * * ? *)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target,
    },
  }));
  const template = {
    Resources: {
      Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: STACK_NAME } },
      ...Object.fromEntries(schedules.map((schedule, index) => [`Schedule${index}`, schedule])),
    },
    Outputs: {
      [OutputName.scheduleGroup]: { Value: STACK_NAME },
      [OutputName.enrolmentPrefix]: { Value: ENROLMENT_PREFIX },
    },
  };
  await client.send(
    new CreateStackCommand({ StackName: STACK_NAME, TemplateBody: JSON.stringify(template) }),
  );
  await waitUntilStackCreateComplete(
    { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { StackName: STACK_NAME },
  );
  client.destroy();
}
