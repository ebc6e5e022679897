/** Returns a time in the past as requests write it. Dispatch takes those of the last day. */
export const hoursAgo = (hours: number): string =>
  `${new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19)}Z`;
