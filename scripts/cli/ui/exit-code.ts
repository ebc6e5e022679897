/** Exit codes of the command. */
export const ExitCode = {
  ok: 0,
  /** The request was understood and failed. */
  failed: 1,
  /** The command line is invalid; nothing was done. */
  invalidUse: 2,
  /** A comparison found differences, or a check failed. */
  differences: 3,
  /** The tenant is restored and verified, and the ledger has no record of that. */
  notRecorded: 4,
  /** Ended by Ctrl-C. Work in AWS goes on; the command names it. */
  interrupted: 130,
} as const;
