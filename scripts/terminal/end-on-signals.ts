/** Exit codes after a signal, as in shells. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Ends this process at Ctrl-C (SIGINT), SIGTERM, or when its terminal closes (SIGHUP), with a line on standard error. `atExit`
 * ends child processes and removes files. */
export function endOnSignals(): void {
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      process.stderr.write('\nINTERRUPTED: nothing is left running\n');
      process.exit(exitCode);
    });
  }
}
