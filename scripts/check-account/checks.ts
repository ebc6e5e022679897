import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../cli/aws/check-deployment.client.ts';
import { ExitCode } from '../cli/ui/exit-code.ts';
import type { Account } from './account.client.ts';
import { CHECK_SCHEDULE, CHECK_STACK, runCommand } from './stack.ts';

/** The result of one check. */
export interface Outcome {
  readonly title: string;
  readonly verdict: 'ok' | 'failed' | 'skipped';
}

type Report = (line: string) => void;
type Check = readonly [title: string, work: () => Promise<string>];

/** Enrolled name of the scratch tenant. */
export const TENANT = 'scratch';

const POLL_MILLISECONDS = 5_000;

const lastLine = (text: string): string => text.split('\n').at(-1) ?? '';

/** @param codes exit codes that are no failure */
const check = (words: readonly string[], codes?: readonly number[]): Check => [
  `tenant-backup ${words.join(' ')}`,
  async () => lastLine(await runCommand([...words, '--quiet'], codes)),
];

/** Returns the checks of a deployment without tenants. */
export const checkDeployment = (): Check[] => [
  ['tenant-backup doctor --no-tenants', checkDoctor],
  check(['retention', 'check']),
  check(['keys', 'check']),
  // Another tenant's finding is no failure of the deployment.
  check(['report', '--now'], [ExitCode.ok, ExitCode.differences]),
];

/** Returns the checks that enrol, back up and restore a scratch tenant.
 * @param enrolment file that `tenants add` takes */
export const checkBackupAndRestore = (enrolment: string): Check[] => [
  check(['tenants', 'add', TENANT, '--file', enrolment, '--schedule', CHECK_SCHEDULE]),
  check(['run', TENANT]),
  check(['verify', TENANT]),
  check(['diff', TENANT]),
  check(['restore', TENANT, '--yes']),
  check(['status', TENANT]),
  check(['report', '--now']),
];

/** Requires that every check of `doctor` passes, apart from those of the person's own role.
 * @throws Error that names those that failed */
async function checkDoctor(): Promise<string> {
  const words = ['doctor', '--no-tenants', '--json'];
  const text = await runCommand(words, [ExitCode.ok, ExitCode.differences]);
  const findings = (JSON.parse(text) as Finding[]).filter(({ area }) => area !== 'caller');
  const wrong = findings.filter(({ verdict }) => verdict !== 'ok');
  if (wrong.length === 0) return `${findings.length} checks, all ok`;
  throw new Error(wrong.map(({ area, subject, message }) => `${area} ${subject}: ${message}`).join('\n'));
}

/** Repeats a look until it finds something, or the time is over.
 * @returns what it found; null when the time is over */
async function poll<Found>(waitMinutes: number, look: () => Promise<Found | null>): Promise<Found | null> {
  const until = Date.now() + waitMinutes * 60_000;
  for (;;) {
    const found = await look();
    if (found !== null || Date.now() > until) return found;
    await sleep(POLL_MILLISECONDS);
  }
}

/** Waits for a backup that the schedule made.
 * @throws Error when the time is over */
export async function checkSchedule(waitMinutes: number, report: Report): Promise<string> {
  const words = ['list', TENANT, '--tier', 'daily', '--limit', '1'];
  const found = await poll(waitMinutes, async () => {
    report('waiting');
    // Until the first one the tenant has none in that tier.
    const text = await runCommand(words);
    return text.includes(` daily `) ? lastLine(text) : null;
  });
  if (found !== null) return found;
  throw new Error(`schedule ${CHECK_SCHEDULE} made no backup within ${waitMinutes} minutes`);
}

/** Waits until every alarm has data, and requires that none is raised.
 * @throws Error that names the alarms */
export async function checkAlarms(account: Account, waitMinutes: number, report: Report): Promise<string> {
  const states = () => account.alarms(`${CHECK_STACK}-`);
  await poll(waitMinutes, async () => {
    const waiting = (await states()).filter(({ state }) => state !== 'OK');
    report(`waiting for ${waiting.length}`);
    return waiting.length === 0 ? true : null;
  });
  const alarms = await states();
  const wrong = alarms.filter(({ state }) => state !== 'OK');
  if (alarms.length > 0 && wrong.length === 0) return `${alarms.length} alarms, all OK`;
  const lines = wrong.map(({ name, state, reason }) => `${name} is ${state}: ${reason}`);
  throw new Error([`${wrong.length} of ${alarms.length} alarms are not OK`, ...lines].join('\n'));
}
