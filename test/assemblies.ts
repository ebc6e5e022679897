import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { synthesize } from '../scripts/local/deploy.ts';

/** Synthesized apps that the test files of one run share: bundling the functions takes most of a deployment. */

const VARIABLE = 'TENANT_BACKUP_TEST_ASSEMBLIES';
const MAX_WAIT_MILLISECONDS = 170_000;

/** Vitest calls this before all test files, and what it returns after them. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-assemblies-'));
  process.env[VARIABLE] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Returns the folder of the app with this context. The first test file that asks synthesizes it, the others wait. */
export async function assemblyOf(context: Record<string, unknown>): Promise<string> {
  const root = process.env[VARIABLE];
  if (root === undefined) throw new Error(`${VARIABLE} is not set: run the tests through vitest`);
  const name = createHash('sha256').update(JSON.stringify(context)).digest('hex').slice(0, 16);
  const folder = join(root, name);
  const ready = join(root, `${name}.ready`);
  const failed = join(root, `${name}.failed`);
  if (isFirst(folder)) {
    try {
      await synthesize(folder, { context });
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
    writeFileSync(ready, '');
  }
  for (let waited = 0; !existsSync(ready); waited += 100) {
    if (existsSync(failed)) throw new Error('the synthesis failed in another test file');
    if (waited > MAX_WAIT_MILLISECONDS) throw new Error('the synthesis in another test file does not end');
    await sleep(100);
  }
  return folder;
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
