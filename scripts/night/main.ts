/**
 * When the last tenant of a night is done, and what limits it: a model, driven by the measured time of one backup and AWS's
 * published quotas. `assumptions.ts` has all of them.
 *
 *     npm run night -- --tenants 100000 --seconds 2 --concurrency 900
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { table } from '../terminal/table.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { type Night, simulateNight } from './simulate.ts';

const number =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (text: string) => {
    const value = Number(text);
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(
        `It must be a number from ${least}${most < Infinity ? ` to ${most}` : ' on'}.`,
      );
    }
    return value;
  };

interface Options {
  readonly tenants: number;
  readonly seconds: number;
  readonly concurrency: number;
  readonly lanes: number;
  readonly hostRate: number;
  readonly failing: number;
  readonly json?: boolean;
}

/** The same numbers every time: a simulation that is run again must say the same. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const clock = (seconds: number): string => {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours > 0 ? `${hours} h ` : ''}${minutes} min ${Math.floor(seconds % 60)} s`;
};

function run(options: Options): void {
  const maximumConcurrency = Math.max(Math.floor(options.concurrency / options.lanes), 1);
  const night: Night = {
    tenants: options.tenants,
    backupSeconds: options.seconds,
    lanes: Array.from({ length: options.lanes }, () => ({ maximumConcurrency })),
    hostRate: options.hostRate,
    failing: options.failing,
    maxReceiveCount: 3,
    retryDelaySeconds: 60,
  };
  const report = simulateNight(night, seeded(1));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ night, assumptions: ASSUMPTIONS, ...report })}\n`);
    return;
  }
  const rows = report.limits.map(({ what, seconds }) => [what, clock(seconds)]);
  process.stdout.write(
    [
      `${options.tenants} tenants, ${options.seconds} s each in the median, ${options.lanes} lanes of ${maximumConcurrency} at a time,`,
      `hosts that allow ${options.hostRate} requests a second each, ${options.failing * 100}% of the tries failing`,
      '',
      `asked for     after ${clock(report.dispatchedSeconds)}`,
      `last one done after ${clock(report.lastSeconds)}`,
      `backed up     ${report.done}; ${report.deadLetters} failed three times and lie in the dead-letter queue`,
      `at a time     ${report.peakConcurrency} at the most`,
      '',
      table(['what could hold up the night', 'alone it would take'], rows),
      '',
      `What limits this night: ${report.limits[0]?.what}.`,
      '',
    ].join('\n'),
  );
}

const program = new Command('night')
  .description('When the last tenant of a simulated night is done, and what limits it.')
  .option('--tenants <number>', 'enrolled tenants', number(1, 1e6), 100_000)
  .option(
    '--seconds <seconds>',
    'median time of one backup, see `npm run bench -- backup`',
    number(0.01, 900),
    2,
  )
  .option('--concurrency <number>', 'tenants at a time, all lanes together', number(1, 10_000), 900)
  .option('--lanes <number>', 'lanes that the tenants are dealt out to', number(1, 20), 3)
  .option('--host-rate <number>', 'requests a second that the host of a lane allows', number(0.1), 100)
  .option('--failing <part>', 'part of the tries that fail, 0 to 1', number(0, 1), 0.01)
  .option('--json', 'print JSON, assumptions included')
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride()
  .action(run);

try {
  program.parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exit(error.exitCode === 0 ? 0 : 2);
}
