import { ExitCode } from './exit-code.ts';
import { writeError } from './terminal.ts';

/** What still runs in AWS after an interruption, and how to follow it. */
let running: string | null = null;

/** Does some work; an interruption meanwhile prints what still runs in AWS. */
export async function whileRunningInAws<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  running = what;
  try {
    return await work();
  } finally {
    running = null;
  }
}

/** Ends the command at Ctrl-C, and prints what still runs in AWS. */
export function endOnInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Not only once: npx repeats the signal that the terminal sent to every process.
    process.on(signal, () => {
      const text = running ?? 'nothing runs in AWS';
      writeError(['', `INTERRUPTED: ${text}`]);
      process.exit(ExitCode.interrupted);
    });
  }
}
