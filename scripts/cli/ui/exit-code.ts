/** What the command's exit code says. */
export const ExitCode = {
  fine: 0,
  /** The request was understood and failed. */
  failed: 1,
  /** The command line is wrong: nothing was done. */
  wrongUse: 2,
  /** A comparison found differences, or a check findings. */
  differences: 3,
  /** Ended by Ctrl-C: what the command says goes on, goes on. */
  interrupted: 130,
} as const;
