import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const duties = new Set<() => void>();
process.on('exit', () => {
  for (const duty of [...duties].reverse()) duty();
});

/** Do something when this process exits, whatever ends it: its last line, an error, a signal that it handles. What was
 * asked for last comes first.
 * @param duty synchronous, as nothing else runs at that time
 * @returns takes the duty back */
export function atExit(duty: () => void): () => void {
  duties.add(duty);
  return () => duties.delete(duty);
}

/** A folder that is removed at the exit of this process, or earlier. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A process that ends may still be writing its last file. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;

/** Removes a folder synchronously. */
export const removeAtOnce = (path: string): void => rmSync(path, REMOVAL);

/** @param prefix beginning of its path */
export function temporaryFolder(prefix: string): TemporaryFolder {
  const path = mkdtempSync(prefix);
  const forget = atExit(() => removeAtOnce(path));
  return {
    path,
    async remove() {
      await rm(path, REMOVAL);
      forget();
    },
  };
}

/** Kill a process and all that it has started.
 * @param leader spawned as `detached`, and so the leader of a process group */
export function killGroup(leader: ChildProcess): void {
  try {
    if (leader.pid !== undefined) process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // No process is left.
  }
}
