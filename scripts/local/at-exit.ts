import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const cleanups = new Set<() => void>();
process.on('exit', () => {
  for (const cleanup of [...cleanups].reverse()) cleanup();
});

/** Registers a cleanup for the exit of this process: at its end, after an error, or after a handled signal. The last one
 * registered runs first.
 * @param cleanup synchronous, as an exit waits for nothing else
 * @returns a function that cancels it */
export function atExit(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
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
  const cancel = atExit(() => removeAtOnce(path));
  return {
    path,
    async remove() {
      await rm(path, REMOVAL);
      cancel();
    },
  };
}

/** Kills a process and all its children.
 * @param leader spawned as `detached`, and so the leader of a process group */
export function killGroup(leader: ChildProcess): void {
  try {
    if (leader.pid !== undefined) process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // No process is left.
  }
}
