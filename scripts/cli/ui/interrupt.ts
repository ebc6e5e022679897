import { ExitCode } from './exit-code.ts';
import { writeError } from './terminal.ts';

/** What goes on although the command ends, and how to follow it. */
let goingOn: string | null = null;

/** Say what an interruption would leave running, for as long as some work takes. */
export async function whileGoingOn<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  goingOn = what;
  try {
    return await work();
  } finally {
    goingOn = null;
  }
}

/** End at Ctrl-C, saying what does not end with this command. */
export function endOnInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Also the second time: launchers pass on what the terminal has sent to all.
    process.on(signal, () => {
      const text = goingOn ?? 'nothing that this command began goes on';
      writeError(['', `INTERRUPTED: ${text}`]);
      process.exit(ExitCode.interrupted);
    });
  }
}
