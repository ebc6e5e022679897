import type { Account } from './account.client.ts';
import { TENANT } from './checks.ts';
import { CHECK_STACK, ENROLMENT_PREFIX, runCdk } from './stack.ts';

/** Access logs, and backups under way, arrive in emptied buckets. */
const ATTEMPTS = 4;

/** Deletes the enrolment, the objects and the stack of the check, also of one that was never complete.
 * @returns what was deleted
 * @throws Error if something is left */
export async function cleanUp(account: Account, report: (line: string) => void): Promise<string> {
  await account.deleteSecret(`${ENROLMENT_PREFIX}${TENANT}`);
  if ((await account.stackStatus(CHECK_STACK)) === null) return 'there is no such stack';
  let objects = 0;
  for (let attempt = 1; (await account.stackStatus(CHECK_STACK)) !== null; attempt++) {
    for (const bucket of await account.buckets(CHECK_STACK)) {
      report(`emptying ${bucket}`);
      objects += await account.emptyBucket(bucket);
    }
    try {
      await runCdk('destroy', ['--force'], report);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
  return `${objects} versions of objects, and the stack`;
}
