/** Exit codes of a program that a signal has ended, as shells have them. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** End this process at once at Ctrl-C (SIGINT), SIGTERM, or when its terminal goes (SIGHUP), with a line on standard error.
 * It needs nothing of what the process is doing: what has to be ended and removed is a matter of `atExit`. */
export function endOnSignals(): void {
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      process.stderr.write('\nINTERRUPTED: nothing that was started here goes on\n');
      process.exit(exitCode);
    });
  }
}
