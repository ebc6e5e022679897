import { buildProgram } from './program.ts';
import { endOnInterrupt } from './ui/interrupt.ts';
import { endOnOutputError, run } from './ui/run.ts';

endOnInterrupt();
endOnOutputError(process.argv);
await run(buildProgram(), process.argv);
