/** Runs the writes of this process to one tenant one at a time, because tenants refuse bursts. The lock in the ledger
 * does the same across processes. */
export interface WriteQueue {
  /** @param tenant any text that is the same for the same tenant */
  run<T>(tenant: string, write: () => Promise<T>): Promise<T>;
}

export function createWriteQueue(): WriteQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(tenant, write) {
      const previous = last.get(tenant) ?? Promise.resolve();
      const done = previous.then(write);
      // A failed write does not block the next one.
      const settled = done
        .catch(() => {})
        .finally(() => {
          if (last.get(tenant) === settled) last.delete(tenant);
        });
      last.set(tenant, settled);
      return done;
    },
  };
}
