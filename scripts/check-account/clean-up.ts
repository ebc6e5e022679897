import type { Account } from './account.client.ts';
import { TENANT } from './checks.ts';
import { CHECK_STACK, runCdk, runCommand } from './stack.ts';

/** Deletes the enrolment, the objects and the stack of the check.
 * @returns what was deleted
 * @throws Error if something is left */
export async function cleanUp(account: Account, report: (line: string) => void): Promise<string> {
  if ((await account.stackStatus(CHECK_STACK)) === null) return 'there is no such stack';
  const enrolled = JSON.parse(await runCommand(['tenants', 'list', '--json'])) as { tenant: string }[];
  if (enrolled.some(({ tenant }) => tenant === TENANT)) {
    await runCommand(['tenants', 'remove', TENANT, '--recovery-days', '7', '--confirm', TENANT]);
  }
  let objects = 0;
  for (const bucket of await account.buckets(CHECK_STACK)) {
    report(`emptying ${bucket}`);
    objects += await account.emptyBucket(bucket);
  }
  await runCdk('destroy', ['--force'], report);
  const status = await account.stackStatus(CHECK_STACK);
  if (status !== null) throw new Error(`the stack ${CHECK_STACK} is still there: ${status}`);
  return `${objects} versions of objects, and the stack`;
}
