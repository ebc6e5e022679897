/**
 * Checks this release on an AWS account, with the credentials and the region of the environment: deploys a stack of its own, backs
 * up and restores a scratch tenant, waits for a scheduled backup and for the alarms, and deletes everything it made.
 *
 *     npm run check-account -- --enrolment scratch.json   that tenant is backed up and restored
 *     npm run check-account                               without a tenant
 *     npm run check-account -- --clean-up                 only deletes what an earlier run left
 *
 * Exit code 0 if every check is ok, 1 if one failed, 2 if it did not begin, 130 at Ctrl-C.
 */
import { access } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { isTenantBackupError } from '../../functions/errors.ts';
import { requireTyped } from '../cli/ui/confirm.ts';
import { endOnSignals } from '../terminal/end-on-signals.ts';
import { createNarrator } from '../terminal/narrator.ts';
import { table } from '../terminal/table.ts';
import { openAccount } from './account.client.ts';
import {
  checkAlarms,
  checkBackupAndRestore,
  checkDeployment,
  checkSchedule,
  type Outcome,
} from './checks.ts';
import { cleanUp } from './clean-up.ts';
import { CHECK_STACK, runCdk } from './stack.ts';

const minutes = (text: string): number => {
  if (/^\d{1,3}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of minutes, 1 to 999.');
};

const command = new Command('npm run check-account --')
  .description('Check this release on an AWS account: deploy, back up, restore, wait for alarms, clean up.')
  .option('--enrolment <file>', 'enrolment of a scratch tenant, as tenants add --file takes it')
  .option('--wait <minutes>', 'longest wait for the scheduled backup, and for the alarms', minutes, 75)
  .option('--account <id>', 'the id of the account (default: ask)')
  .option('--keep', 'leave the stack, to look around')
  .option('--clean-up', 'only delete what an earlier run left')
  .parse();
const options = command.opts<{
  enrolment?: string;
  wait: number;
  account?: string;
  keep?: boolean;
  cleanUp?: boolean;
}>();

const account = openAccount();
const narrator = createNarrator();
const outcomes: Outcome[] = [];

/** Runs a step and keeps its outcome.
 * @returns whether it succeeded */
async function step(
  title: string,
  work: (report: (line: string) => void) => Promise<string>,
): Promise<boolean> {
  try {
    const message = await narrator.step(title, work);
    narrator.show(message);
    outcomes.push({ title, verdict: 'ok' });
    return true;
  } catch (error) {
    narrator.show(error instanceof Error ? error.message : String(error));
    outcomes.push({ title, verdict: 'failed' });
    return false;
  }
}

/** Makes the person name the account, as the check deploys to it.
 * @throws Error if nothing may be deployed */
async function requireAccount(): Promise<void> {
  const { account: id, arn, region } = await account.identity();
  narrator.show(`account ${id}, region ${region}, as ${arn}`);
  if (options.enrolment !== undefined) await access(options.enrolment);
  await requireTyped(
    `This uses account ${id}. Type its id to continue:`,
    id,
    options.account,
    '--account <id>',
  );
  const status = await account.stackStatus(CHECK_STACK);
  if (status !== null && !options.cleanUp) {
    throw new Error(`a stack ${CHECK_STACK} exists (${status}): npm run check-account -- --clean-up`);
  }
}

async function runChecks(): Promise<void> {
  narrator.chapter('Deploy', `Interrupted? npm run check-account -- --clean-up deletes what is left.`);
  const isDeployed = await step(`deploy ${CHECK_STACK}`, async (report) => {
    await runCdk('deploy', ['--require-approval', 'never'], report);
    return 'as npx cdk deploy does it';
  });
  if (!isDeployed) return;
  narrator.chapter('Check', 'Each step is a command that you can run too.');
  for (const [title, work] of checkDeployment()) await step(title, work);
  if (options.enrolment === undefined) {
    outcomes.push({ title: 'back up and restore a tenant (no --enrolment)', verdict: 'skipped' });
  } else {
    for (const [title, work] of checkBackupAndRestore(options.enrolment)) await step(title, work);
    await step('a scheduled backup', (report) => checkSchedule(options.wait, report));
  }
  await step('alarms', (report) => checkAlarms(account, options.wait, report));
}

endOnSignals();
try {
  narrator.chapter('Check an AWS account', 'Everything is made for this check, and deleted at its end.');
  await requireAccount();
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(`${isTenantBackupError(error) ? `${error.code}: ` : ''}${message}\n`);
  process.exit(2);
}
if (!options.cleanUp) await runChecks();
if (!options.keep) {
  narrator.chapter('Clean up', 'Keys wait for their deletion for a month.');
  await step(`delete ${CHECK_STACK} and all it made`, (report) => cleanUp(account, report));
}
const rows = outcomes.map(({ title, verdict }) => [verdict, title]);
process.stdout.write(`\n${table(['RESULT', 'CHECK'], rows)}\n`);
process.exit(outcomes.some(({ verdict }) => verdict === 'failed') ? 1 : 0);
