import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeMessageVisibilityCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Deployment } from '../scripts/demo/deployment.ts';

const PATIENCE_MILLISECONDS = 120_000;

interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Waits for a dead letter that matches. All letters stay in the queue, for other tests. */
export async function awaitDeadLetter(
  deployment: Deployment,
  matches: (letter: DeadLetter) => boolean,
): Promise<DeadLetter> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  while (performance.now() < deadline) {
    const found = (await readDeadLetters(deployment)).find(matches);
    if (found) return found;
    await sleep(200);
  }
  throw new Error('no such dead letter came');
}

/** Reads all dead letters: takes them, as a look shows ten at most, and puts them back. */
export async function readDeadLetters({ sqs, output }: Deployment): Promise<DeadLetter[]> {
  const QueueUrl = output('deadLetterQueueUrl');
  const taken: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 60,
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) break;
    taken.push(...Messages);
  }
  for (const { ReceiptHandle } of taken) {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  return taken.map(({ Body = '', MessageAttributes = {} }) => ({
    body: Body,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    ),
  }));
}
