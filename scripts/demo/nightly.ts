import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { VaultVersion } from '../../functions/vault/vault.client.ts';
import type { Deployment } from './deployment.ts';

/** The local scheduler looks at its schedules every ten seconds, and a schedule that it sees for the first time may
 * not be due yet: the first night must lie far enough ahead for the deployment and one look. */
const LEAD_SECONDS = 35;

/** A nightly schedule whose next night begins very soon.
 * @returns the expression, and the time in UTC at which it is due */
export function nextNight(now: Date): { expression: string; dueAt: Date } {
  const dueAt = new Date(Math.ceil((now.getTime() + LEAD_SECONDS * 1000) / 60_000) * 60_000);
  return { expression: `cron(${dueAt.getUTCMinutes()} ${dueAt.getUTCHours()} * * ? *)`, dueAt };
}

/** Why backups failed for good, in the words that an operator finds in the dead-letter queue. */
export async function deadLetters({ sqs, output }: Deployment): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: output('deadLetterQueueUrl'),
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages.map(({ Body, MessageAttributes }) => {
    const { code, reason } = MessageAttributes ?? {};
    return `${Body} ${code?.StringValue ?? 'no code'}: ${reason?.StringValue ?? 'no reason'}`;
  });
}

/** Wait until every tenant has a backup of this night.
 * @param report called with what is still awaited
 * @throws Error if the night takes longer than the patience */
export async function awaitBackups(
  deployment: Deployment,
  tenants: readonly string[],
  dueAt: Date,
  report: (line: string) => void,
  patienceSeconds = 120,
): Promise<VaultVersion[]> {
  const deadline = dueAt.getTime() + patienceSeconds * 1000;
  for (;;) {
    const taken = (
      await Promise.all(tenants.map((tenant) => deployment.vault.listVersions('daily', tenant)))
    ).flat();
    const waiting = tenants.filter((tenant) => !taken.some((version) => version.tenant === tenant));
    if (waiting.length === 0) return taken;
    const seconds = Math.ceil((dueAt.getTime() - Date.now()) / 1000);
    report(seconds > 0 ? `due in ${seconds} s` : `waiting for ${waiting.join(', ')}`);
    if (Date.now() > deadline) {
      const reasons = await deadLetters(deployment);
      throw new Error(
        `no backup of ${waiting.join(', ')} ${patienceSeconds} s after it was due` +
          (reasons.length > 0 ? `; in the dead-letter queue: ${reasons.join('; ')}` : ''),
      );
    }
    await sleep(500);
  }
}
