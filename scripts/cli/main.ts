import { buildProgram } from './program.ts';
import { ExitCode } from './ui/exit-code.ts';
import { endOnInterrupt } from './ui/interrupt.ts';
import { run } from './ui/run.ts';

endOnInterrupt();
// Whoever reads the output may stop early, as `head` does; that is no failure of this command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? ExitCode.fine);
  throw error;
});
await run(buildProgram(), process.argv);
