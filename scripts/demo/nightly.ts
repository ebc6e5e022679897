import { setTimeout as sleep } from 'node:timers/promises';
import { GetScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import type { Deployment } from './deployment.ts';

/** The local scheduler reads its schedules every ten seconds, and must know one before it is due. */
const LEAD_SECONDS = 12;

/** The first full minute that is far enough ahead. */
export const nextNight = (now: Date): Date =>
  new Date(Math.ceil((now.getTime() + LEAD_SECONDS * 1000) / 60_000) * 60_000);

/** A schedule that fires every day at this minute, in UTC. */
export const dailyAt = (time: Date): string => `cron(${time.getUTCMinutes()} ${time.getUTCHours()} * * ? *)`;

/** Changes the time of day of the deployed nightly schedule, and nothing else.
 * @returns the expression that it had */
export async function reschedule({ scheduler }: Deployment, expression: string): Promise<string> {
  const address = { GroupName: STACK_NAME, Name: 'nightly' };
  const schedule = await scheduler.send(new GetScheduleCommand(address));
  await scheduler.send(
    new UpdateScheduleCommand({
      ...address,
      ScheduleExpression: expression,
      ScheduleExpressionTimezone: schedule.ScheduleExpressionTimezone,
      Target: schedule.Target,
      // A nightly schedule may start anywhere in its window, which is too long for a demonstration.
      FlexibleTimeWindow: { Mode: 'OFF' },
    }),
  );
  return schedule.ScheduleExpression ?? '';
}

/** Reads from the dead-letter queue why backups failed. */
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

/** Waits until every tenant has a backup of this night.
 * @param report called with what is still awaited
 * @throws Error with the reasons if backups failed for good, or if the night takes longer than the patience */
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
    const failures = seconds > 0 ? [] : await deadLetters(deployment);
    if (failures.length > 0) throw new Error(`no backup of ${waiting.join(', ')}: ${failures.join('; ')}`);
    if (Date.now() > deadline) {
      throw new Error(`no backup of ${waiting.join(', ')} ${patienceSeconds} s after it was due`);
    }
    await sleep(500);
  }
}
