import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { readLambdaLogs } from '../local/lambda-logs.ts';
import type { LocalAws } from '../local/local-aws.ts';
import { filesBelow, searchFiles, spellingsOf } from '../local/search-files.ts';
import type { Deployment } from './deployment.ts';

/** Where the search looked for secrets, and where it found some. */
export interface LeakSearch {
  readonly secrets: number;
  readonly files: number;
  readonly logLines: number;
  readonly messages: number;
  readonly functions: number;
  /** Places, never the secrets themselves. */
  readonly found: readonly string[];
}

/** Searches for secrets in everything that the deployment wrote: every file of the local AWS (objects, code,
 * temporary files), every line that a function has logged, every message in the queues.
 * @param secrets in plain text; looked for as they are and as JSON, URLs and Base64 would spell them */
export async function searchForSecrets(
  localAws: LocalAws,
  deployment: Deployment,
  secrets: readonly string[],
): Promise<LeakSearch> {
  const needles = [...new Set(secrets.flatMap(spellingsOf))];
  const files = localAws.external ? [] : await filesBelow(localAws.dataFolder);
  const inFiles = localAws.external ? [] : await searchFiles(localAws.dataFolder, needles);
  const log = await readLambdaLogs(localAws);
  const messages = (
    await Promise.all(
      (['queueUrl', 'deadLetterQueueUrl'] as const).map(async (queue) => {
        const { Messages = [] } = await deployment.sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: deployment.output(queue),
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 0,
            MessageAttributeNames: ['All'],
          }),
        );
        return Messages.map((message) => JSON.stringify(message));
      }),
    )
  ).flat();
  const { logGroups = [] } = await deployment.logs.send(new DescribeLogGroupsCommand({}));
  return {
    secrets: new Set(secrets).size,
    files: files.length,
    logLines: log.split('\n').length,
    messages: messages.length,
    functions: logGroups.length,
    found: [
      ...inFiles.map(({ file }) => file),
      ...(needles.some((needle) => log.includes(needle)) ? ['the logs of the functions'] : []),
      ...(needles.some((needle) => messages.some((message) => message.includes(needle)))
        ? ['the queues']
        : []),
    ],
  };
}
