import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { clientSettings, type LocalAws } from './local-aws.ts';

/**
 * Everything that the Lambdas have logged so far, of all log groups: a line `<group> <message>` for each event, in the
 * order of their times within a group. Written for proofs that a log does or does not hold something.
 */
export const readLambdaLogs = async (localAws: LocalAws): Promise<string> => {
  const client = new CloudWatchLogsClient(clientSettings(localAws));
  const lines: string[] = [];
  try {
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
      for (const { logGroupName } of logGroups) {
        for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
          for (const { message = '' } of events) lines.push(`${logGroupName} ${message}`);
        }
      }
    }
  } finally {
    client.destroy();
  }
  return lines.join('\n');
};
