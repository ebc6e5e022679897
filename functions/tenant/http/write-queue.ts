/** Writes to one tenant, one at a time within this process: tenants refuse bursts of them. Across processes, the lock in
 * the ledger sees to it. */
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
      // A failed write does not keep the next one from its turn.
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
