import { buildProgram } from './program.ts';
import { ExitCode } from './ui/exit-code.ts';
import { endOnInterrupt } from './ui/interrupt.ts';
import { run } from './ui/run.ts';

endOnInterrupt();
// A reader such as `head` may close the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? ExitCode.ok);
  throw error;
});
await run(buildProgram(), process.argv);
